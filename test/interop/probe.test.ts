// Probing an authorization server we did not write: @cloudflare/workers-oauth-provider, over HTTP.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeReport } from '../../src/probe/types.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';
import { cli } from '../support/cli.ts';
import type { ProviderParties, ProviderPlace } from '../support/workers-provider.ts';

const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef', AT_PROVIDER: '' };
let world: TrustDomains;
let folder: string;
let stop = () => {};
let report: ProbeReport;

/** Starts the provider as a process of its own: it changes what is global to one. */
function startProvider(parties: ProviderParties): Promise<ProviderPlace> {
  const program = resolve(import.meta.dirname, '../support/workers-provider.ts');
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, JSON.stringify(parties)]);
  stop = () => child.kill('SIGKILL');
  return new Promise((started, failed) => {
    let said = '';
    child.stdout.on('data', (part) => {
      said += part;
      if (said.includes('\n')) started(JSON.parse(said));
    });
    child.stderr.on('data', (part) => failed(new Error(String(part))));
  });
}

beforeAll(async () => {
  // It takes issuers at https only.
  const tls = await testCertificates(Date.now());
  folder = mkdtempSync(join(tmpdir(), 'crossgrant-probe-'));
  writeFileSync(join(folder, 'ca.pem'), tls.ca);
  world = await trustDomains({ env, tls, folder });
  const { broker } = world.home;
  const place = await startProvider({ issuer: world.acme, jwks: broker.signer.publicJwks() });
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
