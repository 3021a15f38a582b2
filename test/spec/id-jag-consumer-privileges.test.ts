// ID-JAG §4.4.1 with RFC 8707, RFC 6749 §3.3 and RFC 9396: resource, scope and details of a grant only ever shrink.

import { describe, expect, it } from 'vitest';
import type { FormFields } from '../../src/testkit/http.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { type Claims, claimsOf, files, usePartner } from '../support/partner.ts';
import { type Expected, expectRefused, granted } from '../support/partner-answers.ts';

const partner = usePartner({
  issuers: ({ calendar }) => ({
    home: {},
    narrow: { accept: { scope_mode: 'narrow' } },
    bare: { accept: { scopes: [] } },
    defaults: { accept: { default_scopes: ['events:read'] } },
    two: { accept: { resources: [calendar, files], scopes: ['events:read', 'files:read'] } },
    favourite: {
      accept: { resources: [calendar, files], scopes: ['events:read', 'files:read'], default_resource: files },
    },
    renamed: { accept: { scopes: { 'cal.read': 'events:read', 'cal.write': 'events:write' } } },
  }),
});
const calendar = () => partner().domains.calendar;

type Asked = FormFields | (() => FormFields);
const redeem = (name: string, claims: Claims, asked: Asked = {}) =>
  partner().redeem(partner().grant(name, claimsOf(claims, partner())), {
    with: typeof asked === 'function' ? asked() : asked,
  });

describe('R-11 scope of the grant', () => {
  it.each<readonly [title: string, issuer: string, claims: Changes, asked: FormFields, left: string | undefined]>([
    ['as conveyed', 'home', { scope: 'events:read events:write' }, {}, 'events:read events:write'],
    [
      'less, when less is asked',
      'home',
      { scope: 'events:read events:write' },
      { scope: 'events:read' },
      'events:read',
    ],
    ['without what no rule knows', 'home', { scope: 'events:read admin' }, {}, 'events:read'],
    ['each once', 'home', { scope: 'events:read events:read' }, {}, 'events:read'],
    ['absent: what is asked, up to the rule', 'home', { scope: undefined }, { scope: 'events:write' }, 'events:write'],
    ['A-8 absent and nothing asked: no scope', 'home', { scope: undefined }, {}, undefined],
    ['A-8 absent and nothing asked: the default of the rule', 'defaults', { scope: undefined }, {}, 'events:read'],
    ['present: never the default', 'defaults', { scope: 'events:write' }, {}, 'events:write'],
    ['N-102 cut down, where the rule says narrow', 'narrow', {}, { scope: 'events:read events:write' }, 'events:read'],
    ['under our name', 'renamed', { scope: 'cal.read cal.write' }, {}, 'events:read events:write'],
    ['asked by their name', 'renamed', { scope: 'cal.read cal.write' }, { scope: 'cal.write' }, 'events:write'],
    ['asked by our name', 'renamed', { scope: 'cal.read cal.write' }, { scope: 'events:write' }, 'events:write'],
    ['N-108 without scopes of a sign-in', 'home', { scope: 'openid offline_access events:read' }, {}, 'events:read'],
    ['N-108 beside scopes of a sign-in that are asked', 'home', {}, { scope: 'openid events:read' }, 'events:read'],
    ['a rule without scopes: none', 'bare', {}, {}, undefined],
  ])('%s', async (_title, issuer, claims, asked, left) => {
    const answer = await redeem(issuer, claims, asked);
    const token = granted(answer);
    expect([answer.body['scope'], token['scope']]).toEqual([left, left]);
  });

  const none = { reason: 'scope.none', error: 'invalid_scope' } as const;
  const exceeded = { reason: 'scope.exceeded', error: 'invalid_scope' } as const;
  it.each<readonly [title: string, issuer: string, claims: Changes, asked: FormFields, expected: Expected]>([
    ['A-8 empty: nothing was granted there', 'home', { scope: '' }, {}, none],
    ['empty, and something asked', 'home', { scope: '' }, { scope: 'events:read' }, exceeded],
    ['empty, never the default', 'defaults', { scope: '' }, {}, none],
    ['only what no rule knows', 'home', { scope: 'admin' }, {}, none],
    ['A-11 only scopes of a sign-in', 'home', { scope: 'openid email' }, {}, none],
    ['N-102 more asked than conveyed', 'home', {}, { scope: 'events:write' }, exceeded],
    ['more asked than the rule has', 'home', { scope: undefined }, { scope: 'admin' }, none],
    ['nothing left after cutting down', 'narrow', {}, { scope: 'events:write' }, none],
    ['our name in their grant', 'renamed', { scope: 'events:read' }, {}, none],
    ['our name for what was not conveyed', 'renamed', { scope: 'cal.read' }, { scope: 'events:write' }, exceeded],
  ])('%s: invalid_scope', async (_title, issuer, claims, asked, expected) => {
    await expectRefused(partner(), await redeem(issuer, claims, asked), expected);
  });
});

