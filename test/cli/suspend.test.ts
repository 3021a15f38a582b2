// Stop it: an operator at a terminal, brokers that serve meanwhile, and what a caller, a resource and the audit trail see of it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { grantTypes } from '../../src/protocol/urns.ts';
import { type AccessVariables, protectResource, requireToken } from '../../src/resource/index.ts';
import type { ProcessReport } from '../../src/store/store.ts';
import { getJson } from '../../src/testkit/http.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { aClient, aRecord, suspensionOf } from '../store/samples.ts';
import { cli } from '../support/cli.ts';
import { type Home, openHome } from '../support/home.ts';

let home: Home;
beforeAll(async () => {
  home = await openHome();
});
afterAll(() => home.stop());

/** The last record before a test, by side. */
let before: Readonly<Record<'home' | 'partner', number>>;
beforeEach(async () => {
  const last = async (side: 'home' | 'partner') =>
    Math.max(0, ...(await home[side].broker.store.chainEnds()).map(({ seq }) => seq));
  before = { home: await last('home'), partner: await last('partner') };
});
/** No token is live, everybody may go on, and the running brokers know it. */
afterEach(async () => {
  for (const { broker, catchUp } of [home.home, home.partner]) {
    for (const id of [names.agent, names.agentAtContoso])
      await broker.store.suspend(suspensionOf(aClient(id)), home.now(), null, () => aRecord());
    for (const suspended of await broker.store.listSuspensions()) await broker.store.resume(suspended, aRecord());
    await catchUp();
    expect(broker.suspensions.list()).toEqual([]);
  }
});

/** Runs a command beside the running broker: in its folder, and without any of its secrets. */
const at = (side: 'acme' | 'contoso') => (args: readonly string[], answers?: readonly string[]) =>
  cli(args, { cwd: join(home.folder, side), ...(answers && { answers }) });
const [acme, contoso] = [at('acme'), at('contoso')];

/** An access token of contoso for alice, by way of acme's agent. */
async function accessToken(): Promise<string> {
  const grant = await home.granted(home.idJag());
  const answer = await redeem(String(grant.body['access_token']));
  return String(answer.body['access_token']);
}

const redeem = (assertion: string) =>
  home.partner.token({
    grant_type: grantTypes.jwtBearer,
    assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: clientAssertion(names.agentAtContoso, home.contoso, home.agentKey, home.now()),
  });

async function isActive(token: string): Promise<unknown> {
  const credentials = Buffer.from(`${names.calendarServer}:${names.calendarSecret}`).toString('base64');
  const { body } = await home.partner.post('introspect', { token }, { Authorization: `Basic ${credentials}` });
  return body['active'];
}

const trail = async (side: 'home' | 'partner', action: RegExp) =>
  (await home[side].broker.store.auditPage(before[side], 10_000))
    .map(({ record }) => record)
    .filter((record) => action.test(record.action));

