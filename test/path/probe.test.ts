// Probing a partner: what it shows, which grants it takes, and what to tell whom; against ourselves, and against a server that is wrong.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeTrace, openTrace } from '../../src/audit/trace.ts';
import { addedLines } from '../../src/partners/yaml-insert.ts';
import { probeOnRecord } from '../../src/probe/recorded.ts';
import type { ProbeReport } from '../../src/probe/types.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import type { FileChanges } from '../../src/testkit/broker.ts';
import { openSite, type Site } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';
import type { Rule } from '../../src/token/policy/rule.ts';
import { aClient, aDomain } from '../../src/token/policy/suspension.ts';
import { carelessServer } from '../support/careless-server.ts';
import { cli } from '../support/cli.ts';
import { letsBrokerIn } from '../support/home.ts';

let world: TrustDomains;
/** A server that takes whatever looks like a grant, within the habits a test gives it. */
let careless: Site;
/** Requests of any kind that it has answered. */
let carelessAnswers = 0;
/** Whether it knows none of its clients for the moment. */
let knowsNobody = false;
/** What happens while it is shown a grant. */
let meanwhile = () => {};
const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef', AT_CARELESS: 'a-secret-nobody-checks' };

beforeAll(async () => {
  careless = await openSite();
  const served = carelessServer(careless.origin);
  careless.serve({
    fetch: (request) => {
      carelessAnswers += 1;
      if (request.method === 'POST') meanwhile();
      if (knowsNobody && request.method === 'POST') return Response.json({ error: 'invalid_client' }, { status: 401 });
      return served.fetch(request);
    },
  });
  world = await trustDomains({
    env,
    acme: ({ contoso }) => ({
      domains: {
        contoso: {
          send: { redeem: { clients: { [names.agent]: { method: 'private_key_jwt' } } } },
          probe: { client: names.agent, subject: 'nobody', other_client: names.calendarServer, pause_ms: 0 },
        },
        careless: {
          issuer: careless.origin,
          contact: 'iam@careless.example',
          send: {
            grant: 'id-jag',
            clients: { [names.agent]: 'acme-agent' },
            resources: ['https://api.careless.example/'],
            scopes: ['read'],
            redeem: { clients: { [names.agent]: { method: 'client_secret_basic', secret: { env: 'AT_CARELESS' } } } },
          },
          probe: { client: names.agent, pause_ms: 0 },
        },
        unasked: {
          issuer: `${contoso}/unasked`,
          contact: 'x@y.example',
          keys: testKey().jwks,
          send: { grant: 'id-jag', clients: {}, resources: [] },
        },
      },
    }),
    contoso: letsBrokerIn,
  });
});
afterAll(async () => {
  await world.stop();
  await careless.stop();
});

const probe = (...args: readonly string[]) =>
  cli(['probe', ...args, '--config', join(world.home.folder, 'crossgrant.yaml')], { env, cwd: world.folder });

const recorded = async (traceId: string) =>
  (await world.home.broker.store.findAudit(traceId)).map(({ record }) => record);

describe('a crossgrant', () => {
  let report: ProbeReport & { readonly traceId: string };
  let code: unknown;
  beforeAll(async () => {
    const told = await probe('contoso', '--json', '--author', 'olga', '--reason', 'before we go live');
    report = JSON.parse(told.stdout);
    code = told.code;
  });

  it('takes the good grant and refuses every bad one, each with the code that is meant', () => {
    const wrong = report.lines.filter(({ area, verdict }) => /grants|client/.test(area) && verdict === 'problem');
    expect(wrong).toEqual([]);
    expect(report.refused.count).toBe(report.refused.of);
    expect(report.refused.of).toBeGreaterThanOrEqual(25);
    expect(code).toBe(report.counts.problem > 0 ? 1 : 0);
  });

  it('asks who redeems', () => {
    const client = report.lines.filter(({ area }) => area === 'client');
    expect(client.map(({ verdict }) => verdict)).toEqual(['ok', 'ok', 'ok']);
  });

  it('is told apart from its quirks: once only, five minutes at most, by its plain name', () => {
    expect(report.quirks).toEqual({ max_lifetime: 300, single_use: true });
  });

  it('is evidence both sides can keep: who, whom, when, and trace ids, but no token', () => {
    expect(report).toMatchObject({
      domain: 'contoso',
      by: world.acme,
      issuer: world.contoso,
      tokenEndpoint: `${world.contoso}/token`,
    });
    expect(report.lines.filter(({ trace }) => trace !== undefined).length).toBeGreaterThan(25);
    expect(JSON.stringify(report)).not.toMatch(/eyJ[\w-]{20}/);
  });

  it('has each attempt in its audit trail, as ours and as refused', async () => {
    const trace = report.lines.find(({ id }) => id.endsWith('/aud/suffix'))?.trace ?? '';
    const [stored] = await world.partner.broker.store.findAudit(trace);
    expect(stored?.record).toMatchObject({
      decision: 'refused',
      reason: 'grant.audience',
      client: names.agentAtContoso,
    });
  });
});

