// ID-JAG §4.1, §9.1 and RFC 8693 §4.1 at the consumer: a good grant is not enough; client, domain, subject and actors must be allowed.

import { describe, expect, it } from 'vitest';
import type { Changes } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { desk, start, usePartner } from '../support/partner.ts';
import { type Expected, expectRefused, granted } from '../support/partner-answers.ts';

const [mobile, stopped, native] = ['contoso-mobile', 'contoso-stopped', 'contoso-native'];
const withSecret = { auth: { method: 'client_secret_post', secret: { env: 'DESK_SECRET' } } };
const partner = usePartner({
  issuers: ({ calendar }) => ({
    home: { accept: { clients: { [mobile]: {}, [stopped]: {} } } },
    other: { accept: { subject: 'other-people|{sub}', lifetime: '1m', clients: { [desk.client_id]: null } } },
    open: { accept: { public_clients: true, clients: { [mobile]: {} } } },
    own: { accept: { clients: { [native]: { ...withSecret, agent: 'spiffe://own.example/agent/7' } } } },
    gone: { state: 'suspended' },
    licensed: { accept: { when: { licensed: [true], groups: ['travel', 'sales'] } } },
    strong: { accept: { require: { acr: ['phr', 'phrh'], amr: ['hwk'], max_age: '5m' } } },
    alone: { accept: { actor: 'refuse' } },
    unreachable: { keys: { keys: null, url: `${calendar}/jwks` } },
  }),
  main: () => ({
    clients: { [mobile]: { auth: { method: 'none' } }, [stopped]: { ...withSecret, suspended: true } },
  }),
});

const redeem = (issuer: string, claims: Changes = {}) => partner().redeem(partner().grant(issuer, claims));
const redeemAs = (id: string, issuer: string, as: object = { ...desk, client_id: id }) =>
  partner().redeem(partner().grant(issuer, { client_id: id }), { as: { ...as } });
const denied = { error: 'access_denied' } as const;

describe('R-4 R-9 the client', () => {
  it('A-15 shared by two domains falls under the rule of the domain whose grant it brings', async () => {
    const [home, other] = [await redeem('home'), await redeem('other')];
    expect([granted(home)['sub'], granted(other)['sub']]).toEqual(['home|alice', 'other-people|alice']);
    expect([home.body['expires_in'], other.body['expires_in']]).toEqual([120, 60]);
    const records = [...(await partner().audit(home)), ...(await partner().audit(other))];
    expect(records.map(({ rule, client }) => [rule, client])).toEqual([
      ['home.accept', names.agentAtContoso],
      ['other.accept', names.agentAtContoso],
    ]);
  });

  it('that a domain does not list may bring none of its grants', async () => {
    const answer = await redeemAs(desk.client_id, 'other');
    await expectRefused(partner(), answer, {
      ...denied,
      reason: 'policy.client',
      failed: { expected: `["${names.agentAtContoso}"]`, received: desk.client_id },
    });
    granted(await redeemAs(desk.client_id, 'home'));
  });

  it('registered with one domain brings the grants of that domain only, and its agent is on record', async () => {
    const answer = await redeemAs(native, 'own');
    granted(answer);
    expect((await partner().audit(answer))[0]?.agent).toBe('spiffe://own.example/agent/7');
    await expectRefused(partner(), await redeemAs(native, 'home'), { ...denied, reason: 'policy.client' });
  });

  it('R-23 public: unauthorized_client, unless the rule says otherwise', async () => {
    const answer = await redeemAs(mobile, 'home', { client_id: mobile });
    await expectRefused(partner(), answer, { reason: 'client.public', error: 'unauthorized_client' });
    expect(granted(await redeemAs(mobile, 'open', { client_id: mobile }))['client_id']).toBe(mobile);
  });

  it('design §2.1 suspended: nothing, not even for a good grant', async () => {
    await expectRefused(partner(), await redeemAs(stopped, 'home'), {
      ...denied,
      reason: 'policy.client_suspended',
      failed: { received: stopped },
    });
  });
});

describe('the domain', () => {
  it('design §2.1 suspended: access_denied, and the record says what stopped it', async () => {
    const record = await expectRefused(partner(), await redeem('gone'), {
      ...denied,
      reason: 'policy.domain_suspended',
      failed: { received: 'gone' },
    });
    expect(record).toMatchObject({ domain: 'gone', remediation: 'domain gone suspended' });
  });

  it('design §2.1 suspended further up the chain: what came through it counts no more than what comes from it', async () => {
    const answer = await redeem('home', { act: { iss: partner().issuer('gone'), sub: 'their-agent' } });
    const reason = 'policy.domain_suspended';
    const record = await expectRefused(partner(), answer, { ...denied, reason, failed: { received: 'gone' } });
    expect(record).toMatchObject({ domain: 'gone', remediation: 'domain gone suspended' });
    granted(await redeem('home', { act: { iss: 'https://nobody-we-know.example', sub: 'their-agent' } }));
  });

  it('whose keys cannot be fetched: come back later, nobody is blamed', async () => {
    const answer = await redeem('unreachable');
    const expected = { reason: 'grant.unavailable', error: 'temporarily_unavailable', status: 503 } as const;
    await expectRefused(partner(), answer, expected);
    expect(answer.headers.get('retry-after')).toBe('5');
  });
});

