// ID-JAG §3.1, §4.1 and identity chaining §2.4.2: which of our people a partner's subject is, and who must not become somebody else.

import { describe, expect, it } from 'vitest';
import type { Changes } from '../../src/testkit/tokens.ts';
import { desk, usePartner } from '../support/partner.ts';
import { type Expected, expectRefused, granted } from '../support/partner-answers.ts';

const mail = { from: 'email', domains: ['home.example', 'Sub.Home.Example'], unless_said: 'verified' };
/** Each of them may name whom it likes: this is about one mapping at a time. */
const everybody = ['same', 'template', 'claim', 'pair', 'mail', 'account', 'accounts', 'list', 'made', 'made-too'];
const same_subjects_as = [...everybody, 'made-there', 'several', 'or-new', 'acme'];
const accepts = (subject: unknown, more: object = {}) => ({ accept: { subject, same_subjects_as, ...more } });
const tenants = { tenants: { blue: 'workspace-1', green: 'workspace-2' } };

const partner = usePartner({
  issuers: () => ({
    same: accepts('sub'),
    template: accepts('{tenant}|{sub}', tenants),
    claim: accepts({ to: 'staff:{employee_number}' }),
    pair: accepts('{dept}|{sub}'),
    mail: accepts(mail),
    account: accepts('aud_sub'),
    accounts: accepts('aud_sub', tenants),
    list: accepts({ from: 'map', map: { U01: 'alice', U02: 'bob' } }),
    made: accepts('just_in_time'),
    'made-too': accepts({ from: 'just_in_time', to: 'guest-{id}' }),
    'made-there': accepts('just_in_time', tenants),
    several: accepts([mail, 'aud_sub']),
    'or-new': accepts([{ from: 'map', map: { U01: 'alice' } }, 'just_in_time']),
  }),
});

const redeem = (issuer: string, claims: Changes) => partner().redeem(partner().grant(issuer, claims));
const subjectOf = async (issuer: string, claims: Changes) => granted(await redeem(issuer, claims))['sub'];

describe('a known subject', () => {
  it.each<readonly [title: string, issuer: string, claims: Changes, sub: string]>([
    ['sub as it is', 'same', { sub: 'U01' }, 'U01'],
    ['a template of tenant and sub', 'template', { tenant: 'blue', sub: 'U01' }, 'blue|U01'],
    ['a template whose last part may hold anything', 'template', { tenant: 'blue', sub: 'U|01' }, 'blue|U|01'],
    ['a template of another claim', 'claim', { employee_number: '7' }, 'staff:7'],
    [
      'a verified address',
      'mail',
      { sub: 'm1', email: 'alice@home.example', email_verified: true },
      'alice@home.example',
    ],
    ['an address nobody called unverified', 'mail', { sub: 'm2', email: 'bob@home.example' }, 'bob@home.example'],
    ['an address in lower case', 'mail', { sub: 'm3', email: 'Eve@Home.Example' }, 'eve@home.example'],
    [
      'an address in a domain written in capitals',
      'mail',
      { sub: 'm4', email: 'x@sub.home.example' },
      'x@sub.home.example',
    ],
    ['aud_sub', 'account', { sub: 'a1', aud_sub: 'our-17' }, 'our-17'],
    ['a list', 'list', { sub: 'U02' }, 'bob'],
    [
      'several ways that agree',
      'several',
      { sub: 's1', email: 'a@home.example', aud_sub: 'a@home.example' },
      'a@home.example',
    ],
    ['several ways of which one knows', 'several', { sub: 's2', aud_sub: 'our-18' }, 'our-18'],
  ])('R-16 by %s', async (_title, issuer, claims, sub) => {
    expect(await subjectOf(issuer, claims)).toBe(sub);
  });
});

