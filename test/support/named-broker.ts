// A broker under any name, called in process: for vectors that were signed for an address nobody here has.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { Broker } from '../../src/broker.ts';
import { type JsonObject, parseJsonObject } from '../../src/jose/json.ts';
import { grantTypes } from '../../src/protocol/urns.ts';
import { startBroker } from '../../src/testkit/broker.ts';
import { encodeForm } from '../../src/testkit/http.ts';
import type { Settings } from '../../src/testkit/merge.ts';

export type NamedBroker = {
  readonly broker: Broker;
  /** Redeems a grant as the one client there is. */
  redeem(assertion: string): Promise<{ readonly status: number; readonly body: JsonObject; readonly reason: unknown }>;
  stop(): Promise<void>;
};

export type NamedBrokerOptions = {
  readonly issuer: string;
  /** Seconds since the epoch, for good. */
  readonly now: number;
  readonly clientId: string;
  readonly resource: string;
  readonly scopes: readonly string[];
  /** Domain file of the one trusted issuer; `accept` is laid over what lets the client in. */
  readonly trusted: Settings & { readonly accept: Settings };
};

const secret = 'secret-of-the-client-of-the-vectors';

export async function startNamedBroker(options: NamedBrokerOptions): Promise<NamedBroker> {
  const { issuer, now, clientId, resource, scopes, trusted } = options;
  const folder = await mkdtemp(join(tmpdir(), 'crossgrant-vectors-'));
  let app: Pick<Hono, 'fetch'> | undefined;
  const site = {
    origin: issuer,
    port: 0,
    serve: (next: Pick<Hono, 'fetch'>) => {
      app = next;
    },
    stop: async () => {},
  };
  const clients = {
    [clientId]: { auth: { method: 'client_secret_post', secret: { env: 'CLIENT_SECRET' } } },
  };
  const accept = { clients, subject: 'sub', resources: [resource], scopes, ...trusted.accept };
  const running = await startBroker({
    site,
    folder,
    env: { OPERATOR_KEY: 'operator-key-of-the-vectors-0123456789', CLIENT_SECRET: secret },
    now: () => now * 1000,
    files: {
      main: { issuer, keys: { encrypt_with: { env: 'OPERATOR_KEY' } }, resources: { [resource]: { scopes } } },
      domains: { home: { contact: 'home', ...trusted, accept } },
    },
  });
  const { broker } = running;
  return {
    broker,
    async redeem(assertion) {
      const form = { grant_type: grantTypes.jwtBearer, assertion, client_id: clientId, client_secret: secret };
      const request = new Request(broker.tokenEndpoint, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: encodeForm(form),
      });
      const answer = await app?.fetch(request);
      if (answer === undefined) throw new Error('the broker does not serve yet');
      const body = parseJsonObject(await answer.text());
      const [kept] = await broker.store.findAudit(answer.headers.get('crossgrant-trace-id') ?? '');
      return { status: answer.status, body, reason: kept?.record.reason };
    },
    async stop() {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