describe('domain suspend', () => {
  it('shows what it would hit, and does nothing where nobody can be asked', async () => {
    await home.granted(home.idJag());
    const { code, stdout, stderr } = await acme(['domain', 'suspend', 'contoso']);
    expect(stderr).toContain(
      'Suspending domain contoso stops\n  contoso.send\n    travel-agent may take id-jag grants',
    );
    expect(stderr).toMatch(/travel-agent +spiffe:\/\/acme\.example\/agent\/travel +1 +\d s ago/);
    expect(stderr).toContain('  1 live token will be revoked; last used');
    expect(stderr).toContain('Grants that have left are good at the partner until they expire, 5 min at most');
    expect(stderr).toContain('nobody is asked, so say --yes: Suspend domain contoso?');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    await home.granted(home.idJag());
    expect(await trail('home', /suspen/)).toEqual([]);
  });

  it('does nothing when the person at the terminal says no', async () => {
    const { code, stderr } = await acme(['domain', 'suspend', 'contoso'], ['n']);
    expect(stderr).toContain('nothing was changed');
    expect(code).toBe(1);
    await home.granted(home.idJag());
  });

  it('stops a running broker before it returns, revokes, proves it, and records who, why and how many', async () => {
    await home.granted(home.idJag());
    const why = ['--author', 'olga', '--reason', 'ticket 7'];
    const { code, stdout } = await acme(['domain', 'suspend', 'contoso', ...why], ['y']);
    const refused = await home.refused(home.idJag());
    expect(refused).toMatchObject({ status: 400, error: 'access_denied', reason: 'policy.domain_suspended' });
    expect(refused.record).toMatchObject({ domain: 'contoso', remediation: 'domain contoso suspended' });

    expect(stdout).toMatch(/^domain contoso is suspended, since [\d-]+ [\d:]+ by olga: ticket 7\n/);
    expect(stdout).toMatch(/^revoked +1 live token$/m);
    expect(stdout).toMatch(/^proof +nothing gets through/m);
    expect(stdout).toContain(
      'contoso.send: refused, policy.domain_suspended, and by the store where a process has not heard of it',
    );
    expect(code).toBe(0);

    const [record] = await trail('home', /^domain\.suspend$/);
    expect(record).toMatchObject({
      domain: 'contoso',
      remediation: 'domain contoso suspended',
      suspension: { kind: 'domain', issuer: home.contoso, author: 'olga', reason: 'ticket 7', revoked: 1 },
    });
    expect(stdout).toContain(`trace ${record?.traceId}`);
    const canaries = await trail('home', /^suspension\.canary$/);
    expect(canaries.map(({ decision, reason, rule, issued }) => ({ decision, reason, rule, issued }))).toEqual([
      { decision: 'refused', reason: 'policy.domain_suspended', rule: null, issued: null },
      { decision: 'refused', reason: 'policy.domain_suspended', rule: 'contoso.send', issued: null },
    ]);
  });

  it('ends access tokens: introspection says so, and a resource that asks refuses from that moment on', async () => {
    const token = await accessToken();
    const { calendar, calendarSite, contoso: issuer } = home;
    const told: unknown[] = [];
    const resource = protectResource({
      resource: calendar,
      issuer,
      network: { loopbackHttp: true },
      liveness: { clientId: names.calendarServer, secret: names.calendarSecret, cache: 0 },
      onRefused: ({ reason }) => told.push(reason),
    });
    const app = new Hono<AccessVariables>();
    app.get('/calendar', requireToken(resource), (c) => c.json({}));
    calendarSite.serve(app);
    const call = () => getJson(calendar, { Authorization: `Bearer ${token}` });
    expect([(await call()).status, await isActive(token)]).toEqual([200, true]);

    const { stderr } = await contoso(['domain', 'suspend', 'acme', '--yes']);
    expect(stderr).toContain('Access tokens end at once at resources that ask us');
    expect(await call()).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(told).toEqual(['access_token.revoked']);
    expect(await isActive(token)).toBe(false);

    expect((await contoso(['domain', 'resume', 'acme', '--yes'])).code).toBe(0);
    expect([(await call()).status, await isActive(token)]).toEqual([401, false]);
  });

  it('refuses grants that the domain sent before', async () => {
    const grant = String((await home.granted(home.idJag())).body['access_token']);
    await contoso(['domain', 'suspend', 'acme', '--yes']);
    expect(await redeem(grant)).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    const [record] = (await trail('partner', /^jwt-bearer$/)).filter(({ decision }) => decision === 'refused');
    expect(record).toMatchObject({ reason: 'policy.domain_suspended', domain: 'acme' });
  });

  it('is what explain says stands in the way', async () => {
    await acme(['domain', 'suspend', 'contoso', '--yes']);
    const { code, stdout } = await cli(
      ['explain', '--client', names.agent, '--sub', 'alice', '--to', 'contoso', '--want', 'id-jag', '--json'],
      { cwd: join(home.folder, 'acme'), env: { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef' } },
    );
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'refused', refused: { reason: 'policy.domain_suspended' } });
    expect(code).toBe(1);
  });

  it('keeps no token that somebody pasted into the reason', async () => {
    const pasted = home.idp.idToken(names.agentAtLogin);
    await acme(['domain', 'suspend', 'contoso', '--yes', '--reason', `stolen: ${pasted}`]);
    expect(await trail('home', /^domain\.suspend$/)).toMatchObject([{ suspension: { reason: 'stolen: (token)' } }]);
  });

  it('is told as JSON', async () => {
    const { code, stdout } = await acme(['domain', 'suspend', 'contoso', '--yes', '--json', '--author', 'olga']);
    expect(JSON.parse(stdout)).toMatchObject({
      target: { kind: 'domain', issuer: home.contoso, name: '' },
      already: false,
      proven: true,
      revoked: 0,
      suspension: { author: 'olga', reason: null },
      radius: { rules: ['contoso.send'], tokens: 0, outlives: { grants: 300, accessTokens: 0 } },
      canaries: [
        { rule: null, store: 'refused' },
        { rule: 'contoso.send', path: 'policy.domain_suspended', store: 'refused' },
      ],
    });
    expect(code).toBe(0);
  });

  it('twice changes nothing, says whose it is, and proves it again', async () => {
    await acme(['domain', 'suspend', 'contoso', '--yes', '--author', 'olga', '--reason', 'ticket 7']);
    const { code, stdout, stderr } = await acme(['domain', 'suspend', home.contoso, '--yes', '--author', 'peter']);
    expect(stderr).toContain('domain contoso is suspended already, since');
    expect(stdout).toMatch(/was suspended before, since .* by olga: ticket 7/);
    expect(stdout).toMatch(/^proof +nothing gets through/m);
    expect(code).toBe(0);
    expect(await trail('home', /^domain\.suspend$/)).toHaveLength(1);
  });

  it('--dry-run only shows', async () => {
    const { code, stdout } = await acme(['domain', 'suspend', 'contoso', '--dry-run']);
    expect(stdout).toContain('Suspending domain contoso stops');
    expect(code).toBe(0);
    await home.granted(home.idJag());
  });

  it('takes an issuer no file is about: chains may come through it', async () => {
    expect((await acme(['domain', 'suspend', 'https://far.example', '--yes'])).code).toBe(0);
    const act = { iss: 'https://far.example', sub: 'their-agent' };
    const subject_token = home.idp.idToken(names.agentAtLogin, { act });
    expect(await home.refused(home.idJag({ subject_token }))).toMatchObject({ reason: 'policy.domain_suspended' });
    await home.granted(home.idJag());
  });

  it('names the nearest domain when there is none of that name', async () => {
    expect(await acme(['domain', 'suspend', 'contso', '--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no domain is called contso: did you mean "contoso"?'),
    });
  });

  it('works with a configuration that would not serve, and says so', async () => {
    change('acme/domains/login.yaml', (text) => text.replace(`${names.agent}:`, 'nobody-we-know:'));
    const { code, stderr } = await acme(['domain', 'suspend', 'contoso', '--yes']);
    expect(stderr).toMatch(/The configuration has \d problems \(see check\)/);
    expect(code).toBe(0);
    expect(await home.refused(home.idJag())).toMatchObject({ reason: 'policy.domain_suspended' });
  });

  it('never suspends in another store than the one that is configured', async () => {
    change('acme/crossgrant.yaml', (text) => text.replace(/^store: .*$/m, 'store: { url: { env: DATABASE_URL } }'));
    const { code, stderr } = await acme(['domain', 'suspend', 'contoso', '--yes']);
    expect(stderr).toContain('DATABASE_URL');
    expect(code).toBe(2);
    await home.granted(home.idJag());
  });

  it('says that no broker has served yet where there is no store', async () => {
    change('acme/crossgrant.yaml', (text) => text.replace(/^store: .*$/m, 'store: sqlite:./another.db'));
    const { code, stderr } = await acme(['domain', 'suspend', 'contoso', '--yes']);
    expect(stderr).toContain('another.db does not exist');
    expect(code).toBe(1);
  });
});

