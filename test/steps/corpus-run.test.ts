// Trying entries at servers of every temper: what counts as refused, what as taken, and what says nothing at all.

import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adviceFor,
  type Bad,
  badOf,
  badTokens,
  controls,
  defineBad,
  defineGood,
  freshKey,
  kinds,
  needs,
  runCorpus,
  type Target,
} from '../../src/corpus/index.ts';
import { openSite, type Site } from '../../src/testkit/http.ts';
import { sendLoopback } from '../../src/testkit/loopback.ts';

type Asked = { readonly form: URLSearchParams; readonly headers: Headers };
type Behaviour = (asked: Asked) => Response | Promise<Response>;

let site: Site;
let behave: Behaviour;
let asked: Asked[];
beforeAll(async () => {
  site = await openSite();
  site.serve(
    new Hono().post('/token', async ({ req }) => {
      const request = { form: new URLSearchParams(await req.text()), headers: req.raw.headers };
      asked.push(request);
      return behave(request);
    }),
  );
});
afterAll(() => site.stop());

const answer = (status: number, body: object, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });
const token = () => answer(200, { access_token: 'opaque', token_type: 'Bearer', scope: 'calendar.read' });
const refusal = (error: string) => answer(400, { error });
const takesAll: Behaviour = () => token();

/** Takes what was left as it was, by the claim of the entry below. */
const claimsOf = (jwt: string | null) => JSON.parse(Buffer.from(jwt?.split('.')[1] ?? 'e30', 'base64url').toString());

const target = (changes: Partial<Target> = {}): Target => ({
  server: { issuer: site.origin, tokenEndpoint: `${site.origin}/token` },
  issuer: { id: 'https://issuer.example', key: freshKey() },
  client: { id: 'client', idAtIssuer: 'app', auth: { method: 'client_secret_post', secret: 'a secret' } },
  subject: 'alice',
  takes: ['id_jag'],
  dpop: false,
  now: () => 1_795_000_000,
  fetch: sendLoopback,
  ...changes,
});

const good = controls.find(({ id }) => id === 'id_jag/good') ?? expect.fail();
/** An entry as a user of the corpus would add it. */
const mine = defineBad({
  id: 'id_jag/ours/department',
  kind: 'id_jag',
  how: '`department` is one that must not travel',
  section: 'our policy 7',
  attack: 'Accountants book flights.',
  fix: 'Refuse grants of accounting.',
  make: ({ token: made }) => made({ department: 'accounting' }),
});

async function run(behaviour: Behaviour, entries = [good, mine], changes: Partial<Target> = {}) {
  behave = behaviour;
  asked = [];
  return runCorpus(entries, target(changes), { sleep: async () => {} });
}
const outcomes = async (...args: Parameters<typeof run>) =>
  (await run(...args)).map(({ entry, outcome, why }) => [entry.id, outcome, why]);

describe('an entry of one’s own', () => {
  it('is presented as declared, after a good one, and is refused where the server knows better', async () => {
    const strict: Behaviour = ({ form }) =>
      claimsOf(form.get('assertion')).department === undefined ? token() : refusal('invalid_grant');
    expect(await run(strict)).toMatchObject([
      { entry: good, outcome: 'accepted', status: 200, error: null, requests: 1 },
      { entry: mine, outcome: 'refused', status: 400, error: 'invalid_grant', requests: 1 },
    ]);
    expect(asked.map(({ form }) => Object.fromEntries(form))).toMatchObject([
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', client_id: 'client', client_secret: 'a secret' },
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', client_id: 'client', client_secret: 'a secret' },
    ]);
  });

  it('is taken where the server does not, and there is something to tell its owner', async () => {
    const [, result] = await run(takesAll);
    expect(result).toMatchObject({ outcome: 'accepted', status: 200, error: null });
    expect(adviceFor(mine)).toBe(
      'Your token endpoint takes an ID-JAG like this: `department` is one that must not travel. Accountants book flights. ' +
        'Refuse grants of accounting. It should answer invalid_grant; our policy 7 forbids it.',
    );
  });

  it('may be a good one that stands for its kind', async () => {
    const ours = defineGood({
      id: 'id_jag/ours/good',
      kind: 'id_jag',
      how: 'With a department',
      section: 'our policy 7',
      make: ({ token: made }) => made({ department: 'travel' }),
    });
    const onlyTravel: Behaviour = ({ form }) =>
      claimsOf(form.get('assertion')).department === 'travel' ? token() : refusal('invalid_grant');
    expect(await outcomes(onlyTravel, [mine, ours])).toEqual([
      [mine.id, 'refused', undefined],
      [ours.id, 'accepted', undefined],
    ]);
  });
});

