// Several processes of one broker, on one folder and one store: started, stopped and started again as a test says.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { AuditRecord } from '../../src/audit/record.ts';
import { clientAssertionType, grantTypes } from '../../src/protocol/urns.ts';
import { startBroker } from '../../src/testkit/broker.ts';
import { encodeForm } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import type { Logged } from './http.ts';

export const issuer = 'https://as.contoso.example';
export const client = 'acme-travel';
const agentKey = testKey('ES256', 'agent');
const resource = 'https://api.contoso.example/';

export type Process = {
  /** Redeems a grant as the one client there is: the status, and why not. */
  redeem(
    assertion: string,
  ): Promise<{ readonly status: number; readonly reason: unknown; readonly record?: AuditRecord }>;
  readonly broker: Awaited<ReturnType<typeof startBroker>>['broker'];
  /** What it does by itself within a second: it hands over which keys it saw, and goes by what others wrote. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
};

export type Processes = {
  /** Starts one more; `domain` is laid over the file of the one domain there is, acme, from then on. */
  start(changes?: { readonly domain?: Settings; readonly main?: Settings }): Promise<Process>;
  readonly folder: string;
  /** Path of the configuration. */
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logged: readonly Logged[];
  /** Stops what runs, and removes the folder. */
  close(): Promise<void>;
};

/** `domain`: issuer and keys of acme; `now` in milliseconds. */
export async function openProcesses(domain: Settings, now: () => number): Promise<Processes> {
  const folder = await mkdtemp(join(tmpdir(), 'crossgrant-processes-'));
  const env = { OPERATOR_KEY: 'operator-key-of-these-processes-0123456789' };
  const logged: Logged[] = [];
  const keep = (fields: object, message: string) => void logged.push({ message, fields: { ...fields } });
  const running = new Set<Process>();
  let files = { main: mainFile, acme: { ...acmeFile, ...domain } };

  const start: Processes['start'] = async ({ domain: changes = {}, main = {} } = {}) => {
    files = { main: { ...files.main, ...main }, acme: { ...files.acme, ...changes } };
    let app: Pick<Hono, 'fetch'> | undefined;
    const serve = (next: Pick<Hono, 'fetch'>) => {
      app = next;
    };
    const site = { origin: issuer, port: 0, serve, stop: async () => {} };
    const log = { info: keep, warn: keep, error: keep };
    const started = await startBroker({
      site,
      folder,
      env,
      now,
      log,
      files: { main: files.main, domains: { acme: files.acme } },
    });
    const { broker } = started;
    const one: Process = {
      broker,
      catchUp: started.catchUp,
      async redeem(assertion) {
        const form = {
          grant_type: grantTypes.jwtBearer,
          assertion,
          client_assertion_type: clientAssertionType,
          client_assertion: clientAssertion(client, issuer, agentKey, Math.floor(now() / 1000)),
        };
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
        const answer = await app?.fetch(
          new Request(broker.tokenEndpoint, { method: 'POST', headers, body: encodeForm(form) }),
        );
        if (answer === undefined) throw new Error('the process does not serve yet');
        const [kept] = await broker.store.findAudit(answer.headers.get('crossgrant-trace-id') ?? '');
        const record = kept?.record;
        return { status: answer.status, reason: record?.reason, ...(record && { record }) };
      },
      async stop() {
        running.delete(one);
        await started.stop();
      },
    };
    running.add(one);
    return one;
  };
  return {
    start,
    folder,
    config: join(folder, 'crossgrant.yaml'),
    env,
    logged,
    async close() {
      for (const one of running) await one.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const mainFile: Settings = {
  issuer,
  store: 'sqlite:./crossgrant.db',
  keys: { encrypt_with: { env: 'OPERATOR_KEY' } },
  network: { loopback_http: true },
  resources: { [resource]: { scopes: ['events:read'] } },
};

const acmeFile: Settings = {
  issuer: 'https://broker.acme.example',
  contact: 'platform@acme.example',
  accept: {
    clients: { [client]: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } } },
    subject: { to: 'acme|{sub}' },
    resources: [resource],
    scopes: ['events:read'],
  },
};
