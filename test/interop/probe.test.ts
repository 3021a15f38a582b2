// Probing an authorization server we did not write: @cloudflare/workers-oauth-provider, over HTTP.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeReport } from '../../src/probe/types.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';
import { cli } from '../support/cli.ts';
import { startWorkersProvider } from '../support/start-workers-provider.ts';

const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef', AT_PROVIDER: '' };
let world: TrustDomains;
let folder: string;
let stop = () => {};
let report: ProbeReport;

beforeAll(async () => {
  // It takes issuers at https only.
  const tls = await testCertificates(Date.now());
  folder = mkdtempSync(join(tmpdir(), 'crossgrant-probe-'));
  writeFileSync(join(folder, 'ca.pem'), tls.ca);
  world = await trustDomains({ env, tls, folder });
  const { broker } = world.home;
  const place = await startWorkersProvider({ issuer: world.acme, jwks: broker.signer.publicJwks() });
  stop = place.stop;
  env.AT_PROVIDER = place.clientSecret;
  const config = join(world.home.folder, 'crossgrant.yaml');
  const file = {
    issuer: place.origin,
    contact: 'iam@provider.example',
    send: {
      grant: 'id-jag',
      clients: { [names.agent]: place.clientId },
      resources: [`${place.origin}/api`],
      scopes: ['read'],
      redeem: { clients: { [names.agent]: { method: 'client_secret_post', secret: { env: 'AT_PROVIDER' } } } },
    },
    probe: { client: names.agent, subject: 'nobody', pause_ms: 0 },
  };
  writeFileSync(join(world.home.folder, 'domains/provider.yaml'), JSON.stringify(file));
  const told = await cli(['probe', 'provider', '--json', '--config', config], { env, cwd: world.folder });
  if (told.stdout === '') throw new Error(told.stderr);
  report = JSON.parse(told.stdout);
}, 60_000);
afterAll(async () => {
  stop();
  await world.stop();
  rmSync(folder, { recursive: true });
});

const line = (id: string) => report.lines.find((each) => each.id === id);

describe('a server we did not write', () => {
  it('is read, takes a good grant of ours, and asks who redeems', () => {
    for (const id of ['metadata/read', 'grant/id_jag/good', 'client/none', 'client/secret', 'client/key']) {
      expect(line(id)?.verdict, id).toBe('ok');
    }
  });

  it('refuses all bad grants that could be tried but one: it passes over a `crit` that it does not understand', () => {
    expect(report.refused.of).toBeGreaterThanOrEqual(40);
    const taken = report.lines.filter(({ area, verdict }) => area === 'bad grants' && verdict === 'problem');
    expect(taken.map(({ id }) => id)).toEqual(['grant/id_jag/crit/unknown']);
  });

  it('shows its habits: grants live five minutes at most, and are good once', () => {
    expect(report.quirks).toEqual({ max_lifetime: 300, single_use: true });
  });
});
