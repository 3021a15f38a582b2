// acme and contoso by the very files that the README shows: at their names on a network inside this process, with stores on the disk.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { type App, openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { silentLog } from '../../src/observe/log.ts';
import { type TestClient, testClient } from '../../src/testkit/client.ts';
import { identityProvider } from '../../src/testkit/identity-provider.ts';
import { type InProcessNetwork, inProcessNetwork } from '../../src/testkit/in-process.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { merge } from '../../src/testkit/merge.ts';
import { nothingKept } from '../../src/testkit/outcome.ts';
import { alice } from '../../src/testkit/world/description.ts';
import { type CliResult, cli, temporaryFolder } from '../support/cli.ts';
import type { Page } from '../support/readme.ts';
import type { Place } from '../support/shell.ts';

const names = [
  'acme/crossgrant.yaml',
  'acme/domains/login.yaml',
  'acme/domains/contoso.yaml',
  'contoso/crossgrant.yaml',
  'contoso/domains/acme.yaml',
];

const ours = {
  CROSSGRANT_KEY: 'an operator secret of more than thirty-two characters',
  API_SERVER_SECRET: 'the secret of the API server',
};

type Secrets = Readonly<Record<string, string>>;

export type ShownFiles = {
  /** The secrets the files name, and those that were brought. */
  readonly env: Secrets;
  readonly folder: string;
  /** The key of the travel agent. */
  readonly agentKey: TestKey;
  /** Where commands of one side are run. */
  at(side: Side): Place;
  write(name: string, text: string): void;
  /** Changes the text of a file. */
  change(name: string, changed: (text: string) => string): void;
  /** Lays a fragment of YAML over a file. */
  lay(name: string, fragment: string): void;
  /** Runs a command that the README does not show. */
  run(side: Side, ...args: readonly string[]): Promise<CliResult>;
};

export type Side = 'acme' | 'contoso';

/** The files of both domains, with what they refer to. */
export function shownFiles(page: Page, secrets: Secrets = {}): ShownFiles {
  const env = { ...ours, ...secrets };
  const folder = temporaryFolder();
  const agentKey = testKey();
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  for (const name of names) write(name, page.text(name).replace('/run/secrets/crossgrant', 'secret'));
  write('acme/travel-agent.jwks.json', JSON.stringify(agentKey.jwks));
  write('contoso/secret', env.CROSSGRANT_KEY);
  const change: ShownFiles['change'] = (name, changed) =>
    write(name, changed(readFileSync(join(folder, name), 'utf8')));
  const at: ShownFiles['at'] = (side) => ({
    cwd: join(folder, side),
    env,
    names: { '/etc/crossgrant': join(folder, side) },
  });
  return {
    env,
    folder,
    agentKey,
    at,
    write,
    change,
    lay: (name, fragment) => change(name, (text) => stringify(merge(parse(text), parse(fragment)))),
    run: (side, ...args) => cli(args, at(side)),
  };
}

export type ShownWorld = ShownFiles & {
  readonly network: InProcessNetwork;
  readonly acme: App;
  /** The agent at its home, and at contoso. */
  readonly agent: Readonly<Record<Side, TestClient>>;
  /** A new ID Token of alice for the agent. */
  signIn(): string;
};

const issuers = { acme: 'https://broker.acme.example', contoso: 'https://as.contoso.example' };
const clients = { acme: 'travel-agent', contoso: 'acme-travel' };

/** Starts both brokers; `prepare` may change their files before. */
export async function shownWorld(
  page: Page,
  prepare: (files: ShownFiles) => void = () => {},
  secrets: Secrets = {},
): Promise<ShownWorld> {
  const files = shownFiles(page, secrets);
  prepare(files);
  const network = inProcessNetwork();
  const idp = identityProvider({ issuer: 'https://login.acme.example', person: alice, now: Date.now });
  network.open(idp.issuer).serve(idp.http);
  const open = async (side: Side) => {
    const loaded = await loadConfig(join(files.folder, side, 'crossgrant.yaml'), files.env);
    const app = await openApp(loaded, { log: silentLog, fetch: network.fetch });
    onTestFinished(() => app.close());
    return app;
  };
  const [acme, contoso] = [await open('acme'), await open('contoso')];
  network.open(issuers.acme).serve(acme.http);
  network.open(issuers.contoso).serve(contoso.http);
  network.open('https://agents.acme.example').serve({ fetch: () => Response.json(files.agentKey.jwks) });
  const agentAt = (side: Side) => {
    const issuer = issuers[side];
    return testClient({
      server: { issuer, tokenEndpoint: `${issuer}/token` },
      auth: { method: 'private_key_jwt', clientId: clients[side], audience: issuer, key: files.agentKey.signing },
      fetch: network.fetch,
      now: Date.now,
      recall: nothingKept,
    });
  };
  return {
    ...files,
    network,
    acme,
    agent: { acme: agentAt('acme'), contoso: agentAt('contoso') },
    signIn: () => idp.idToken('travel-web'),
  };
}