describe('our own audit trail', () => {
  it('says who had grants of ours sent where, how many good and bad ones left, and what came of it', async () => {
    const { stdout } = await probe('careless', '--json', '--author', 'olga', '--reason', 'INC-4711');
    const { traceId, refused, counts, requests } = JSON.parse(stdout);
    const [start, result, ...more] = await recorded(traceId);
    expect(more).toEqual([]);
    const order = { issuer: careless.origin, author: 'olga', reason: 'INC-4711', all: false, write: false };
    const about = { domain: 'careless', client: names.agent, rule: 'careless.send', decision: 'granted' };
    expect(start).toMatchObject({ action: 'probe.start', ...about });
    expect(start?.probe).toEqual(order);
    const taken = refused.of - refused.count;
    expect(taken).toBeGreaterThan(0);
    expect(result).toMatchObject({ action: 'probe.result', ...about });
    expect(result?.probe).toMatchObject({ ...order, verdict: 'problem', taken, counts });
    const { good = 0, bad = 0 } = result?.probe?.sent ?? {};
    expect(bad).toBe(refused.of);
    // Two in vain, by other names, one that is taken, and three impostors with good grants.
    expect(good).toBeGreaterThan(5);
    expect(good + bad).toBeLessThanOrEqual(requests);
  });

  const order = { domain: 'careless', author: 'olga', reason: null, all: false, write: false };
  const probed = () => ({
    ...{ client: names.agent, now: Date.now, server: { issuer: careless.origin, tokenEndpoint: careless.origin } },
    rule: world.home.broker.rules.send(careless.origin).map(({ rule }) => rule)[0] as Rule,
  });

  it('says so of a probe that broke off, with what had been sent by then', async () => {
    const store = world.home.broker.store;
    const before = (await store.auditPage(0, 1000)).length;
    const broken = probeOnRecord(order, probed(), store, async (sent) => {
      sent('accept');
      sent('refuse');
      throw new Error('power cut');
    });
    await expect(broken).rejects.toThrow('power cut');
    const records = (await store.auditPage(0, 1000)).slice(before).map(({ record }) => record);
    expect(records.map(({ action }) => action)).toEqual(['probe.start', 'probe.result']);
    expect(records[1]?.probe).toMatchObject({ verdict: 'broken-off', sent: { good: 1, bad: 1 } });
  });

  it('that cannot be written at the end costs nobody the report: it is shown, and with it what is missing', async () => {
    const database = new Database(join(world.home.folder, 'crossgrant.db'));
    knowsNobody = true;
    meanwhile = () =>
      database.exec(
        "CREATE TRIGGER IF NOT EXISTS no_room BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
      );
    try {
      const { code, stdout, stderr } = await probe('careless', '--json');
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({ domain: 'careless', unrecorded: expect.stringContaining('the disk is full') });
      expect(stderr).toMatch(
        new RegExp(
          `^crossgrant: the audit trail has the start of this probe \\(trace ${report.traceId}\\), and its result could not be written there: .*the disk is full.*; keep this report$`,
          'm',
        ),
      );
      expect(code).toBe(1);
      database.exec('DROP TRIGGER no_room');
      expect((await recorded(report.traceId)).map(({ action }) => action)).toEqual(['probe.start']);
    } finally {
      meanwhile = () => {};
      knowsNobody = false;
      database.exec('DROP TRIGGER IF EXISTS no_room');
      database.close();
    }
  });

  it('says why a probe broke off, even where that cannot be recorded', async () => {
    const store = world.home.broker.store;
    let commits = 0;
    const filling: Pick<typeof store, 'commit'> = {
      commit: (unit) => {
        commits += 1;
        return commits === 1 ? store.commit(unit) : Promise.reject(new StoreUnavailable('the disk is full'));
      },
    };
    const broken = probeOnRecord(order, probed(), filling, () => Promise.reject(new Error('power cut')));
    await expect(broken).rejects.toThrow(
      'power cut; nor could it be recorded that the probe broke off: the disk is full',
    );
  });

  it('comes first: where it cannot be written, and where the store knows of a suspension, nothing is sent', async () => {
    const { store } = world.home.broker;
    const nothing = () => Promise.reject(new Error('a grant was sent'));
    const full = { commit: () => Promise.reject(new StoreUnavailable('the disk is full')) };
    await expect(probeOnRecord(order, probed(), full, nothing)).rejects.toThrow('the disk is full');
    const record = closeTrace(openTrace('suspend', Date.now()));
    const named = aDomain(careless.origin);
    await store.suspend({ ...named, at: Date.now(), author: 'ops', reason: null }, 0, 'careless', () => record);
    await expect(probeOnRecord(order, probed(), store, nothing)).rejects.toThrow('just suspended');
    await store.resume(named, record);
  });
});

