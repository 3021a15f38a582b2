// RFC 7523 §2.1, §3 and RFC 7521 §4.1, §5.2: a JWT of another issuer as a grant, over HTTP, with nothing of ID-JAG in it.

import { describe, expect, it } from 'vitest';
import { type Changes, craftJwt } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Claims, claimsOf, type Partner, start, usePartner } from '../support/partner.ts';
import { type Expected, expectRefused, expectTurnedAway, granted } from '../support/partner-answers.ts';

const jwtGrants = { accept: { grants: ['jwt'] } };
const partner = usePartner({
  issuers: () => ({
    chain: jwtGrants,
    other: jwtGrants,
    endpoint: { accept: { ...jwtGrants.accept, audience: ['issuer', 'token_endpoint'] } },
  }),
});

type No = readonly [title: string, claims: Claims, expected: Expected];
const contoso = ({ domains }: Partner) => domains.contoso;

describe('RFC 7523 §2.1 the request', () => {
  it('JB a plain JWT of a trusted issuer becomes an access token', async () => {
    const answer = await partner().redeem(partner().plainGrant('chain'));
    expect(granted(answer)).toMatchObject({ sub: 'chain|alice', client_id: names.agentAtContoso });
  });

  it.each([
    ['N-51 without assertion', { assertion: undefined }, 'request.parameter_missing', { expected: 'assertion' }],
    ['N-51 with an empty assertion', { assertion: '' }, 'request.parameter_missing', { expected: 'assertion' }],
  ] as const)('%s: invalid_request', async (_title, { assertion }, reason, failed) => {
    const answer = await partner().redeem(assertion);
    await expectRefused(partner(), answer, { error: 'invalid_request', reason, failed });
  });

  it('N-52 with two assertions: invalid_request, and the first of them stays good', async () => {
    const { redeem, plainGrant } = partner();
    const [first, second] = [plainGrant('chain'), plainGrant('chain')];
    const twice = await redeem(undefined, { with: { assertion: [first, second] } });
    await expectTurnedAway(partner(), twice, {
      reason: 'request.repeated_parameter',
      error: 'invalid_request',
      status: 400,
    });
    granted(await redeem(first));
  });

  it.each([
    ['unknown', 'urn:ietf:params:oauth:grant-type:saml2-bearer', 'grant_type.unsupported', 'unsupported_grant_type'],
    ['missing', '', 'request.parameter_missing', 'invalid_request'],
  ] as const)(
    '§10.2 step 2 the grant type is %s: nothing else is looked at',
    async (_title, grantType, reason, error) => {
      const answer = await partner().redeem(partner().plainGrant('chain'), { grantType });
      await expectTurnedAway(partner(), answer, { reason, error, status: 400 });
    },
  );
});

