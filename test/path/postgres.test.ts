// Brokers on PostgreSQL, over TLS: the whole chain, one database under two of them, and a database that goes away.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { silentLog } from '../../src/observe/log.ts';
import { grantTypes } from '../../src/protocol/urns.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { encodeForm, type FormFields } from '../../src/testkit/http.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { cli } from '../support/cli.ts';
import { type Home, openHome } from '../support/home.ts';
import { basic } from '../support/http.ts';
import { hasPostgres, type PostgresServer, role, startPostgres } from '../support/postgres.ts';

/** Everything a broker of these worlds takes from its environment. */
type Env = Readonly<Record<'ACME_STORE' | 'CONTOSO_STORE' | 'CROSSGRANT_KEY' | 'CALENDAR_SECRET', string>>;

describe.runIf(hasPostgres)('brokers on PostgreSQL', () => {
  let server: PostgresServer;
  let world: Home;
  let env: Env;
  let config: string;

  beforeAll(async () => {
    const tls = await testCertificates(Date.now());
    server = await startPostgres([], tls);
    await writeFile(join(server.folder, 'ca.pem'), tls.ca);
    const stranger = await testCertificates(Date.now());
    await writeFile(join(server.folder, 'stranger.pem'), stranger.ca);
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    const [acme, contoso] = await Promise.all([server.database(), server.database()]);
    const store = (name: string) => () => ({
      main: { store: { url: { env: name }, connections: 5, ca: { file: join(server.folder, 'ca.pem') } } },
    });
    env = {
      ACME_STORE: `${acme.url}?sslmode=verify-full`,
      CONTOSO_STORE: `${contoso.url}?sslmode=verify-full`,
      CROSSGRANT_KEY: 'operator-key-0123456789-abcdefghijklmnop',
      CALENDAR_SECRET: names.calendarSecret,
    };
    world = await openHome({ acme: store('ACME_STORE'), contoso: store('CONTOSO_STORE'), env });
    config = join(world.partner.folder, 'crossgrant.yaml');
  });
  afterEach(() => world.stop());

  const credentials = () => ({
    ...world.credentials(names.agentAtContoso),
    client_assertion: clientAssertion(names.agentAtContoso, world.contoso, world.agentKey, world.now()),
  });
  const redemption = (assertion: string): FormFields => ({
    grant_type: grantTypes.jwtBearer,
    assertion,
    ...credentials(),
  });
  const idJag = async () => String((await world.granted(world.idJag())).body['access_token']);

  it('an ID Token becomes a grant, the grant an access token, once; it is introspected, revoked and recorded', async () => {
    const grant = await idJag();
    const redeemed = await world.partner.token(redemption(grant));
    expect(redeemed).toMatchObject({ status: 200 });
    expect(await world.partner.token(redemption(grant))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    const token = String(redeemed.body['access_token']);
    const introspect = () =>
      world.partner.post('introspect', { token }, basic(names.calendarServer, names.calendarSecret));
    expect(await introspect()).toMatchObject({ body: { active: true, sub: 'acme|alice' } });
    expect(await world.partner.post('revoke', { token, ...credentials() })).toMatchObject({ status: 200 });
    expect(await introspect()).toMatchObject({ body: { active: false } });
    const [record] = await world.partner.broker.store.findAudit(redeemed.headers.get('crossgrant-trace-id') ?? '');
    expect(record?.record).toMatchObject({ decision: 'granted', action: 'jwt-bearer' });
  });

  it('one grant sent to two brokers of one database at once is redeemed once', async () => {
    await withSecond(async (second) => {
      for (let round = 0; round < 10; round += 1) {
        const grant = await idJag();
        const answers = await Promise.all([
          ...[1, 2, 3].map(async () => (await world.partner.token(redemption(grant))).status),
          ...[1, 2, 3].map(async () => (await post(second, redemption(grant))).status),
        ]);
        expect(answers.toSorted()).toEqual([200, 400, 400, 400, 400, 400]);
      }
    });
  });

  it('a key that one broker rotated is in the key set of the other', async () => {
    await withSecond(async (second) => {
      const { kid } = await world.partner.broker.signer.rotate({ immediately: true });
      await vi.waitFor(() => {
        expect(second.broker.signer.publicJwks().keys.map((key) => key['kid'])).toContain(kid);
      }, 5000);
    });
  });

  it('while the database is away the answer is 503 and when to come again; back, it goes on by itself', async () => {
    const grant = await idJag();
    await server.halt();
    const away = await world.partner.token(redemption(grant));
    expect(away).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    await server.start();
    expect(await world.partner.token(redemption(grant))).toMatchObject({ status: 200 });
  });

  it('commands name the database, and never its password', async () => {
    await world.partner.token(redemption(await idJag()));
    const outputs = [];
    for (const command of [['migrate'], ['migrate', '--json'], ['check'], ['keys', 'list'], ['audit', 'verify']]) {
      outputs.push(await cli([...command, '--config', config], { env }));
    }
    expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(outputs[0]?.stdout).toMatch(/^postgres:\/\/broker@127\.0\.0\.1:\d+\/\w+ is up to date\n$/);
    expect(JSON.stringify(outputs)).not.toContain(role.password);
  });

  it('a database that was never used has no audit trail, and is not given one', async () => {
    const empty = await server.database('empty');
    const verdict = await cli(['audit', 'verify', '--config', config], {
      env: { ...env, CONTOSO_STORE: `${empty.url}?sslmode=verify-full` },
    });
    expect(verdict).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no broker has kept anything there yet'),
    });
    expect(await empty.sql("SELECT to_regnamespace('crossgrant') AS schema")).toEqual([{ schema: null }]);
  });

  it('a server whose certificate another authority signed gets neither password nor request', async () => {
    const ca = join(server.folder, 'stranger.pem');
    const text = `issuer: https://as.contoso.example\nkeys: { encrypt_with: { env: CROSSGRANT_KEY } }\n`;
    const path = join(world.folder, 'strangers.yaml');
    await writeFile(path, `${text}store: { url: { env: CONTOSO_STORE }, ca: { file: ${ca} } }\n`);
    const refused = await cli(['migrate', '--config', path], { env });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('an authority we do not know') });
  });

  /** Another broker on contoso's database, as another process would run it. */
  async function withSecond(work: (second: App) => Promise<void>): Promise<void> {
    const second = await openApp(await loadConfig(config, env), { log: silentLog });
    try {
      await work(second);
    } finally {
      await second.close();
    }
  }

  async function post(app: App, fields: FormFields): Promise<Response> {
    return app.http.fetch(
      new Request(`${world.contoso}/token`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: encodeForm(fields),
      }),
    );
  }
});
