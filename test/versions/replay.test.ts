// Recorded requests against another configuration: who would be refused, who would get more, and what nobody used.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Loaded, loadConfig } from '../../src/config/load.ts';
import { disk, replay as reading } from '../../src/config/reads.ts';
import { type BrokerFiles, changed, type FileChanges } from '../../src/testkit/broker.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { makePlan, type Plan } from '../../src/versions/plan.ts';
import type { ChangedAnswer } from '../../src/versions/replay/changed-answers.ts';
import { type Home, openHome } from '../support/home.ts';

const env = { CROSSGRANT_KEY: 'another-operator-key-0123456789abcdef', PAIRWISE: 'a secret of this relation' };

let home: Home;
let before: Loaded;
let nowhere: string;
/** The trace of the last request for reading. */
let lastTrace: string | undefined;

beforeAll(async () => {
  nowhere = await mkdtemp(join(tmpdir(), 'crossgrant-replay-'));
  home = await openHome({
    acme: () => ({
      domains: { contoso: { send: { when: { groups: ['travel', 'sales'] }, require: { max_age: '1h' } } } },
    }),
  });
  before = await load(home.home.files);
  await home.granted(home.idJag());
  await home.granted(home.idJag({ scope: 'calendar.read calendar.write' }));
  lastTrace = (await home.granted(home.idJag())).record.traceId;
  await home.granted(home.access());
  await home.refused(home.idJag({ scope: 'calendar.share' }));
  await home.refused(home.idJag({ audience: 'https://as.fabrikam.example' }));
  await home.refused(home.idJag({ scope: 'calendar.read', audience: '' }));
});
afterAll(async () => {
  await home.stop();
  await rm(nowhere, { recursive: true });
});

/** The files as a configuration that was never on a disk. */
function load({ main, domains }: BrokerFiles): Promise<Loaded> {
  const folder = join(nowhere, 'domains');
  const files = Object.entries(domains).map(([name, file]) => [join(folder, `${name}.yaml`), stringify(file)] as const);
  const path = join(nowhere, 'crossgrant.yaml');
  const texts = Object.fromEntries([[path, stringify(main)], ...files]);
  const folders = { [folder]: Object.keys(domains).map((name) => `${name}.yaml`) };
  return loadConfig(path, env, reading({ texts, folders }, disk));
}

/** The plan of a change to the files of the home side. */
async function planned(changes: FileChanges, days = 7): Promise<Plan> {
  const version = { version: 1, at: 0, author: 'ann', note: null, digest: 'before', files: before.texts };
  const { broker } = home.home;
  const against = { version, loaded: before, problems: [] };
  return makePlan(against, await load(changed(home.home.files, changes)), { broker, days, most: 1000 });
}

const answersOf = ({ replay }: Plan): readonly ChangedAnswer[] => replay?.answers ?? [];
const lineOf = ({ lines }: Plan, setting: string) => lines.find((line) => line.setting === setting);
const contoso = (send: object): FileChanges => ({ domains: { contoso: { send: { ...send } } } });

