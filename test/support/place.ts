// A broker of its own whose issuer may have a path behind the host.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningBroker, startBroker } from '../../src/testkit/broker.ts';
import { openSite } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { merge, type Settings } from '../../src/testkit/merge.ts';

export const secret = 'calendar-secret-for-these-tests-only';

export type Place = {
  readonly broker: RunningBroker;
  readonly origin: string;
  readonly issuer: string;
  close(): Promise<void>;
};

/** A broker of its own; `path` is what the issuer has behind the host. */
export async function place(path: string, changes: Settings = {}): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'crossgrant-'));
  const site = await openSite();
  const issuer = `${site.origin}${path}`;
  const main = {
    issuer,
    store: 'sqlite:./crossgrant.db',
    keys: { encrypt_with: { env: 'KEY' } },
    network: { loopback_http: true },
    clients: {
      agent: { auth: { method: 'private_key_jwt', jwks: testKey().jwks } },
      calendar: { auth: { method: 'client_secret_basic', secret: { env: 'CALENDAR' } } },
    },
    resources: {
      'https://calendar.example/': { scopes: ['events:read', 'shared'] },
      'https://files.example/': { scopes: ['files:read', 'shared'] },
    },
    authorization_details: { booking: { fields: { max: { compare: 'at_most' } } } },
  };
  const domain = {
    issuer: 'https://partner.example',
    contact: 'iam@partner.example',
    accept: {
      grants: ['id-jag'],
      clients: { calendar: {} },
      subject: { to: 'p|{sub}' },
      resources: ['https://calendar.example/'],
    },
  };
  const files = { main: merge(main, changes), domains: 'clients' in changes ? {} : { partner: domain } };
  const env = { KEY: 'operator-key-0123456789-abcdefghijklmnop', CALENDAR: secret };
  const broker = await startBroker({ site, folder, files, env });
  const close = async () => {
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { broker, origin: site.origin, issuer, close };
}