describe('a refusal', () => {
  it('proves nothing at a server that refuses the good one too: nothing bad is even sent', async () => {
    const why = 'nothing would be proved: id_jag/good was not taken (400 invalid_client)';
    expect(await outcomes(() => refusal('invalid_client'), [mine, good])).toEqual([
      [mine.id, 'skipped', why],
      [good.id, 'refused', undefined],
    ]);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['another code', () => refusal('server_busy'), 'it answered server_busy instead of invalid_grant'],
    [
      'a page',
      () => new Response('<h1>No</h1>', { status: 403 }),
      'it answered without an OAuth error instead of invalid_grant',
    ],
  ])('with %s is one, and odd', async (_, odd, why) => {
    const behaviour: Behaviour = ({ form }) => (claimsOf(form.get('assertion')).department ? odd() : token());
    expect(await outcomes(behaviour)).toContainEqual([mine.id, 'refused_otherwise', why]);
  });

  it.each([
    ['500', () => answer(500, { error: 'invalid_grant' }), 'it answered 500'],
    [
      'a redirect',
      () => Response.redirect('https://elsewhere.example/', 302),
      'it answered 302, neither a token nor an error',
    ],
    ['an empty success', () => answer(200, {}), 'it answered 200, neither a token nor an error'],
  ])('is not what %s is', async (_, odd, why) => {
    const behaviour: Behaviour = ({ form }) => (claimsOf(form.get('assertion')).department ? odd() : token());
    expect(await outcomes(behaviour)).toContainEqual([mine.id, 'failed', why]);
  });

  it('of what was asked beyond the grant may also be a smaller token', async () => {
    const beyond = badOf('id_jag').filter(({ id }) => id === 'id_jag/scope/beyond');
    const scoped = { scope: 'calendar.read' };
    const why = 'it granted, without what was asked beyond';
    expect(await outcomes(takesAll, beyond, scoped)).toEqual([['id_jag/scope/beyond', 'refused', why]]);
    const widened: Behaviour = ({ form }) => answer(200, { access_token: 'opaque', scope: form.get('scope') });
    expect(await outcomes(widened, beyond, scoped)).toEqual([['id_jag/scope/beyond', 'accepted', undefined]]);
  });
});

describe('a server that cannot be reached', () => {
  it('is a result, and no token stands in it', async () => {
    const broken: Target['fetch'] = async (_url, { body }) => {
      throw new TypeError(`cannot send ${new URLSearchParams(body).get('assertion')} anywhere`);
    };
    const [result] = await run(takesAll, [good], { fetch: broken });
    expect(result).toMatchObject({ outcome: 'failed', status: null, error: null, why: 'cannot send … anywhere' });
  });

  it('gives the cause the network gave', async () => {
    const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    const broken: Target['fetch'] = () => Promise.reject(refused);
    expect(await outcomes(takesAll, [good], { fetch: broken })).toEqual([
      [good.id, 'failed', 'fetch failed: connect ECONNREFUSED'],
    ]);
  });
});

describe('manners', () => {
  const many = badOf('id_jag').filter(({ id }) => id.startsWith('id_jag/aud/'));

  it('no more entries are under way than asked for, and there is a pause after each', async () => {
    let [under, most, pauses] = [0, 0, 0];
    const counting: Target['fetch'] = async () => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setImmediate(resolve));
      under--;
      return token();
    };
    const sleep = async (ms: number) => {
      expect(ms).toBe(40);
      pauses++;
    };
    const seen: string[] = [];
    const results = await runCorpus(many, target({ fetch: counting }), {
      concurrency: 3,
      pauseMs: 40,
      sleep,
      onResult: ({ entry }) => seen.push(entry.id),
    });
    expect(results.map(({ entry }) => entry)).toEqual(many);
    expect([...seen].sort()).toEqual(many.map(({ id }) => id).sort());
    expect(most).toBe(3);
    expect(pauses).toBe(results.filter(({ requests }) => requests > 0).length);
  });

  it('a server that asks for time gets it, once, and no more than there is patience for', async () => {
    const waits: number[] = [];
    const busy = async (seconds: string, patienceMs: number) => {
      let first = true;
      behave = () => {
        const now = first;
        first = false;
        return now ? answer(429, { error: 'slow_down' }, { 'Retry-After': seconds }) : token();
      };
      const options = { patienceMs, sleep: async (ms: number) => waits.push(ms) };
      const [result] = await runCorpus([good], target(), options);
      return [result?.outcome, result?.requests];
    };
    expect(await busy('2', 5000)).toEqual(['accepted', 2]);
    expect(await busy('60', 5000)).toEqual(['failed', 1]);
    expect(await busy('soon', 5000)).toEqual(['failed', 1]);
    expect(waits).toEqual([2000]);
  });

  it('a nonce that is asked for is learned, and used from then on', async () => {
    const proofs = controls.filter(({ id }) => id === 'dpop_proof/good');
    const wrong = badOf('dpop_proof').filter(({ id }) => /nonce\/wrong|htm\/get/.test(id));
    const nonced: Behaviour = ({ headers }) => {
      const { nonce, htm } = claimsOf(headers.get('dpop'));
      if (nonce !== 'n-1') return answer(400, { error: 'use_dpop_nonce' }, { 'DPoP-Nonce': 'n-1' });
      return htm === 'POST' ? token() : refusal('invalid_dpop_proof');
    };
    const results = await run(nonced, [...proofs, ...wrong], { takes: ['id_jag', 'dpop_proof'], dpop: true });
    expect(results.map(({ entry, outcome, error, requests }) => [entry.id, outcome, error, requests])).toEqual([
      ['dpop_proof/good', 'accepted', null, 2],
      ['dpop_proof/htm/get', 'refused', 'invalid_dpop_proof', 1],
      ['dpop_proof/nonce/wrong', 'refused', 'use_dpop_nonce', 1],
    ]);
  });
});