describe('IC-14 N-98 a subject nobody knows: invalid_grant', () => {
  const unknown: Expected = { reason: 'subject.unknown' };
  it.each<readonly [title: string, issuer: string, claims: Changes]>([
    ['not on the list', 'list', { sub: 'U03' }],
    ['on the list but for a letter', 'list', { sub: 'u01' }],
    ['a name every object has', 'list', { sub: 'constructor' }],
    ['without the claim of the template', 'claim', {}],
    ['with a claim that is no string', 'claim', { employee_number: 7 }],
    ['with a control character in it', 'claim', { employee_number: '7\u0000' }],
    ['whose name would be that of sub b|c in dept a', 'pair', { dept: 'a|b', sub: 'c' }],
    ['no address', 'mail', { email: undefined }],
    ['an address that is not verified', 'mail', { email: 'alice@home.example', email_verified: false }],
    ['an address that is verified in words', 'mail', { email: 'alice@home.example', email_verified: 'true' }],
    ['trap 23 an address in a domain the issuer does not speak for', 'mail', { email: 'ceo@contoso.example' }],
    ['an address in a domain under it', 'mail', { email: 'alice@x.home.example' }],
    ['an address in a domain that ends like it', 'mail', { email: 'alice@evilhome.example' }],
    ['two addresses in one', 'mail', { email: 'ceo@contoso.example@home.example' }],
    ['an address in a list', 'mail', { email: ['alice@home.example'] }],
    ['no aud_sub', 'account', {}],
    ['an empty aud_sub', 'account', { aud_sub: '' }],
    ['an aud_sub with a NUL in it', 'account', { aud_sub: 'our-17\u0000' }],
    ['none of several ways', 'several', {}],
  ])('%s', async (_title, issuer, claims) => {
    await expectRefused(partner(), await redeem(issuer, claims), unknown);
  });
});

describe('R-16 an account is pinned to the subject that came first', () => {
  const conflict: Expected = { reason: 'subject.conflict' };

  it('trap 23 another subject of the issuer with the same address takes nothing over', async () => {
    expect(await subjectOf('mail', { sub: 'first', email: 'shared@home.example' })).toBe('shared@home.example');
    await expectRefused(partner(), await redeem('mail', { sub: 'second', email: 'shared@home.example' }), conflict);
    expect(await subjectOf('mail', { sub: 'first', email: 'shared@home.example' })).toBe('shared@home.example');
  });

  it('trap 23 a subject whose address changed does not become somebody else', async () => {
    expect(await subjectOf('mail', { sub: 'mover', email: 'mover@home.example' })).toBe('mover@home.example');
    await expectRefused(partner(), await redeem('mail', { sub: 'mover', email: 'boss@home.example' }), {
      ...conflict,
      failed: { expected: 'mover@home.example', received: 'boss@home.example' },
    });
  });

  it('N-94 aud_sub that disagrees with the pinned account: refused, from both sides', async () => {
    expect(await subjectOf('account', { sub: 'p1', aud_sub: 'pinned' })).toBe('pinned');
    await expectRefused(partner(), await redeem('account', { sub: 'p1', aud_sub: 'other' }), {
      ...conflict,
      failed: { expected: 'pinned', received: 'other' },
    });
    await expectRefused(partner(), await redeem('account', { sub: 'p2', aud_sub: 'pinned' }), conflict);
  });

  it('A-15 trap 25 another issuer that may speak for the same mail domain takes nothing over either', async () => {
    expect(await subjectOf('mail', { sub: 'm9', email: 'own@home.example' })).toBe('own@home.example');
    await expectRefused(partner(), await redeem('several', { sub: 'm9', email: 'own@home.example' }), conflict);
  });

  it('ways that disagree with each other: refused, and nothing is pinned by it', async () => {
    const claims = { sub: 'd1', email: 'd@home.example', aud_sub: 'our-d' };
    await expectRefused(partner(), await redeem('several', claims), {
      ...conflict,
      failed: { expected: 'd@home.example', received: 'our-d' },
    });
    expect(await subjectOf('several', { sub: 'd1', aud_sub: 'our-d' })).toBe('our-d');
  });

  it('a refused request pins nothing', async () => {
    const { redeem: send, grant } = partner();
    const assertion = grant('account', { sub: 'q1', aud_sub: 'q-account' });
    const answer = await send(assertion, { with: { scope: 'events:write' } });
    await expectRefused(partner(), answer, { reason: 'scope.exceeded', error: 'invalid_scope' });
    expect(await subjectOf('account', { sub: 'q2', aud_sub: 'q-account' })).toBe('q-account');
  });
});