describe('a careless server', () => {
  it('is found out: what it takes, what its keys give away, and what to tell it', async () => {
    const { stdout, code } = await probe('careless');
    expect(code).toBe(1);
    expect(stdout).toMatch(/things are wrong/);
    expect(stdout).toMatch(/NO +a good grant without any credentials +TAKEN/);
    expect(stdout).toMatch(/NO +key leaked/);
    expect(stdout).not.toContain('urn:ietf:params:oauth');
    expect(stdout).toMatch(/what to tell them\n/);
    expect(stdout).toMatch(/quirks: \{ audience: issuer_slash, max_lifetime: 300, single_use: false \}/);
  });

  it('leaves its quirks in the domain file, which issuing then honours', async () => {
    const file = join(world.home.folder, 'domains/careless.yaml');
    const before = readFileSync(file, 'utf8');
    const { stdout } = await probe('careless', '--json', '--write', '--report', 'report.json');
    expect((await recorded(JSON.parse(stdout).traceId))[0]?.probe).toMatchObject({ write: true });
    const after = readFileSync(file, 'utf8');
    expect(addedLines(before, after).map((line) => line.trim())).toEqual([
      'quirks:',
      'audience: issuer_slash',
      'max_lifetime: 300',
      'single_use: false',
    ]);
    expect(addedLines(after, before)).toEqual([]);
    await probe('careless', '--write');
    expect(readFileSync(file, 'utf8')).toBe(after);
    expect(JSON.parse(readFileSync(join(world.folder, 'report.json'), 'utf8'))).toMatchObject({ domain: 'careless' });
    const asked = [
      '--client',
      names.agent,
      '--sub',
      'alice',
      '--issuer',
      'login',
      '--to',
      'careless',
      '--scope',
      'read',
    ];
    const explained = await cli(
      ['explain', ...asked, '--json', '--config', join(world.home.folder, 'crossgrant.yaml')],
      { env },
    );
    const { claims } = JSON.parse(explained.stdout).token;
    expect(claims).toMatchObject({ aud: `${careless.origin}/` });
    expect(claims.exp - claims.iat).toBeLessThanOrEqual(300);
  });
});

describe('a server that does not take us for its client', () => {
  it('is told how to register it, and tried with nothing else', async () => {
    knowsNobody = true;
    const { stdout, code } = await probe('careless');
    knowsNobody = false;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^no bad grant was tried; .*\n1 request to /m);
    expect(stdout).toMatch(/– +all of them +no good grant is taken: a refusal would prove nothing/);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      '- Register the client acme-agent with what we show there (client_secret_basic): you do not take us for it.',
    );
  });
});

describe('nobody is probed', () => {
  it('who did not agree to it', async () => {
    const { code, stderr } = await probe('unasked');
    expect(code).toBe(2);
    expect(stderr).toMatch(/not for probing: agree on it with x@y\.example, then write `probe: \{ client: … \}`/);
  });

  it('who was suspended, or by whose client: a probe is grants, too', async () => {
    const { store } = world.home.broker;
    const record = closeTrace(openTrace('suspend', Date.now()));
    for (const named of [aDomain(careless.origin), aClient(names.agent)]) {
      await store.suspend({ ...named, at: Date.now(), author: 'ops', reason: null }, 0, 'careless', () => record);
      const { code, stderr } = await probe('careless');
      await store.resume(named, record);
      expect(stderr).toMatch(/is suspended: nothing is sent there/);
      expect(code).toBe(2);
    }
  });

  it.each<readonly [string, FileChanges, RegExp]>([
    ['domain', { domains: { careless: { state: 'suspended' } } }, /careless or travel-agent is suspended/],
    ['client', { main: { clients: { [names.agent]: { suspended: true } } } }, /careless or travel-agent is suspended/],
    ['trust', { domains: { careless: { expires: '2020-01-01' } } }, /the trust in careless has expired/],
  ])('whose %s is stopped by its file', async (_what, changes, message) => {
    const asked = carelessAnswers;
    const restore = await world.home.reconfigure(changes);
    const { code, stderr } = await probe('careless');
    await restore();
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(carelessAnswers).toBe(asked);
  });

  it('whom nobody knows', async () => {
    const { code, stderr } = await probe('contso');
    expect(code).toBe(2);
    expect(stderr).toMatch(/did you mean "contoso"/);
  });

  it('who does not answer: said clearly, nothing tried', async () => {
    await careless.stop();
    const { code, stderr } = await probe('careless');
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be read/);
  });
});
