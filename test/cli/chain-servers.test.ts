// crossgrant chain run against servers that run: found by their metadata, with credentials and tokens from files and the environment.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { trustDomains } from '../../src/testkit/index.ts';
import type { World } from '../../src/testkit/world/world.ts';
import { cli, temporaryFolder } from '../support/cli.ts';
import { startCli } from '../support/cli-child.ts';
import { type Kit, readText } from './foreign-client.ts';

/** A chain in a folder of its own, walked. */
async function walk(chain: object, folder: string, env: Readonly<Record<string, string>> = {}) {
  writeFileSync(join(folder, 'chain.yaml'), stringify({ chain: 'servers that run', ...chain }));
  return cli(['chain', 'run', 'chain.yaml'], { cwd: folder, env });
}

describe('against a demonstration that runs', () => {
  it('both of its agents walk the chain, and what must be refused is', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    await startCli(['demo', '--kit', folder]).printed(/Running\. Ctrl-C stops it\.\n$/);
    const { home, partner, resource, clients }: Kit = JSON.parse(readText(join(folder, 'kit.json')));
    const [travel, desk] = clients;
    const key = { method: 'private_key_jwt', key: { file: 'travel-agent.jwk.json' } };
    const { client_id: calendar, client_secret: calendarSecret } = resource.introspection_client;
    const wish = { to: 'contoso', resource: resource.identifier, scope: 'calendar.read' };
    const { code, stdout } = await walk(
      {
        servers: {
          acme: { issuer: home.issuer, client_id: travel.at_home.client_id, auth: key },
          contoso: { issuer: partner.issuer, client_id: travel.at_partner.client_id, auth: key },
          'acme-desk': {
            issuer: home.issuer,
            client_id: desk.at_home.client_id,
            auth: { method: 'client_secret_post', secret: { env: 'AT_ACME' } },
          },
          'contoso-desk': {
            issuer: partner.issuer,
            client_id: desk.at_partner.client_id,
            auth: { method: 'client_secret_basic', secret: { env: 'AT_CONTOSO' } },
          },
          'contoso-calendar': {
            issuer: partner.issuer,
            client_id: calendar,
            auth: { method: 'client_secret_basic', secret: { env: 'CALENDAR' } },
          },
        },
        tokens: { alice: { file: travel.id_token }, 'alice-at-desk': { env: 'ALICE_AT_DESK' } },
        hops: [
          { exchange: { at: 'acme', subject: 'alice', ...wish }, save: 'grant', expect: { kind: 'id-jag' } },
          {
            redeem: { at: 'contoso', grant: 'grant' },
            save: 'token',
            expect: { subject: 'acme|alice', shrinks: 'grant' },
          },
          { call: { token: 'token', url: resource.url }, expect: { status: 200 } },
          { redeem: { at: 'contoso', grant: 'grant' }, expect: { refused: 'grant.replayed', status: 400 } },
          { introspect: { at: 'contoso-calendar', token: 'token' }, expect: { active: true } },
          { revoke: { at: 'contoso', token: 'token' } },
          { introspect: { at: 'contoso-calendar', token: 'token' }, expect: { active: false } },
          { exchange: { at: 'acme-desk', subject: 'alice-at-desk', ...wish, dpop: true }, save: 'bound' },
          { redeem: { at: 'contoso-desk', grant: 'bound' }, expect: { refused: 'invalid_grant' } },
          { redeem: { at: 'contoso-desk', grant: 'bound', dpop: true }, save: 'key', expect: { bound: true } },
          { call: { token: 'key', url: resource.url, dpop: true } },
          { call: { token: 'key', url: resource.url }, expect: { status: 401 } },
        ],
      },
      folder,
      {
        AT_ACME: desk.at_home.client_secret ?? '',
        AT_CONTOSO: desk.at_partner.client_secret ?? '',
        CALENDAR: calendarSecret,
        ALICE_AT_DESK: readText(desk.id_token),
      },
    );
    expect(stdout).toMatch(/1 chain, 12 hops: all as expected\n$/);
    expect(code).toBe(0);
  });
});