describe('R-16 an account made at first sight', () => {
  it('is the same one afterwards, and another for every issuer, tenant and subject', async () => {
    const first = await subjectOf('made', { sub: 'new' });
    expect(await subjectOf('made', { sub: 'new' })).toBe(first);
    const others = [
      await subjectOf('made', { sub: 'New' }),
      await subjectOf('made-too', { sub: 'new' }),
      await subjectOf('made-there', { sub: 'new', tenant: 'blue' }),
      await subjectOf('made-there', { sub: 'new', tenant: 'green' }),
    ];
    expect(new Set([first, ...others]).size).toBe(5);
    expect(first).toMatch(/^[\w-]{22}$/);
    expect(others[1]).toMatch(/^guest-[\w-]{22}$/);
  });

  it('is one, however many first requests come at once', async () => {
    const { redeem: send, grant } = partner();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => send(grant('made', { sub: 'crowd', client_id: desk.client_id }), { as: desk })),
    );
    const won = answers.filter(({ status }) => status === 200).map((answer) => granted(answer)['sub']);
    expect(new Set(won).size).toBe(1);
    expect(won).toHaveLength(12);
  });

  it('is made only for whom no other way knows', async () => {
    expect(await subjectOf('or-new', { sub: 'U01' })).toBe('alice');
    expect(await subjectOf('or-new', { sub: 'U09' })).toMatch(/^[\w-]{22}$/);
  });
});

describe('ID-JAG §6 an issuer with several tenants', () => {
  it.each<readonly [title: string, claims: Changes]>([
    ['a tenant that is linked', { tenant: 'blue' }],
    ['and our tenant that belongs to it', { tenant: 'blue', aud_tenant: 'workspace-1' }],
  ])('%s', async (_title, claims) => {
    const answer = await redeem('template', claims);
    expect(granted(answer)['sub']).toBe('blue|alice');
    const [record] = await partner().audit(answer);
    expect(record?.subject).toEqual({ issuer: 'https://template.example', sub: 'alice', tenant: 'blue' });
  });

  const expected = '["blue","green"]';
  it.each<readonly [title: string, issuer: string, claims: Changes, failed: NonNullable<Expected['failed']>]>([
    ['N-90 not linked', 'template', { tenant: 'red' }, { expected, received: 'red' }],
    ['N-91 missing', 'template', {}, { expected, received: null }],
    ['N-92 organization as a key', 'template', { tenant: 'organization' }, { expected, received: 'organization' }],
    ['no string', 'template', { tenant: ['blue'] }, { expected, received: '["blue"]' }],
    ['a name every map has', 'template', { tenant: 'size' }, { expected, received: 'size' }],
    [
      'N-93 aud_tenant of another workspace',
      'template',
      { tenant: 'blue', aud_tenant: 'workspace-2' },
      { expected: 'workspace-1', received: 'workspace-2' },
    ],
    ['trap 24 of an issuer without tenants', 'same', { tenant: 'blue' }, { expected: 'no tenant', received: 'blue' }],
    ['trap 24 aud_tenant without any', 'same', { aud_tenant: 'w1' }, { expected: 'no tenant', received: 'w1' }],
  ])('tenant: %s: invalid_grant', async (_title, issuer, claims, failed) => {
    await expectRefused(partner(), await redeem(issuer, claims), { reason: 'grant.tenant', failed });
  });

  it('R-16 the same sub in two tenants is two people, each with an account', async () => {
    expect(await subjectOf('accounts', { tenant: 'blue', sub: 't', aud_sub: 'b-1' })).toBe('b-1');
    expect(await subjectOf('accounts', { tenant: 'green', sub: 't', aud_sub: 'g-1' })).toBe('g-1');
    const crossed = await redeem('accounts', { tenant: 'green', sub: 't', aud_sub: 'b-1' });
    await expectRefused(partner(), crossed, { reason: 'subject.conflict' });
  });
});

describe('N-95 N-96 N-97 sub_id', () => {
  it('R-8 trap 22 is never used to find anybody: the sub of the grant counts', async () => {
    const samlNameId = {
      format: 'saml-nameid',
      issuer: 'https://same.example',
      nameid: 'root',
      sp_name_qualifier: 'x',
    };
    expect(await subjectOf('same', { sub: 'U01', sub_id: samlNameId })).toBe('U01');
  });
});
