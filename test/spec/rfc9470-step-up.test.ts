// Step-up (RFC 9470, I-30): a sign-in too weak or too old is named last, with all the client needs to get a better one.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Changes } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const strong = 'https://strong.example';
const fresh = 'https://fresh.example';
const both = 'https://both.example';
const methods = 'https://methods.example';
const staff = 'https://staff.example';
const api = 'https://api.strong.example/';

let home: Home;
beforeAll(async () => {
  const acr = ['phr', 'phrh'];
  home = await openHome({
    acme: () => ({
      main: { clients: { [names.agent]: { access: { [names.acmeApi]: { scopes: [], require: { acr } } } } } },
      domains: {
        strong: partner(strong, {
          resources: [api],
          scopes: ['see'],
          authorization_details: [],
          require: { acr },
        }),
        fresh: partner(fresh, { require: { max_age: '5m' } }),
        both: partner(both, { require: { acr, max_age: 60 } }),
        methods: partner(methods, { require: { amr: ['hwk', 'user'] } }),
        staff: partner(staff, { require: { acr }, when: { groups: ['staff'] } }),
        'not-for-us': partner('https://not-for-us.example', { clients: {}, require: { acr } }),
      },
    }),
  });
});
afterAll(() => home.stop());

const to = (audience: string, signIn: Changes, more: object = {}) =>
  home.idJag({
    audience,
    resource: undefined,
    scope: undefined,
    subject_token: home.idp.idToken(names.agentAtLogin, signIn),
    ...more,
  });
const ago = (seconds: number) => home.now() - seconds;
const stepUp = { status: 400, error: 'insufficient_user_authentication', reason: 'policy.authentication' };

describe('I-30, RFC 9470 §3: the refusal', () => {
  it('N-46: of a weak sign-in names the whole acceptable set, as one string (A-16)', async () => {
    const refused = await home.refused(to(strong, { acr: 'pwd' }));
    expect(refused).toMatchObject(stepUp);
    expect(refused.body).toEqual({
      error: 'insufficient_user_authentication',
      error_description: 'A stronger or fresher sign-in is needed.',
      acr_values: 'phr phrh',
      trace_id: expect.any(String),
    });
    expect(refused.record).toMatchObject({
      rule: 'strong.send',
      reason: 'policy.authentication',
      risk: { acr: 'pwd' },
    });
  });

  it('of an old sign-in names its greatest age, as a number (A-21)', async () => {
    const refused = await home.refused(to(fresh, { auth_time: ago(1000) }));
    expect(refused).toMatchObject(stepUp);
    expect(refused.body['max_age']).toBe(300);
    expect(refused.body).not.toHaveProperty('acr_values');
  });

  it('names both where both are required, whichever is missing', async () => {
    for (const signIn of [{ acr: 'pwd' }, { auth_time: ago(1000) }]) {
      const { body } = await home.refused(to(both, signIn));
      expect(body).toMatchObject({ acr_values: 'phr phrh', max_age: 60 });
    }
  });

  it('holds for a smaller access token of ours as well', async () => {
    const subject_token = home.idp.accessToken(names.agentAtLogin, names.acmeApi, { acr: 'pwd' });
    expect(await home.refused(home.access({ subject_token }))).toMatchObject(stepUp);
    await home.granted(home.access());
  });
});

describe('I-30: whether a sign-in is good enough', () => {
  it.each<[string, () => [string, Changes]]>([
    ['no acr', () => [strong, { acr: undefined }]],
    ['a list of acr', () => [strong, { acr: ['phr'] }]],
    ['an acr that only begins like a good one', () => [strong, { acr: 'phr2' }]],
    ['no auth_time where an age is asked', () => [fresh, { auth_time: undefined }]],
    ['auth_time as text', () => [fresh, { auth_time: String(ago(10)) }]],
    ['an age just beyond', () => [fresh, { auth_time: ago(302) }]],
    ['one of two methods', () => [methods, { amr: ['hwk'] }]],
    ['methods in one text', () => [methods, { amr: 'hwk user' }]],
  ])('not with %s', async (_, request) => {
    expect(await home.refused(to(...request()))).toMatchObject(stepUp);
  });

  it.each<[string, () => [string, Changes]]>([
    ['any one of the acr', () => [strong, { acr: 'phrh' }]],
    ['a fresh auth_time', () => [fresh, { auth_time: ago(290) }]],
    ['all methods and one more', () => [methods, { amr: ['pin', 'user', 'hwk'] }]],
  ])('with %s', async (_, request) => {
    await home.granted(to(...request()));
  });
});

describe('P-3: a better sign-in is asked for only when it would help', () => {
  const weak = { acr: 'pwd' };
  it.each<[string, () => [string, Changes, object?], object]>([
    ['N-47: unknown audience', () => ['https://nobody.example', weak], { error: 'invalid_target' }],
    [
      'N-47: resource of somebody else',
      () => [strong, weak, { resource: 'https://api.other.example/' }],
      { error: 'invalid_target', reason: 'resource.not_governed' },
    ],
    ['N-47: scope nobody has', () => [strong, weak, { scope: 'rule' }], { error: 'invalid_scope' }],
    [
      'N-47: authorization details nobody knows',
      () => [strong, weak, { authorization_details: '[{"type":"payment"}]' }],
      { error: 'invalid_authorization_details' },
    ],
    [
      'N-47b: user not let to that partner',
      () => [staff, weak],
      { error: 'access_denied', reason: 'policy.condition' },
    ],
    [
      'N-47b: client not let to that partner',
      () => ['https://not-for-us.example', weak],
      { error: 'access_denied', reason: 'policy.client' },
    ],
  ])('%s', async (_, request, wanted) => {
    const refused = await home.refused(to(...request()));
    expect(refused).toMatchObject({ status: 400, ...wanted });
    expect(refused.body).not.toHaveProperty('acr_values');
  });

  it('and it does help', async () => {
    await home.granted(to(staff, { acr: 'phr', groups: ['staff'] }));
  });
});