describe('servers that are not as the file says', () => {
  let world: World<'acme' | 'contoso'>;
  beforeAll(async () => {
    world = await trustDomains({ domains: { acme: {}, contoso: {} } });
  });
  afterAll(() => world.stop());

  const secret = { method: 'client_secret_basic', secret: { env: 'SECRET' } };
  const asking = (server: object, more: object = {}) => ({
    servers: { acme: { issuer: world.domains.acme.issuer, client_id: 'agent', auth: secret, ...server } },
    tokens: { alice: { env: 'ALICE' } },
    hops: [{ exchange: { at: 'acme', subject: 'alice', to: 'acme', scope: 'read' } }],
    ...more,
  });
  const env = { SECRET: 'not the one', ALICE: 'a token' };

  it('credentials that are wrong are the answer of the hop', async () => {
    const { code, stdout } = await walk(asking({}), temporaryFolder(), env);
    expect(stdout).toMatch(/NO 1 exchange .* refused: invalid_client\n/);
    expect(stdout).toMatch(/answer\s+401 invalid_client/);
    expect(code).toBe(1);
  });

  it.each<readonly [what: string, server: () => object, message: RegExp]>([
    [
      'no metadata',
      () => ({ issuer: `${world.domains.acme.issuer}/nowhere` }),
      /has no metadata of its own .* answers 404/,
    ],
    [
      'another issuer',
      () => ({ issuer: `${world.domains.acme.issuer}/` }),
      /has no metadata of its own .* names "http:\/\/127\.0\.0\.1:\d+"/,
    ],
    [
      'nobody there',
      () => ({ issuer: 'http://127.0.0.1:9' }),
      /127\.0\.0\.1:9\/\S+ cannot be reached: fetch failed: \S+/,
    ],
    [
      'a secret that is not set',
      () => ({ auth: { method: 'client_secret_post', secret: { env: 'NOBODY_SET_IT' } } }),
      /the environment variable NOBODY_SET_IT is not set/,
    ],
    [
      'a key file that is not there',
      () => ({ auth: { method: 'private_key_jwt', key: { file: 'missing.json' } } }),
      /cannot read \S+missing\.json/,
    ],
    [
      'a key that is none',
      () => ({ auth: { method: 'private_key_jwt', key: { env: 'SECRET' } } }),
      /the key of agent is no JWK/,
    ],
    ['no key at all', () => ({ auth: { method: 'private_key_jwt' } }), /private_key_jwt of agent needs `key`/],
  ])('%s: the chain never begins, and says why', async (_what, server, message) => {
    const { code, stdout } = await walk(asking(server()), temporaryFolder(), env);
    expect(stdout).toMatch(message);
    expect(stdout).toMatch(/1 skipped, 1 chain never began\n$/);
    expect(code).toBe(1);
  });

  it('a token that is not set is named, too', async () => {
    const { stdout } = await walk(asking({}), temporaryFolder(), { SECRET: 'secret' });
    expect(stdout).toMatch(/the environment variable ALICE is not set/);
  });

  it.each([
    ['sign_in', { sign_in: {} }],
    ['fault', { fault: { on: 'acme', name: 'jwks 503' } }],
    ['heal', { heal: true }],
    ['clock', { clock: '+1m' }],
  ])('%s is for worlds alone', async (verb, hop) => {
    const { stdout } = await walk(asking({}, { hops: [hop] }), temporaryFolder(), env);
    expect(stdout).toMatch(new RegExp(`${verb} is for chains with a \`world\`, not for servers that run`));
  });

  it('a server that goes away under way fails the hop, not the run', async () => {
    const url = 'http://127.0.0.1:9/';
    const hops = [{ call: { token: 'alice', url } }, { call: { token: 'alice', url: world.domains.acme.issuer } }];
    const { stdout } = await walk(asking({}, { hops }), temporaryFolder(), env);
    expect(stdout).toMatch(/NO 1 call .* fetch failed: \S+/);
    expect(stdout).toMatch(/1 chain, 2 hops: 2 not as expected\n$/);
  });
});