/** Changes a file of a broker for one test; the broker itself does not hear of it. */
function change(name: string, how: (text: string) => string): void {
  const file = join(home.folder, name);
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, how(text));
  onTestFinished(() => writeFileSync(file, text));
}

describe('domain resume', () => {
  it('lets it be used again, and brings no token back', async () => {
    const first = await home.granted(home.idJag());
    await acme(['domain', 'suspend', 'contoso', '--yes']);
    const { code, stdout } = await acme([
      'domain',
      'resume',
      'contoso',
      '--yes',
      '--author',
      'olga',
      '--reason',
      'mended',
    ]);
    expect(stdout).toContain('domain contoso may be used again; what was revoked stays revoked');
    expect(code).toBe(0);
    await expect.poll(() => home.home.broker.suspensions.list()).toEqual([]);
    await home.granted(home.idJag());
    const { store } = home.home.broker;
    expect((await store.findToken(String(first.claims.jti)))?.revokedAt).not.toBeNull();
    expect(await trail('home', /^domain\.resume$/)).toMatchObject([
      { remediation: 'domain contoso resumed', suspension: { author: 'olga', reason: 'mended' } },
    ]);
  });

  it('asks, too: it opens what was closed', async () => {
    await acme(['domain', 'suspend', 'contoso', '--yes']);
    expect((await acme(['domain', 'resume', 'contoso'])).code).toBe(2);
    expect((await acme(['domain', 'resume', 'contoso'], ['no'])).code).toBe(1);
    expect((await acme(['domain', 'resume', 'contoso'], ['y'])).code).toBe(0);
  });

  it('says that nothing is suspended, or that the file itself stops it', async () => {
    expect(await acme(['domain', 'resume', 'contoso', '--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('domain contoso is not suspended by command\n'),
    });
    change('acme/domains/contoso.yaml', (text) => `${text}state: suspended\n`);
    expect((await acme(['domain', 'resume', 'contoso', '--yes'])).stderr).toContain('its file says `state: suspended`');
  });
});

describe('the lists', () => {
  it('tell who is suspended, since when, by whom and why', async () => {
    await home.granted(home.idJag());
    for (const what of [
      ['domain', 'suspend', 'contoso'],
      ['domain', 'suspend', 'https://far.example'],
      ['client', 'suspend', names.agent],
      ['subject', 'suspend', 'alice', '--issuer', 'login'],
    ])
      await acme([...what, '--yes', '--author', 'olga', '--reason', 'ticket 7']);
    const since = 'since [\\d-]+ [\\d:]+ by olga: ticket 7';
    const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef' };
    const cwd = join(home.folder, 'acme');
    const domains = (await cli(['domain', 'list'], { cwd, env })).stdout;
    expect(domains).toMatch(/^contoso +suspended +send /m);
    expect(domains).toMatch(new RegExp(`^contoso: suspended ${since}$`, 'm'));
    expect(domains).toMatch(new RegExp(`^suspended without a file: https://far.example, ${since}$`, 'm'));
    expect((await cli(['domain', 'show', 'contoso'], { cwd, env })).stdout).toMatch(
      new RegExp(`^suspended ${since}$`, 'm'),
    );
    const clients = (await acme(['client', 'list'])).stdout;
    expect(clients).toMatch(
      new RegExp(`^travel-agent +spiffe://acme.example/agent/travel +private_key_jwt +[\\w -]+:?\\d* +${since}$`, 'm'),
    );
    expect((await acme(['subject', 'list'])).stdout).toMatch(/^alice +login +[\d-]+ [\d:]+ +olga +ticket 7$/m);
    const { clients: listed } = JSON.parse((await acme(['client', 'list', '--json'])).stdout);
    expect(listed).toMatchObject([{ id: names.agent, method: 'private_key_jwt', suspended: { author: 'olga' } }]);
  });

  it('tell when a client last came', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    await home.granted(home.idJag());
    const { clients } = JSON.parse((await acme(['client', 'list', '--json'])).stdout);
    expect(clients[0].lastUse).toBeGreaterThanOrEqual(before);
    expect((await acme(['subject', 'list'])).stdout).toBe('nobody is suspended\n');
  });
});