describe('RFC 7523 §3 what the JWT must say', () => {
  it.each<No>([
    ['JB-1 no iss', { iss: undefined }, { reason: 'grant.issuer', failed: { expected: 'iss', received: null } }],
    ['JB-1 an iss that is no string', { iss: 7 }, { reason: 'grant.issuer', failed: { expected: 'iss', received: 7 } }],
    [
      'JB-1 an iss nobody trusts',
      { iss: 'https://chain.example.evil' },
      { reason: 'grant.issuer', failed: { received: 'https://chain.example.evil' } },
    ],
    [
      'JB-1 an iss with another slash',
      { iss: 'https://chain.example/' },
      { reason: 'grant.issuer', failed: { received: 'https://chain.example/' } },
    ],
    [
      'JB-1 the iss of another trusted issuer',
      { iss: 'https://other.example' },
      { reason: 'grant.key', failed: { received: 'chain-1' } },
    ],
    ['JB-2 no sub', { sub: undefined }, { reason: 'grant.claims', failed: { expected: 'sub', received: 'undefined' } }],
    ['JB-2 an empty sub', { sub: '' }, { reason: 'grant.claims', failed: { expected: 'sub', received: '' } }],
    [
      'JB-2 a sub that is no string',
      { sub: ['alice'] },
      { reason: 'grant.claims', failed: { expected: 'sub', received: 'object' } },
    ],
    ['JB-3 no aud', { aud: undefined }, { reason: 'grant.audience' }],
    ['JB-3 the aud of another server', { aud: 'https://as.other.example' }, { reason: 'grant.audience' }],
    [
      'JB-3 our token endpoint, where it is not configured',
      (at) => ({ aud: `${contoso(at)}/token` }),
      {
        reason: 'grant.audience',
      },
    ],
    [
      'N-107 us and another server',
      (at) => ({ aud: [contoso(at), 'https://as.other.example'] }),
      {
        reason: 'grant.audience',
      },
    ],
    ['JB-4 no exp', { exp: undefined }, { reason: 'grant.claims', failed: { expected: 'exp' } }],
    [
      'JB-4 an exp in words',
      { exp: String(start + 60) },
      { reason: 'grant.claims', failed: { expected: 'exp as a number', received: 'string' } },
    ],
    [
      'JB-4 an exp that passed',
      { iat: start - 60, exp: start - 10 },
      { reason: 'grant.expired', failed: { expected: `after ${start}`, received: start - 10 } },
    ],
    [
      'JB-4 an exp absurdly far ahead',
      { exp: start + 301 },
      { reason: 'grant.lifetime', failed: { expected: 300, received: 301 } },
    ],
    [
      'JB-4 an exp absurdly far ahead, and no iat to measure from',
      { iat: undefined, exp: start + 301 },
      { reason: 'grant.lifetime', failed: { expected: 300, received: 301 } },
    ],
    [
      'JB-5 an nbf to come',
      { nbf: start + 31 },
      { reason: 'grant.not_yet_valid', failed: { expected: `by ${start}`, received: start + 31 } },
    ],
    ['JB-6 an iat to come', { iat: start + 31, exp: start + 90 }, { reason: 'grant.not_yet_valid' }],
    ['JB-6 an iat in words', { iat: 'now' }, { reason: 'grant.claims' }],
  ])('%s: invalid_grant', async (_title, changes, expected) => {
    const { redeem, plainGrant } = partner();
    await expectRefused(partner(), await redeem(plainGrant('chain', claimsOf(changes, partner()))), expected);
  });

  it.each<readonly [title: string, claims: Claims, header: Changes]>([
    ['JB-3 our issuer as the one element of an array', (at) => ({ aud: [contoso(at)] }), {}],
    ['JB-4 an exp one second away', { iat: start - 60, exp: start + 1 }, {}],
    ['JB-4 a lifetime of just what is allowed', { exp: start + 300 }, {}],
    ['JB-4 fractions of a second', { exp: start + 59.5, iat: start - 0.5 }, {}],
    ['JB-5 an nbf ahead within the tolerance', { nbf: start + 30 }, {}],
    ['JB-6 no iat', { iat: undefined }, {}],
    ['JB-7 a jti', { jti: 'one-of-a-kind' }, {}],
    ['JB-8 claims nobody knows', { 'https://chain.example/claims/desk': 'travel' }, {}],
    ['JB-10 typ JWT', { jti: 'typed' }, { typ: 'JWT' }],
  ])('accepts %s', async (_title, changes, header) => {
    const { redeem, plainGrant } = partner();
    expect(granted(await redeem(plainGrant('chain', claimsOf(changes, partner()), header)))).toMatchObject({
      sub: 'chain|alice',
    });
  });

  it('JB-3 our token endpoint is an audience for an issuer configured so, and only alone', async () => {
    const { redeem, plainGrant, domains } = partner();
    const tokenEndpoint = `${domains.contoso}/token`;
    granted(await redeem(plainGrant('endpoint', { aud: tokenEndpoint })));
    granted(await redeem(plainGrant('endpoint')));
    const both = await redeem(plainGrant('endpoint', { aud: [tokenEndpoint, domains.contoso] }));
    await expectRefused(partner(), both, { reason: 'grant.audience' });
  });

  it('JB-9 a signature of another key, a changed payload, a key nobody published: invalid_grant', async () => {
    const { redeem, plainGrant, key } = partner();
    const [header = '', , signature = ''] = plainGrant('chain').split('.');
    const [, payload = ''] = plainGrant('chain', { sub: 'bob' }).split('.');
    const changed = await redeem(`${header}.${payload}.${signature}`);
    await expectRefused(partner(), changed, { reason: 'grant.signature' });

    const claims = { iss: 'https://chain.example', sub: 'alice', aud: partner().domains.contoso, exp: start + 60 };
    const forged = craftJwt({ kid: key('chain').kid }, claims, key('other'));
    await expectRefused(partner(), await redeem(forged), { reason: 'grant.signature' });
    const unknown = craftJwt({ kid: 'no-such-key' }, claims, key('chain'));
    await expectRefused(partner(), await redeem(unknown), {
      reason: 'grant.key',
      failed: { received: 'no-such-key' },
    });
  });

  it.each([
    ['free text', 'let me in', 'grant.malformed'],
    ['two segments', 'e30.e30', 'grant.malformed'],
    ['no JSON object', `${btoa('{"alg":"ES256"}').replace(/=+$/, '')}.WzFd.AA`, 'grant.malformed'],
    ['more than anybody needs', `e30.${'A'.repeat(16_384)}.AA`, 'grant.malformed'],
  ] as const)('JB-10 N-53 %s is no JWT: invalid_grant', async (_title, assertion, reason) => {
    await expectRefused(partner(), await partner().redeem(assertion), { reason });
  });

  it('RFC 7521 §4.1.1 what is shown of the refusal is a public word, the hash of the JWT stays inside', async () => {
    const assertion = partner().plainGrant('chain', { aud: 'https://as.other.example' });
    const record = await expectRefused(partner(), await partner().redeem(assertion), { reason: 'grant.audience' });
    expect(record).toMatchObject({ action: 'jwt-bearer', client: names.agentAtContoso });
    expect(record.presented).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(record)).not.toContain(assertion.split('.')[2]);
  });
});

describe('RFC 7521 §4.1 scope of the request', () => {
  it('may be less than the assertion conveys', async () => {
    const assertion = partner().plainGrant('chain', { scope: 'events:read events:write' });
    const answer = await partner().redeem(assertion, { with: { scope: 'events:write' } });
    expect(granted(answer)).toMatchObject({ scope: 'events:write' });
  });

  it('N-102 is never more: invalid_scope', async () => {
    const answer = await partner().redeem(partner().plainGrant('chain'), {
      with: { scope: 'events:read events:write' },
    });
    await expectRefused(partner(), answer, {
      reason: 'scope.exceeded',
      error: 'invalid_scope',
      failed: { expected: '["events:read"]', received: 'events:write' },
    });
  });

  it('must be well-formed (RFC 6749 §3.3)', async () => {
    const answer = await partner().redeem(partner().plainGrant('chain'), { with: { scope: 'events:read  "all"' } });
    await expectRefused(partner(), answer, { reason: 'scope.malformed', error: 'invalid_scope' });
  });
});
