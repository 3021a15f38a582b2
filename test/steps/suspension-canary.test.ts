// The canary: what it can prove, what it says when it cannot, and that it finds a store that lets something through.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker.ts';
import type { ProcessReport, Store, Suspendable } from '../../src/store/store.ts';
import { isProof, sendCanaries } from '../../src/suspension/canary.ts';
import { awaitHeard, reportsBefore } from '../../src/suspension/heard.ts';
import { type Stopped, suspend } from '../../src/suspension/stop.ts';
import type { Target } from '../../src/suspension/target.ts';
import { testKey } from '../../src/testkit/keys.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { aClient, aDomain, aSubject } from '../../src/token/policy/suspension.ts';
import { nothingSuspended } from '../../src/trust/suspensions.ts';
import { aRecord } from '../store/samples.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const place = (name: string) => `https://${name}.example`;
const key = testKey('ES256', 'partner-1');

/** A domain whose grants acme takes in some way. */
const accepting = (name: string, accept: Settings, more: Settings = {}): Settings => ({
  issuer: place(name),
  contact: `iam@${name}.example`,
  keys: key.jwks,
  accept: {
    grants: ['id-jag', 'jwt'],
    clients: { [names.agent]: {} },
    subject: { to: `${name}|{sub}` },
    resources: [names.acmeApi],
    scopes: ['calendar.read'],
    ...accept,
  },
  ...more,
});

let home: Home;
let broker: Broker;
beforeAll(async () => {
  home = await openHome({
    sockets: false,
    env: { PAIRWISE: 'a secret of this relation, long enough for anybody' },
    acme: () => ({
      domains: {
        plain: partner(place('plain'), { grant: 'jwt' }),
        strict: partner(place('strict'), {
          grant: 'jwt',
          when: { licensed: ['true'], groups: ['travel', 'sales'] },
          require: { acr: ['phr'], amr: ['hwk'], max_age: '5m' },
          resources: [`${place('strict')}/one`, `${place('strict')}/two`],
          scopes: { a: 'x', b: 'y' },
          tenant_from: 'org',
          dpop: 'required',
        }),
        pairwise: partner(place('pairwise'), { subject: { from: 'pairwise', secret: { env: 'PAIRWISE' } } }),
        emailed: partner(place('emailed'), { subject: { from: 'email' } }),
        template: accepting('template', {}),
        jit: accepting('jit', { subject: { from: 'just_in_time', to: 'jit|{id}' } }),
        tenants: accepting('tenants', { tenants: { theirs: 'ours' }, subject: { to: 'tenants|{tenant}|{sub}' } }),
        listed: accepting('listed', { subject: { from: 'map', map: { alice: 'listed|alice' } } }),
        mailed: accepting('mailed', { subject: { from: 'email', domains: ['mailed.example'] } }),
        hosted: accepting('hosted', { clients: {}, client_metadata: { hosts: ['agents.example'] } }),
        stopped: accepting('stopped', {}, { state: 'suspended' }),
      },
    }),
  });
  broker = home.home.broker;
});
afterAll(() => home.stop());

/** Nobody stays suspended. */
afterEach(async () => {
  for (const one of await broker.store.listSuspensions()) await broker.store.resume(one, aRecord());
});

const domain = (name: string): Target => ({ suspendable: aDomain(place(name)), name, alias: name });
const order = (target: Target) => ({ target, author: 'olga', reason: null });
const told = ({ canaries }: Stopped) => canaries.filter(({ rule }) => rule !== null);

describe('a canary', () => {
  it.each([
    ['plain', 'send'],
    ['strict', 'send'],
    ['pairwise', 'send'],
    ['emailed', 'send'],
    ['template', 'accept'],
    ['jit', 'accept'],
    ['tenants', 'accept'],
    ['hosted', 'accept'],
  ])('of %s.%s comes as far as the store, which alone refuses it where nothing was heard', async (name, kind) => {
    const stopped = await suspend(order(domain(name)), broker);
    expect(told(stopped)).toEqual([{ rule: `${name}.${kind}`, path: 'policy.domain_suspended', store: 'refused' }]);
    expect(stopped.proven).toBe(true);
  });

  it.each([
    ['listed', 'subject.unknown ("crossgrant-canary")'],
    ['mailed', 'subject.unknown ("crossgrant-canary")'],
    ['stopped', 'policy.domain_suspended ("stopped")'],
  ])(
    'of %s.accept says what stands before the store, and leaves the proof to the bare question',
    async (name, hindrance) => {
      const stopped = await suspend(order(domain(name)), broker);
      const path = 'policy.domain_suspended';
      expect(told(stopped)).toEqual([{ rule: `${name}.accept`, path, store: 'not reached', hindrance }]);
      expect(stopped.canaries[0]).toEqual({ rule: null, path: 'not asked', store: 'refused' });
      expect(stopped.proven).toBe(true);
    },
  );

  it('goes by every rule of a client, and by every rule for people of an identity provider', async () => {
    const client = await suspend(order({ suspendable: aClient(names.agent), name: names.agent, alias: null }), broker);
    const rules = told(client).map(({ rule }) => rule);
    expect(rules).toEqual(expect.arrayContaining(['contoso.send', 'plain.send', 'jit.accept', 'travel-agent.access']));
    expect(rules).not.toContain('hosted.accept');
    const login = { suspendable: aDomain(home.login), name: 'login', alias: 'login' };
    const people = told(await suspend(order(login), broker)).map(({ rule }) => rule);
    const expected = ['contoso', 'plain', 'strict', 'pairwise', 'emailed'].map((name) => `${name}.send`);
    expect(new Set(people)).toEqual(new Set([...expected, 'travel-agent.access']));
  });

  it('is somebody himself where somebody is suspended, also by our own name for him', async () => {
    const foreign = { suspendable: aSubject(place('listed'), 'alice'), name: 'alice', alias: null };
    expect(told(await suspend(order(foreign), broker))).toEqual([
      { rule: 'listed.accept', path: 'policy.subject_suspended', store: 'refused' },
    ]);
    const ours = { suspendable: aSubject(home.acme, 'template|bob'), name: 'template|bob', alias: 'template|bob' };
    const canaries = told(await suspend(order(ours), broker));
    expect(canaries.find(({ rule }) => rule === 'template.accept')).toMatchObject({ store: 'refused' });
    expect(canaries.find(({ rule }) => rule === 'listed.accept')).toMatchObject({ store: 'not reached' });
  });

  it('leaves records of its refusals and nothing else: no token, no link, no key spent', async () => {
    const { store } = broker;
    const last = Math.max(0, ...(await store.chainEnds()).map(({ seq }) => seq));
    await suspend(order(domain('jit')), broker);
    const records = (await store.auditPage(last, 100)).map(({ record }) => record);
    expect(records.map(({ action, decision }) => `${action} ${decision}`)).toEqual([
      'domain.suspend granted',
      'suspension.canary refused',
      'suspension.canary refused',
    ]);
    expect(records[2]).toMatchObject({ rule: 'jit.accept', client: names.agent, issued: null });
    expect(records[2]).not.toHaveProperty('asked');
    expect(await store.findLink(place('jit'), '', 'crossgrant-canary')).toBeUndefined();
    expect(await store.liveTokens(aClient(names.agent), null, home.now())).toEqual({ clients: [] });
  });
});