describe('two presentations', () => {
  const replay = badOf('id_jag').filter(({ id }) => id === 'id_jag/replay/same');

  it('are one result: taken when the second is', async () => {
    const seen = new Set<string | null>();
    const once: Behaviour = ({ form }) => {
      const assertion = form.get('assertion');
      const known = seen.has(assertion);
      seen.add(assertion);
      return known ? refusal('invalid_grant') : token();
    };
    expect(await run(once, replay)).toMatchObject([{ outcome: 'refused', requests: 2 }]);
    expect(await run(takesAll, replay)).toMatchObject([{ outcome: 'accepted', requests: 2 }]);
  });

  it('prove nothing when the first is refused', async () => {
    let count = 0;
    const moody: Behaviour = () => (count++ === 0 ? token() : refusal('invalid_grant'));
    expect(await outcomes(moody, replay)).toEqual([[replay[0]?.id, 'failed', 'presentation 1 of 2 was not granted']]);
  });
});

describe('what a target cannot give', () => {
  const bare: Partial<Target> = { takes: ['id_jag'], dpop: false, fetch: async () => token() };

  it('is said for each entry that needs it, and nothing is sent for it', async () => {
    const results = await run(takesAll, [...badTokens], bare);
    const why = new Map(results.map((result) => [result.entry.id, result.why]));
    expect(why.get('id_jag/client/other')).toBe('it needs the id of a second client');
    expect(why.get('id_jag/cnf/other-key')).toBe('it needs DPoP');
    expect(why.get('id_token/alg/none')).toBe('it is not said to take id_token');
    const skipped = results.filter(({ outcome }) => outcome === 'skipped');
    expect(new Set(skipped.map(({ why: text }) => text?.replace(/ and .*/, '')))).toEqual(
      new Set([
        ...['other_client', 'other_client_auth', 'other_issuer', 'dpop', 'resource', 'scope', 'private_key_jwt']
          .map((need) => needs[need as keyof typeof needs])
          .map((need) => `it needs ${need}`),
        ...Object.keys(kinds)
          .filter((kind) => kind !== 'id_jag')
          .map((kind) => `it is not said to take ${kind}`),
      ]),
    );
  });

  it('client assertions need a client that makes them', async () => {
    const takes = ['client_assertion'] as const;
    const entries = badOf('client_assertion').slice(0, 1);
    expect(await outcomes(takesAll, entries, { takes })).toEqual([
      ['client_assertion/alg/none', 'skipped', 'it needs a client that authenticates with private_key_jwt'],
    ]);
  });

  it('without any grant of others they go with client credentials', async () => {
    const auth = { method: 'private_key_jwt', key: freshKey() } as const;
    const client = { id: 'client', idAtIssuer: 'app', auth };
    const entries: readonly Bad[] = badOf('client_assertion').slice(0, 1);
    await run(takesAll, [...entries], { takes: ['client_assertion'], client, scope: 'calendar.read' });
    expect(asked.map(({ form }) => [form.get('grant_type'), form.get('scope')])).toEqual([
      ['client_credentials', 'calendar.read'],
      ['client_credentials', 'calendar.read'],
    ]);
    expect(claimsOf(asked[0]?.form.get('client_assertion') ?? null)).toMatchObject({ sub: 'client', aud: site.origin });
  });

  it('credentials go as the client is registered', async () => {
    const basic = { method: 'client_secret_basic', secret: 'p@ss:word' } as const;
    await run(takesAll, [good], { client: { id: 'a client', idAtIssuer: 'app', auth: basic } });
    expect(asked[0]?.headers.get('authorization')).toBe(`Basic ${btoa('a%20client:p%40ss%3Aword')}`);
    await run(takesAll, [good], { client: { id: 'client', idAtIssuer: 'app', auth: { method: 'none' } } });
    expect(asked[0]?.form.get('client_id')).toBe('client');
    expect(asked[0]?.form.has('client_secret')).toBe(false);
  });
});
