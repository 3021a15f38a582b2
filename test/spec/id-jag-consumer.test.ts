// ID-JAG §3.1 and §4.4.1 at the consumer: which ID-JAGs are taken, and every way not to be one.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeBase64url } from '../../src/jose/base64url.ts';
import { type Changes, craftJwt } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Claims, claimsOf, desk, type Partner, start, usePartner } from '../support/partner.ts';
import { type Expected, expectNeverCached, expectRefused, granted } from '../support/partner-answers.ts';

const partner = usePartner({
  issuers: () => ({
    home: {},
    other: {},
    plain: { accept: { grants: ['jwt'] } },
    speaker: { accept: null, subjects: { tokens: ['id_token'], clients: { [desk.client_id]: 'desk-there' } } },
  }),
});
const contoso = ({ domains }: Partner) => domains.contoso;

type Yes = readonly [title: string, claims: Claims, header: Changes];
type No = readonly [title: string, claims: Claims, expected: Expected];

describe('ID-JAG §4.4.1 an ID-JAG of a trusted issuer', () => {
  it('R-1 R-2 R-3 R-4 R-9 becomes an access token: exactly the members of RFC 6749 §5.1 and the resource', async () => {
    const { redeem, grant, domains, audit } = partner();
    const answer = await redeem(grant('home'));
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 120,
      scope: 'events:read',
      resource: domains.calendar,
    });
    expectNeverCached(answer);
    expect(granted(answer)).toMatchObject({ sub: 'home|alice', client_id: names.agentAtContoso });
    expect(await audit(answer)).toEqual([
      expect.objectContaining({
        decision: 'granted',
        action: 'jwt-bearer',
        reason: null,
        failed: null,
        domain: 'home',
        rule: 'home.accept',
        client: names.agentAtContoso,
        subject: { issuer: 'https://home.example', sub: 'alice' },
        resource: [domains.calendar],
      }),
    ]);
  });

  it.each<Yes>([
    ['R-3 aud as an array of one', (at) => ({ aud: [contoso(at)] }), {}],
    ['R-2 typ with application/ before it', {}, { typ: 'application/oauth-id-jag+jwt' }],
    ['R-2 typ in capitals (RFC 7515 §4.1.9)', {}, { typ: 'OAuth-ID-JAG+JWT' }],
    ['an exp one second away', { iat: start - 60, exp: start + 1 }, {}],
    ['an iat ahead within the tolerance', { iat: start + 30 }, {}],
    ['no kid, where only one key fits (RFC 7515 §4.1.4)', {}, { kid: undefined }],
    ['a key in the header, which nobody looks at', {}, { jwk: { kty: 'EC' }, jku: 'https://evil.example/jwks' }],
    ['any claim an ID Token may have (§3.1)', { nickname: 'al', 'https://home.example/x': [1] }, {}],
  ])('takes %s', async (_title, claims, header) => {
    const { redeem, grant } = partner();
    const answer = await redeem(grant('home', claimsOf(claims, partner()), header));
    expect(granted(answer)).toMatchObject({ sub: 'home|alice' });
  });

  it('R-9 A-15 two issuers may speak of the same sub and jti: two grants, two people', async () => {
    const { redeem, grant } = partner();
    const same = { sub: 'alice', jti: 'N-82' };
    expect(granted(await redeem(grant('home', same)))).toMatchObject({ sub: 'home|alice' });
    expect(granted(await redeem(grant('other', same)))).toMatchObject({ sub: 'other|alice' });
  });
});