describe('what was granted and would be refused', () => {
  it('breaks callers, and is told with who, what, how often and where to look', async () => {
    const plan = await planned({ domains: { contoso: { send: { scopes: { 'calendar.read': null } } } } });
    expect(answersOf(plan)).toMatchObject([
      {
        what: 'refused',
        class: 'breaks callers',
        reason: 'scope.none',
        client: names.agent,
        domain: 'contoso',
        rule: 'contoso.send',
        asked: ['calendar.read', home.calendar],
        subjects: 1,
        subject: 'alice',
        times: 2,
        traces: [lastTrace, expect.stringMatching(/^[0-9a-f]{32}$/)],
      },
      { what: 'otherwise', class: 'breaks callers', times: 1, otherwise: [{ member: 'scope', after: 'events:write' }] },
    ]);
    expect(lineOf(plan, 'send.scopes["calendar.read"]')).toMatchObject({
      class: 'breaks callers',
      evidence: { used: 3, clients: [names.agent] },
    });
  });

  it('only narrows where nobody used it, and the plan says so', async () => {
    const plan = await planned({ main: { resources: { [names.acmeApi]: { scopes: ['calendar.read'] } } } });
    expect(answersOf(plan)).toEqual([]);
    expect(plan.lines).toMatchObject([{ class: 'narrows access', evidence: { used: 0, changed: [] } }]);
  });

  it('is not promised of what no record keeps: keys, and how the partner takes grants', async () => {
    const keys = await planned({ domains: { contoso: { keys: 'pin' } } });
    expect(lineOf(keys, 'keys.pin')).toMatchObject({ class: 'breaks callers', evidence: { used: 3, shown: false } });
    const quirks = await planned(contoso({ quirks: { audience: 'issuer_slash' } }));
    expect(lineOf(quirks, 'send.quirks')).toMatchObject({ evidence: { used: 3, shown: false } });
    const scope = await planned(contoso({ scopes: { 'calendar.read': null } }));
    expect(lineOf(scope, 'send.scopes["calendar.read"]')).toMatchObject({ evidence: { shown: true } });
  });

  it.each<readonly [string, FileChanges, string]>([
    ['a client that is gone', contoso({ clients: { [names.agent]: null, gateway: 'gw' } }), 'policy.client'],
    ['a suspended domain', { domains: { contoso: { state: 'suspended' } } }, 'policy.domain_suspended'],
    ['a suspended client', { main: { clients: { [names.agent]: { suspended: true } } } }, 'policy.client_suspended'],
    ['a trust that ended', { domains: { contoso: { expires: '2020-01-01' } } }, 'policy.domain_expired'],
    ['a proof that is required', contoso({ dpop: 'required' }), 'policy.proof'],
    ['a sign-in that is required', contoso({ require: { acr: ['none that is used'] } }), 'policy.authentication'],
    ['a condition nobody meets', contoso({ when: { groups: ['kitchen'] } }), 'policy.condition'],
    ['a partner that is gone', { domains: { contoso: null } }, 'target.unknown'],
    [
      'an issuer that is gone',
      { domains: { login: { subjects: { tokens: ['access_token'] } } } },
      'subject_token.issuer',
    ],
  ])('%s', async (_what, changes, reason) => {
    const more = changes.main === undefined ? { main: { clients: { gateway: gateway() } } } : {};
    const plan = await planned({ ...more, ...changes });
    const refused = answersOf(plan).filter((answer) => answer.what === 'refused');
    expect(new Set(refused.map((answer) => answer.reason))).toEqual(new Set([reason]));
    expect(refused.reduce((sum, { times }) => sum + times, 0)).toBeGreaterThanOrEqual(3);
    const blamed = plan.lines.filter(({ evidence }) => (evidence?.changed.length ?? 0) > 0);
    expect(new Set(blamed.map(({ class: risk }) => risk))).toEqual(new Set(['breaks callers']));
  });

  const gateway = () => ({
    agent: 'spiffe://acme.example/gateway',
    auth: { method: 'private_key_jwt', jwks: home.agentKey.jwks },
  });
});

describe('what was refused and would be granted', () => {
  it('widens access: a scope that somebody already asked for', async () => {
    const plan = await planned(contoso({ scopes: { 'calendar.share': 'events:share' } }));
    expect(answersOf(plan)).toMatchObject([
      {
        what: 'granted',
        class: 'widens access',
        reason: 'scope.none',
        asked: ['calendar.share', home.calendar],
        times: 1,
      },
    ]);
    expect(lineOf(plan, 'send.scopes["calendar.share"]')?.evidence?.changed).toHaveLength(1);
  });

  it('widens access: a partner that somebody already wanted to reach', async () => {
    const fabrikam = {
      issuer: 'https://as.fabrikam.example',
      contact: 'iam@fabrikam.example',
      send: {
        grant: 'id-jag',
        clients: { [names.agent]: 'acme' },
        resources: [home.calendar],
        scopes: ['calendar.read'],
      },
    };
    const plan = await planned({ domains: { fabrikam } });
    expect(answersOf(plan)).toMatchObject([
      { what: 'granted', reason: 'target.unknown', domain: 'fabrikam', times: 1 },
    ]);
  });
});