describe('the subject', () => {
  it('N-99 known and licensed', async () => {
    expect(granted(await redeem('licensed', { licensed: true, groups: ['x', 'sales'] }))['sub']).toBe('licensed|alice');
  });

  it.each<readonly [title: string, claims: Changes, failed: NonNullable<Expected['failed']>]>([
    [
      'N-99 without licence',
      { licensed: false, groups: ['sales'] },
      { expected: '{"licensed":["true"]}', received: false },
    ],
    ['nothing said', { groups: ['sales'] }, { expected: '{"licensed":["true"]}', received: null }],
    [
      'in no group',
      { licensed: true, groups: ['x'] },
      { expected: '{"groups":["travel","sales"]}', received: '["x"]' },
    ],
  ])('%s: access_denied, a new grant would not help', async (_title, claims, failed) => {
    const answer = await redeem('licensed', claims);
    await expectRefused(partner(), answer, { ...denied, reason: 'policy.condition', failed });
  });

  const signIn = { acr: 'phr', amr: ['hwk', 'user'], auth_time: start - 300 };
  it('RFC 9470 §3 signed in strongly enough, and not too long ago', async () => {
    expect(granted(await redeem('strong', signIn))).toMatchObject(signIn);
  });

  it.each<readonly [title: string, claims: Changes]>([
    ['weaker', { acr: 'pwd' }],
    ['with another method', { amr: ['user'] }],
    ['too long ago', { auth_time: start - 301 }],
    ['nobody knows when', { auth_time: undefined }],
    ['nobody knows how', { acr: undefined, amr: undefined }],
  ])('RFC 9470 §3 signed in %s: insufficient_user_authentication and what to ask for', async (_title, claims) => {
    const answer = await redeem('strong', { ...signIn, ...claims });
    await expectRefused(partner(), answer, {
      reason: 'policy.authentication',
      error: 'insufficient_user_authentication',
      extra: { acr_values: 'phr phrh', max_age: 300 },
    });
  });
});

describe('design §2.9 the lifetime', () => {
  it.each<readonly [title: string, claims: Changes]>([
    ['a grant that passed within the tolerance', { iat: start - 60, exp: start - 9 }],
    ['a grant that passes now', { iat: start - 60, exp: start }],
    ['a grant that passes within the second', { exp: start + 0.5 }],
  ])('%s has nothing left to give: invalid_grant', async (_title, claims) => {
    const answer = await redeem('home', claims);
    await expectRefused(partner(), answer, { reason: 'lifetime.exhausted' });
  });
});

describe('RFC 8693 §4.1 A-13 actors', () => {
  const nested = (depth: number): object => ({ sub: `hop-${depth}`, ...(depth > 1 && { act: nested(depth - 1) }) });

  it.each<readonly [title: string, act: object]>([
    ['one', { sub: 'spiffe://home.example/agent', iss: 'https://home.example' }],
    ['one with claims of its own', { sub: 'a', client_id: 'x', 'https://home.example/x': { y: [1] } }],
    ['four, one in the other', nested(4)],
  ])('%s: carried as it came', async (_title, act) => {
    const answer = await redeem('home', { act });
    expect(granted(answer)['act']).toEqual(act);
    const [record] = await partner().audit(answer);
    expect([record?.agent, record?.issued?.actor]).toEqual([Reflect.get(act, 'sub'), Reflect.get(act, 'sub')]);
  });

  it('trap 52 an actor changes neither subject nor client', async () => {
    const act = { sub: 'root', client_id: desk.client_id };
    const token = granted(await redeem('home', { act }));
    expect([token['sub'], token['client_id']]).toEqual(['home|alice', names.agentAtContoso]);
    const stolen = await partner().redeem(partner().grant('home', { act }), { as: desk });
    await expectRefused(partner(), stolen, { reason: 'grant.client' });
  });

  it('refused where the rule wants nobody in between', async () => {
    await expectRefused(partner(), await redeem('alone', { act: { sub: 'agent' } }), {
      ...denied,
      reason: 'actor.refused',
      failed: { received: 'agent' },
    });
    expect(granted(await redeem('alone'))).not.toHaveProperty('act');
  });

  it.each<readonly [title: string, act: unknown]>([
    ['text', 'agent'],
    ['null', null],
    ['a list', [{ sub: 'agent' }]],
    ['without sub', { iss: 'https://home.example' }],
    ['with an empty sub', { sub: '' }],
    ['malformed one level down', { sub: 'agent', act: { sub: 7 } }],
  ])('act is %s: invalid_grant', async (_title, act) => {
    await expectRefused(partner(), await redeem('home', { act }), { reason: 'actor.malformed' });
  });

  it('more than four are refused, never cut short', async () => {
    const answer = await redeem('home', { act: nested(5) });
    await expectRefused(partner(), answer, { reason: 'actor.depth', failed: { expected: 4 } });
  });
});