describe('a store that lets something through', () => {
  /** As if it did not look at what is suspended. */
  const blind = (store: Store, taken: string[]): Store => ({
    ...store,
    commit: ({ unlessSuspended: _, ...unit }) => {
      if (unit.issued) taken.push(unit.issued.jti);
      return store.commit(unit);
    },
  });

  it('is found out, and what it took is revoked at once', async () => {
    const taken: string[] = [];
    const stopped = await suspend(order(domain('plain')), { ...broker, store: blind(broker.store, taken) });
    expect(stopped.proven).toBe(false);
    expect(stopped.canaries).toEqual([
      { rule: null, path: 'not asked', store: 'committed' },
      { rule: 'plain.send', path: 'policy.domain_suspended', store: 'committed' },
    ]);
    expect(taken).toHaveLength(1);
    expect((await broker.store.findToken(taken[0] ?? ''))?.revokedAt).not.toBeNull();
  });

  it('is found out where nobody is suspended at all: a proof needs a refusal', async () => {
    const canaries = await sendCanaries(domain('plain'), { ...broker, suspensions: nothingSuspended });
    expect(canaries.map(({ path, store }) => [path, store])).toEqual([
      ['not asked', 'committed'],
      ['granted', 'committed'],
    ]);
    expect(isProof(canaries)).toBe(false);
    expect(isProof([])).toBe(false);
  });
});

describe('processes', () => {
  const now = () => 1_800_000_000_000;
  const report = (id: string, changes: Partial<ProcessReport> = {}): ProcessReport => ({
    ...{ id, host: 'broker-1', pid: 17, startedAt: now() - 9000, seenAt: now() - 1000, version: null, digest: 'd' },
    ...{ suspensions: 1, problem: null, ...changes },
  });
  const suspension = { ...(aClient('a') satisfies Suspendable), at: 1, author: 'olga', reason: null };

  /** A store whose processes report, look by look. */
  function reporting(...looks: readonly (readonly ProcessReport[])[]) {
    let look = 0;
    return {
      now,
      store: {
        listSuspensions: async () => [suspension],
        listProcesses: async () => looks[Math.min(look++, looks.length - 1)] ?? [],
      },
    };
  }

  it('have heard when they report as many suspensions as there are, anew', async () => {
    const [stale, behind, heard] = [
      report('one'),
      report('one', { suspensions: 0, seenAt: 2 }),
      report('one', { seenAt: 3 }),
    ];
    const reports = reporting([stale], [stale], [behind], [heard]);
    const waited: number[] = [];
    const pause = async (ms: number) => void waited.push(ms);
    const state = await awaitHeard(await reportsBefore(reports), { ...reports, limitMs: 1000, pause });
    expect(state).toEqual({ heard: [heard], silent: [] });
    expect(waited).toHaveLength(2);
  });

  it('that are silent are waited for so long and no longer', async () => {
    const [silent, quick] = [report('silent'), report('quick', { seenAt: 3 })];
    const reports = reporting([silent], [silent, quick]);
    const waited: number[] = [];
    const pause = async (ms: number) => void waited.push(ms);
    const named = new Set<string>();
    const state = await awaitHeard(await reportsBefore(reports), {
      ...reports,
      limitMs: 1000,
      pause,
      waiting: ({ silent: [still] }) => void named.add(still?.id ?? 'nobody'),
    });
    expect(state).toEqual({ heard: [quick], silent: [silent] });
    expect(named).toEqual(new Set(['silent']));
    expect(waited.reduce((sum, ms) => sum + ms, 0)).toBe(1000);
  });
});