describe('R-10 resource of the grant', () => {
  it.each<readonly [title: string, issuer: string, claims: Claims, asked: Asked, left: () => string]>([
    ['as conveyed', 'two', () => ({ resource: calendar() }), {}, calendar],
    ['A-19 as conveyed in an array of one', 'two', () => ({ resource: [calendar()] }), {}, calendar],
    [
      'one of two, as asked',
      'two',
      () => ({ resource: [calendar(), files] }),
      () => ({ resource: calendar() }),
      calendar,
    ],
    ['P-22 absent: what is asked', 'two', {}, () => ({ resource: calendar() }), calendar],
    ['P-22 absent and nothing asked: the only one there is', 'home', {}, {}, calendar],
    ['P-22 absent and nothing asked: the default', 'favourite', { scope: 'files:read' }, {}, () => files],
    ['conveyed: never the default', 'favourite', () => ({ resource: calendar() }), {}, calendar],
  ])('%s', async (_title, issuer, claims, asked, left) => {
    const answer = await redeem(issuer, claims, asked);
    expect([granted(answer)['aud'], answer.body['resource']]).toEqual([left(), left()]);
  });

  it('R-14 the answer names the one resource of two, and only the scopes that resource knows', async () => {
    const answer = await redeem(
      'two',
      { resource: [calendar(), files], scope: 'events:read files:read' },
      {
        resource: files,
      },
    );
    expect(answer.body).toMatchObject({ resource: files, scope: 'files:read' });
    expect(granted(answer)).toMatchObject({ aud: files, scope: 'files:read' });
  });

  it('R-10 several conveyed and none asked: the default of the rule, where the grant reaches it', async () => {
    const answer = await redeem('favourite', () => ({ resource: [calendar(), files], scope: 'files:read' }));
    expect(granted(answer)).toMatchObject({ aud: files, scope: 'files:read' });
    const other = await redeem('favourite', () => ({ resource: [calendar()], scope: 'events:read' }));
    expect(granted(other)).toMatchObject({ aud: calendar() });
  });

  it('no scope of the grant belongs to the resource that is asked: invalid_scope', async () => {
    const answer = await redeem('two', { scope: 'events:read' }, { resource: files });
    await expectRefused(partner(), answer, { reason: 'scope.none', error: 'invalid_scope' });
  });

  it.each<readonly [title: string, claim: unknown]>([
    ['N-100 one of another server', 'https://api.other.example/'],
    ['P-21 ours and one of another server', [files, 'https://api.other.example/']],
    ['one that is ours but for a slash', files.slice(0, -1)],
    ['one with a fragment', `${files}#all`],
    ['none at all', []],
    ['something that is no URI', ['files']],
    ['something that is no string', { uri: files }],
    ['more than anybody needs', Array.from({ length: 11 }, () => files)],
  ])('claim: %s: invalid_grant', async (_title, claim) => {
    const answer = await redeem('two', { resource: claim });
    await expectRefused(partner(), answer, { reason: 'grant.resource' });
  });

  const target = 'invalid_target';
  it.each<readonly [title: string, issuer: string, claims: Claims, asked: Asked, expected: Expected]>([
    [
      'N-101 beyond the claim',
      'two',
      () => ({ resource: calendar() }),
      { resource: files },
      { reason: 'resource.beyond_grant', error: target, failed: { expected: expect.any(String), received: files } },
    ],
    ['N-101 beyond the rule', 'home', {}, { resource: files }, { reason: 'resource.not_governed', error: target }],
    [
      'conveyed, ours, but not of this rule',
      'home',
      { resource: files },
      {},
      { reason: 'resource.not_governed', error: target },
    ],
    ['relative', 'two', {}, { resource: '/files' }, { reason: 'resource.malformed', error: target }],
    ['with a fragment', 'two', {}, { resource: `${files}#x` }, { reason: 'resource.malformed', error: target }],
    [
      'two at once',
      'two',
      {},
      () => ({ resource: [calendar(), files] }),
      { reason: 'resource.several', error: target, failed: { expected: 1, received: 2 } },
    ],
    [
      'two conveyed and none chosen',
      'two',
      () => ({ resource: [calendar(), files] }),
      {},
      { reason: 'resource.several', error: target },
    ],
    ['none named and none the default', 'two', {}, {}, { reason: 'resource.required', error: target }],
  ])('request: %s: invalid_target', async (_title, issuer, claims, asked, expected) => {
    await expectRefused(partner(), await redeem(issuer, claims, asked), expected);
  });
});

describe('R-15 N-108 no refresh token', () => {
  it('is ever returned, not even when offline_access is conveyed and asked', async () => {
    const scope = 'events:read offline_access openid';
    const answer = await redeem('home', { scope }, { scope });
    granted(answer);
    expect(Object.keys(answer.body).sort()).toEqual(['access_token', 'expires_in', 'resource', 'scope', 'token_type']);
  });
});