describe('client suspend, subject suspend', () => {
  it('stops one client', async () => {
    const { code, stdout } = await acme(['client', 'suspend', names.agent, '--yes']);
    expect(stdout).toContain('travel-agent.access: refused, policy.client_suspended, and by the store');
    expect(code).toBe(0);
    expect(await home.refused(home.idJag())).toMatchObject({
      error: 'access_denied',
      reason: 'policy.client_suspended',
      received: names.agent,
    });
    expect((await acme(['client', 'resume', names.agent, '--yes'])).code).toBe(0);
  });

  it('knows no client by a slip of the keyboard', async () => {
    const { code, stderr } = await acme(['client', 'suspend', 'travel-agnt', '--yes']);
    expect(stderr).toContain(
      'no client is called travel-agnt, and none of that id holds a token: did you mean "travel-agent"?',
    );
    expect(code).toBe(2);
  });

  it('stops one person, as an issuer knows her, and nobody else', async () => {
    const { stdout } = await acme(['subject', 'suspend', 'alice', '--issuer', 'login', '--yes']);
    expect(stdout).toContain('subject alice of login is suspended');
    const refused = await home.refused(home.idJag());
    expect(refused).toMatchObject({ error: 'access_denied', reason: 'policy.subject_suspended', received: 'alice' });
    const bob = home.idp.idToken(names.agentAtLogin, { sub: 'bob' });
    await home.granted(home.idJag({ subject_token: bob }));
  });

  it('stops one person, as we know her ourselves', async () => {
    const token = await accessToken();
    const { code } = await contoso(['subject', 'suspend', 'acme|alice', '--yes']);
    expect(code).toBe(0);
    expect(await isActive(token)).toBe(false);
    const grant = await home.granted(home.idJag());
    expect(await redeem(String(grant.body['access_token']))).toMatchObject({ body: { error: 'access_denied' } });
    const bob = await home.granted(home.idJag({ subject_token: home.idp.idToken(names.agentAtLogin, { sub: 'bob' }) }));
    expect(await redeem(String(bob.body['access_token']))).toMatchObject({ status: 200 });
  });

  it('asks who calls somebody so when there is no such domain', async () => {
    const { code, stderr } = await acme(['subject', 'suspend', 'alice', '--issuer', 'logn', '--yes']);
    expect(stderr).toContain('--issuer logn is no domain: did you mean "login"?');
    expect(code).toBe(2);
  });
});

describe('processes that serve from the same store', () => {
  const report = (id: string, changes: Partial<ProcessReport> = {}): ProcessReport => ({
    ...{ id, host: 'broker-1', pid: 17, startedAt: Date.now(), seenAt: Date.now(), version: null, digest: 'd' },
    ...{ suspensions: 0, problem: null, ...changes },
  });

  it('are waited for until they have heard', async () => {
    const { store } = home.home.broker;
    const beat = (id: string, changes?: Partial<ProcessReport>) => store.beat(report(id, changes));
    await Promise.all([beat('one'), beat('two')]);
    const stop = store.watch(() => {
      for (const id of ['one', 'two']) void beat(id, { seenAt: Date.now() + 1, suspensions: 1 });
    });
    const { code, stdout } = await acme(['domain', 'suspend', 'contoso', '--yes']);
    stop();
    const [, heard, all] = /^heard +(\d+) of (\d+) processes$/m.exec(stdout) ?? [];
    expect(heard).toBe(all);
    expect(Number(all)).toBeGreaterThanOrEqual(2);
    expect(code).toBe(0);
    await Promise.all(['one', 'two'].map((id) => store.endProcess(id)));
  });
});