describe('ID-JAG §3.1 what is no ID-JAG: invalid_grant', () => {
  it.each<readonly [title: string, header: Changes, expected: Expected]>([
    ['N-57 typ JWT', { typ: 'JWT' }, { reason: 'grant.profile', failed: { expected: '["id-jag"]', received: 'jwt' } }],
    ['N-57 no typ', { typ: undefined }, { reason: 'grant.profile' }],
    ['N-58 typ of an access token', { typ: 'at+jwt' }, { reason: 'grant.typ' }],
    ['typ of a client assertion', { typ: 'client-authentication+jwt' }, { reason: 'grant.typ' }],
    ['typ that only begins like it', { typ: 'oauth-id-jag+jwt;x=1' }, { reason: 'grant.typ' }],
    ['a typ that is no string', { typ: ['oauth-id-jag+jwt'] }, { reason: 'grant.header' }],
    ['N-56 an extension it calls critical', { crit: ['exp'], exp: 1 }, { reason: 'grant.header' }],
    ['b64 false (RFC 7797)', { b64: false }, { reason: 'grant.header' }],
    ['a compressed payload', { zip: 'DEF' }, { reason: 'grant.header' }],
    ['N-54 alg none', { alg: 'none' }, { reason: 'grant.algorithm' }],
    ['an alg nobody knows', { alg: 'ES256K' }, { reason: 'grant.algorithm' }],
    ['an alg of the list with a key for another', { alg: 'RS256' }, { reason: 'grant.key' }],
    ['an alg we know but did not allow this issuer', { alg: 'ES384' }, { reason: 'grant.algorithm' }],
    ['a kid the issuer does not publish', { kid: 'other-1' }, { reason: 'grant.key' }],
  ])('%s', async (_title, header, expected) => {
    await expectRefused(partner(), await partner().redeem(partner().grant('home', {}, header)), expected);
  });

  it('N-55 HS256 with the public key of the issuer as the secret', async () => {
    const [, payload] = partner().grant('home').split('.');
    const head = encodeBase64url(JSON.stringify({ alg: 'HS256', typ: 'oauth-id-jag+jwt', kid: 'home-1' }));
    const secret = JSON.stringify(partner().key('home').publicJwk);
    const mac = createHmac('sha256', secret).update(`${head}.${payload}`).digest();
    const answer = await partner().redeem(`${head}.${payload}.${encodeBase64url(mac)}`);
    await expectRefused(partner(), answer, { reason: 'grant.algorithm' });
  });

  it('N-58 an ID Token for the client, from an issuer whose ID Tokens and ID-JAGs are both signed with one key', async () => {
    const { redeem, issuer, key, now } = partner();
    const claims = { iss: issuer('home'), sub: 'alice', aud: names.agentAtContoso, iat: now(), exp: now() + 60 };
    await expectRefused(partner(), await redeem(craftJwt({}, claims, key('home'))), { reason: 'grant.profile' });
  });

  it('N-59 an issuer that is trusted for subject tokens only', async () => {
    const answer = await partner().redeem(partner().grant('speaker'));
    await expectRefused(partner(), answer, { reason: 'grant.issuer', failed: { received: 'https://speaker.example' } });
  });

  it('N-60 the key of another trusted issuer, under its own kid and under the kid of the first', async () => {
    const { redeem, grant, key } = partner();
    await expectRefused(partner(), await redeem(grant('home', {}, {}, key('other'))), { reason: 'grant.key' });
    const disguised = grant('home', {}, { kid: 'home-1' }, key('other'));
    await expectRefused(partner(), await redeem(disguised), { reason: 'grant.signature' });
  });

  it('N-61 I-31 what the partner signed itself is never a grant at the partner', async () => {
    const { redeem, grant, domains } = partner();
    const own = granted(await redeem(grant('home')));
    const { jwt } = domains.partner.broker.signer.sign('oauth-id-jag+jwt', { ...own, aud: domains.contoso });
    await expectRefused(partner(), await redeem(jwt), { reason: 'grant.own_issuer' });
  });

  it('N-62 a payload changed on the way', async () => {
    const { redeem, grant } = partner();
    const [header, , signature] = grant('home').split('.');
    const [, payload] = grant('home', { sub: 'root' }).split('.');
    await expectRefused(partner(), await redeem(`${header}.${payload}.${signature}`), { reason: 'grant.signature' });
  });

  it('N-104 N-106 an encrypted grant, which this server cannot read', async () => {
    const outer = { alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', typ: 'oauth-id-jag+jwt', kid: 'enc-1' };
    const jwe = [encodeBase64url(JSON.stringify(outer)), 'AAAA', 'AAAA', 'AAAA', 'AAAA'].join('.');
    await expectRefused(partner(), await partner().redeem(jwe), { reason: 'grant.algorithm' });
  });

  it('N-57 R-9 an ID-JAG of an issuer that may send plain grants only', async () => {
    const answer = await partner().redeem(partner().grant('plain'));
    await expectRefused(partner(), answer, {
      reason: 'grant.profile',
      failed: { expected: '["jwt"]', received: 'id-jag' },
    });
  });
});

describe('ID-JAG §4.4.1 what an ID-JAG must say: invalid_grant', () => {
  const suffixed = (at: Partner) => `${contoso(at)}.evil`;
  it.each<No>([
    ['N-63 R-22 aud of another server', { aud: 'https://as.other.example' }, { reason: 'grant.audience' }],
    ['N-64 aud our token endpoint', (at) => ({ aud: `${contoso(at)}/token` }), { reason: 'grant.audience' }],
    ['N-65 aud us and another', (at) => ({ aud: [contoso(at), 'https://x.example'] }), { reason: 'grant.audience' }],
    ['N-66 aud us and us again', (at) => ({ aud: [contoso(at), contoso(at)] }), { reason: 'grant.audience' }],
    [
      'N-67 aud empty',
      { aud: [] },
      { reason: 'grant.audience', failed: { expected: expect.any(String), received: '[]' } },
    ],
    ['N-67 aud a number', { aud: [42] }, { reason: 'grant.audience' }],
    ['N-67 aud an object', (at) => ({ aud: { [contoso(at)]: true } }), { reason: 'grant.audience' }],
    ['N-68 aud our name with something behind it', (at) => ({ aud: suffixed(at) }), { reason: 'grant.audience' }],
    ['aud our name with a slash behind it', (at) => ({ aud: `${contoso(at)}/` }), { reason: 'grant.audience' }],
    ['aud our name in capitals', (at) => ({ aud: contoso(at).toUpperCase() }), { reason: 'grant.audience' }],
    ['N-69 exp beyond the tolerance', { iat: start - 60, exp: start - 10 }, { reason: 'grant.expired' }],
    ['N-70 nbf to come', { nbf: start + 31 }, { reason: 'grant.not_yet_valid' }],
    ['N-71 iat to come', { iat: start + 31 }, { reason: 'grant.not_yet_valid' }],
    ['N-72 a life above the ceiling', { exp: start + 301 }, { reason: 'grant.lifetime' }],
    [
      'N-72 exp before iat counts as passed, not as short',
      { exp: start - 11, iat: start },
      { reason: 'grant.expired' },
    ],
    ['N-73 no sub', { sub: undefined }, { reason: 'grant.claims' }],
    ['N-73 no jti', { jti: undefined }, { reason: 'grant.claims' }],
    ['N-73 no iat', { iat: undefined }, { reason: 'grant.claims', failed: { expected: 'iat' } }],
    ['N-73 no exp', { exp: undefined }, { reason: 'grant.claims', failed: { expected: 'exp' } }],
    ['N-73 no client_id', { client_id: undefined }, { reason: 'grant.claims' }],
    ['N-73 no iss', { iss: undefined }, { reason: 'grant.issuer' }],
    [
      'a sub with a NUL in it',
      { sub: 'alice\u0000' },
      { reason: 'grant.claims', failed: { expected: 'sub', received: 'alice\ufffd' } },
    ],
    ['an actor with a line end in his name', { act: { sub: 'a\nb' } }, { reason: 'actor.malformed' }],
    ['a jti beyond all measure', { jti: 'j'.repeat(256) }, { reason: 'grant.claims' }],
    ['N-74 exp in words', { exp: `${start + 60}` }, { reason: 'grant.claims' }],
    ['exp below zero', { exp: -1 }, { reason: 'grant.claims' }],
    [
      'N-75 R-4 client_id as the issuer knows the client',
      { client_id: names.agent },
      { reason: 'grant.client', failed: { expected: names.agentAtContoso, received: names.agent } },
    ],
    [
      'a scope that is no string',
      { scope: ['events:read'] },
      { reason: 'grant.claims', failed: { expected: 'scope' } },
    ],
    ['a malformed scope', { scope: 'events:read  "x"' }, { reason: 'grant.claims', failed: { expected: 'scope' } }],
  ])('%s', async (_title, claims, expected) => {
    const { redeem, grant } = partner();
    await expectRefused(partner(), await redeem(grant('home', claimsOf(claims, partner()))), expected);
  });

  it('N-76 R-4 a stolen grant is worth nothing to another client, and remains good for its own', async () => {
    const { redeem, grant } = partner();
    const stolen = grant('home');
    await expectRefused(partner(), await redeem(stolen, { as: desk }), {
      reason: 'grant.client',
      failed: { expected: desk.client_id, received: names.agentAtContoso },
    });
    granted(await redeem(stolen));
  });
});