describe('what would be issued otherwise', () => {
  it.each<readonly [string, object, object]>([
    [
      'a subject under another name',
      { subject: { from: 'pairwise', secret: { env: 'PAIRWISE' } } },
      { member: 'subject', before: 'alice' },
    ],
    [
      'a subject under a template',
      { subject: 'acme|{sub}' },
      { member: 'subject', before: 'alice', after: 'acme|alice' },
    ],
    [
      'a client under another id',
      { clients: { [names.agent]: 'acme-2' } },
      { member: 'client', before: names.agentAtContoso, after: 'acme-2' },
    ],
    ['a shorter life', { lifetime: '2m' }, { member: 'lifetime', before: 300, after: 120 }],
    ['another actor', { actor: 'carry' }, { member: 'actor', before: names.workload, after: '' }],
  ])('%s', async (_what, send, otherwise) => {
    const plan = await planned(contoso(send));
    const told = answersOf(plan);
    expect(told.map(({ what }) => what)).toEqual(told.map(() => 'otherwise'));
    expect(told.flatMap((answer) => answer.otherwise)).toEqual(told.map(() => expect.objectContaining(otherwise)));
    expect(told.reduce((sum, { times }) => sum + times, 0)).toBe(3);
  });

  it('a longer life widens access', async () => {
    const [answer] = answersOf(await planned(contoso({ lifetime: '10m' })));
    expect(answer).toMatchObject({ class: 'widens access', otherwise: [{ member: 'lifetime', after: 600 }] });
  });
});

describe('what cannot be told', () => {
  it('is counted with the claim that no record keeps', async () => {
    const plan = await planned(contoso({ when: { department: ['travel'] } }));
    expect(answersOf(plan)).toEqual([]);
    expect(plan.replay?.skipped.get('what counts is the claim department, which no record keeps')).toBe(3);
    expect(plan.lines).toMatchObject([
      { class: 'breaks callers', evidence: { used: 3, clients: [names.agent], changed: [], shown: false } },
    ]);
  });

  it('is what was refused before anything was asked', async () => {
    const { replay } = await planned(contoso({ lifetime: '2m' }));
    expect([...(replay?.skipped ?? [])]).toEqual([]);
    expect(replay?.requests).toBe(7);
  });

  it('does not keep the rest from being told: whom a name by e-mail concerns', async () => {
    const plan = await planned(contoso({ subject: 'email', lifetime: '2m' }));
    expect(answersOf(plan)).toEqual([]);
    expect(plan.lines.map(({ setting }) => setting)).toContain('send.subject');
  });
});

describe('the time that is looked at', () => {
  it('ends before records that are older, and begins at the newest of too many', async () => {
    expect((await planned(contoso({ lifetime: '2m' }), 0)).replay).toBeUndefined();
    const version = { version: 1, at: 0, author: 'ann', note: null, digest: 'before', files: before.texts };
    const after = await load(changed(home.home.files, contoso({ lifetime: '2m' })));
    const later = { ...home.home.broker, now: () => Date.now() + 8 * 86_400_000 };
    const looking = { broker: later, days: 7, most: 1000 };
    const old = await makePlan({ version, loaded: before, problems: [] }, after, looking);
    expect(old.replay).toMatchObject({ requests: 0, cut: false });
    const few = await makePlan({ version, loaded: before, problems: [] }, after, { ...looking, days: 30, most: 2 });
    expect(few.replay).toMatchObject({ cut: true });
    expect(few.replay?.requests).toBeLessThanOrEqual(2);
  });
});

it('a replay writes and spends nothing', async () => {
  const { store } = home.home.broker;
  const ends = await store.chainEnds();
  await planned(contoso({ lifetime: '2m', scopes: { 'calendar.share': 'events:share' } }));
  expect(await store.chainEnds()).toEqual(ends);
});
