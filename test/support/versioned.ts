// Brokers in this process that share a store, and the commands that change by what they answer.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { type App, openApp } from '../../src/app.ts';
import type { LogFields } from '../../src/broker.ts';
import { loadConfig } from '../../src/config/load.ts';
import { disk } from '../../src/config/reads.ts';
import { grantTypes } from '../../src/protocol/urns.ts';
import { encodeForm, type FormFields, type HttpAnswer } from '../../src/testkit/http.ts';
import { merge, type Settings } from '../../src/testkit/merge.ts';
import type { Parties } from '../soak/parties.ts';
import { type CliOptions, type CliResult, cli } from './cli.ts';

export type Running = {
  readonly app: App;
  /** What it logged, as message and fields. */
  readonly log: readonly (LogFields & { readonly message: string })[];
  /** Sends a request to the token endpoint. */
  ask(fields: FormFields, headers?: Readonly<Record<string, string>>): Promise<Pick<HttpAnswer, 'status' | 'body'>>;
  /** Redeems a new grant: its status and answer. */
  redeem(): Promise<Pick<HttpAnswer, 'status' | 'body'>>;
  /** Asks for a grant with a new ID Token. */
  exchange(changes?: Readonly<Record<string, string>>): Promise<Pick<HttpAnswer, 'status' | 'body'>>;
  /** Presents a new grant for a client with a secret. */
  present(clientId: string, secret: string): Promise<Pick<HttpAnswer, 'status' | 'body'>>;
  /** What SIGHUP does. */
  hangUp(): Promise<void>;
  close(): Promise<void>;
};

/** Opens a broker by the files of `parties`, as a process of its own would; closed at the end of the test. */
export async function openBroker(parties: Parties, env = parties.env): Promise<Running> {
  const log: (LogFields & { readonly message: string })[] = [];
  const note = (fields: LogFields, message: string) => void log.push({ ...fields, message });
  let newest = await loadConfig(parties.config, env);
  const app = await openApp(newest, {
    log: { info: note, warn: note, error: note },
    // `apply` waits until it has seen the new version.
    lookMs: 20,
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= app.close();
    return closing;
  };
  onTestFinished(close);
  const ask = async (fields: FormFields, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await app.http.request('https://broker.acme.example/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body: encodeForm(fields),
    });
    return { status: answer.status, body: (await answer.json()) as HttpAnswer['body'] };
  };
  return {
    app,
    log,
    ask,
    redeem: () => ask(parties.redeem(parties.grant(), parties.credentials())),
    present: (client_id, client_secret) =>
      ask({ grant_type: grantTypes.jwtBearer, assertion: parties.grant(client_id), client_id, client_secret }),
    exchange: (changes) => ask(parties.exchange(parties.credentials(), changes)),
    async hangUp() {
      newest = await loadConfig(parties.config, env, disk, newest);
      await app.reload(newest);
    },
    close,
  };
}

export const pathOf = ({ config }: Parties, name: string) => join(dirname(config), name);

/** Changes one file of the configuration; null takes something away. */
export function change(parties: Parties, name: string, changes: Settings): void {
  const file = pathOf(parties, name);
  writeFileSync(file, stringify(merge(parse(readFileSync(file, 'utf8')), changes)));
}

/** Runs a command on the configuration of `parties`. */
export function run({ config, env }: Parties, command: string, options: readonly string[] = [], more: CliOptions = {}) {
  return cli([...command.split(' '), '--config', config, ...options], { env, ...more });
}

/** Applies without a question, and gives what `--json` says. */
export async function apply(parties: Parties, ...options: readonly string[]) {
  const { code, stdout, stderr }: CliResult = await run(parties, 'apply', [
    ...['--author', 'ann', '--yes', '--json'],
    ...options,
  ]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}
