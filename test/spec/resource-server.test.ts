// RFC 9068 §4, RFC 6750 §3 and RFC 9470 at a protected resource: a real server with our middleware, and what it refuses.

import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { type AccessVariables, protectResource, requireToken } from '../../src/resource/index.ts';
import { getJson } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type Changes, dpopProof } from '../../src/testkit/tokens.ts';
import { proofAlgorithms } from '../../src/token/proofs/dpop.ts';
import { parseChallenge } from '../support/challenge.ts';
import { raw, useWorld } from '../support/http.ts';
import { asKey, clientKey, issuer, notAcceptable, now, useApis } from '../support/resource-api.ts';

const { apis, accessToken, get, bearer, expectDenied } = useApis();

describe('RFC 9068 §4 the token', () => {
  it('a good one passes, and the operation sees whose it is', async () => {
    expect(await bearer(accessToken())).toMatchObject({ status: 200, body: { for: 'alice' } });
  });

  it('AT-02 so does one typed application/at+jwt, in any case', async () => {
    for (const typ of ['application/at+jwt', 'AT+JWT']) {
      expect(await bearer(accessToken({}, { typ }))).toMatchObject({ status: 200 });
    }
  });

  it.each(['JWT', 'token-introspection+jwt', 'secevent+jwt', 'oauth-id-jag+jwt', 'dpop+jwt', undefined])(
    'NT-205 INTR-17 typ %s is another kind of token',
    async (typ) => {
      expectDenied(await bearer(accessToken({}, { typ })), { error: 'invalid_token', text: notAcceptable });
    },
  );

  it.each<[string, Changes, Changes]>([
    ['NT-206 of another issuer', { iss: 'https://as.evil.example' }, {}],
    ['of the issuer with a slash behind', { iss: `${issuer}/` }, {}],
    ['NT-206 for another resource', { aud: 'https://files.contoso.example/' }, {}],
    ['for nobody', { aud: undefined }, {}],
    ['NT-206 without exp', { exp: undefined }, {}],
    ['without iat', { iat: undefined }, {}],
    ['without sub', { sub: undefined }, {}],
    ['without client_id', { client_id: undefined }, {}],
    ['without jti', { jti: undefined }, {}],
    ['from the future', { iat: now + 61 }, {}],
    ['that lives longer than a day', { exp: now + 90_000 }, {}],
    ['with alg none', {}, { alg: 'none' }],
    ['with alg HS256', {}, { alg: 'HS256' }],
    ['of a key nobody published', {}, { kid: 'as-2' }],
    ['with crit', {}, { crit: ['exp'] }],
    ['bound to a certificate', { cnf: { 'x5t#S256': 'A'.repeat(43) } }, {}],
    ['bound to nothing we know', { cnf: {} }, {}],
    ['with a cnf that is no object', { cnf: 'key' }, {}],
  ])('%s', async (_title, claims, header) => {
    expectDenied(await bearer(accessToken(claims, header)), { error: 'invalid_token', text: notAcceptable });
  });

  it('signed with another key', async () => {
    const forged = accessToken({}, {}, testKey('ES256', 'as-1'));
    expectDenied(await bearer(forged), { error: 'invalid_token', text: notAcceptable });
  });

  it.each(['garbage', 'a.b.c', 'e30.e30.e30'])('that is none: %s', async (token) => {
    expectDenied(await bearer(token), { error: 'invalid_token', text: notAcceptable });
  });

  it('that has expired says so', async () => {
    const expired = accessToken({ iat: now - 400, exp: now - 11 });
    expectDenied(await bearer(expired), { error: 'invalid_token', text: 'The access token has expired.' });
  });

  it('503 when the keys of the issuer cannot be had: no challenge, for nothing is wrong with the token', async () => {
    const answer = await bearer(accessToken({}, {}, asKey, apis().keyless), '/events', apis().keyless);
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.headers.has('www-authenticate')).toBe(false);
  });
});

describe('RFC 6750 §2, §3 how it is sent', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['nothing', {}],
    ['another scheme', { Authorization: 'Basic YTpi' }],
    ['a scheme alone', { Authorization: 'Bearer' }],
    ['two tokens in one header', { Authorization: 'Bearer a, Bearer b' }],
  ])('DPOP-24 %s: told how to, not what went wrong', async (_title, headers) => {
    const answer = await get(headers);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(parseChallenge(answer.headers.get('www-authenticate'))).toEqual({
      scheme: 'Bearer',
      parameters: { resource_metadata: apis().calendar.resource.metadataUrl },
    });
  });

  it('DPOP-24 where only bound tokens count, the challenge is DPoP with its algorithms', async () => {
    const { status, headers } = await get({}, '/events', apis().strict);
    expect(status).toBe(401);
    expect(parseChallenge(headers.get('www-authenticate'))).toEqual({
      scheme: 'DPoP',
      parameters: { algs: proofAlgorithms.join(' '), resource_metadata: apis().strict.resource.metadataUrl },
    });
  });

  it('§2.3 a token in the query or in a form is not looked at', async () => {
    const token = accessToken();
    expect(await get({}, `/events?access_token=${token}`)).toMatchObject({ status: 401 });
    const body = `access_token=${token}`;
    expect(await raw(`${apis().calendar.site.origin}/events`, { body })).toMatchObject({ status: 401 });
  });

  it('NT-198 two Authorization headers: 400', async () => {
    const header = `Bearer ${accessToken()}`;
    const answer = await get({ Authorization: [header, header] });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(answer.headers.has('www-authenticate')).toBe(false);
  });

  it('RFC 9110 §11.1 the scheme in any case', async () => {
    expect(await get({ Authorization: `bearer ${accessToken()}` })).toMatchObject({ status: 200 });
  });
});

describe('RFC 6750 §3.1, RFC 9470 §3 what the operation needs', () => {
  it('NT-207 a scope is missing: 403, and the scopes', async () => {
    const answer = await bearer(accessToken(), '/write');
    const more = { scope: 'events:read events:write' };
    expectDenied(answer, { status: 403, error: 'insufficient_scope', more });
    expect(await bearer(accessToken({ scope: 'events:write events:read' }), '/write')).toMatchObject({ status: 200 });
  });

  it.each<[string, Changes]>([
    ['no scope at all', { scope: undefined }],
    ['scopes as a list', { scope: ['events:read', 'events:write'] }],
    ['a scope that only begins alike', { scope: 'events:read events:writer' }],
  ])('NT-207 %s', async (_title, changes) => {
    const more = { scope: 'events:read events:write' };
    expectDenied(await bearer(accessToken(changes), '/write'), { status: 403, error: 'insufficient_scope', more });
  });

  const signIn = { acr_values: 'phr phrh', max_age: '300' };
  it.each<[string, Changes]>([
    ['NT-208 acr too low', { acr: 'pwd' }],
    ['no acr', { acr: undefined }],
    ['NT-209 a sign-in too long ago', { auth_time: now - 301 }],
    ['no auth_time', { auth_time: undefined }],
    ['an auth_time as text', { auth_time: String(now) }],
  ])('%s', async (_title, changes) => {
    const denied = { error: 'insufficient_user_authentication', more: signIn };
    expectDenied(await bearer(accessToken(changes), '/pay'), denied);
  });

  it('a strong and fresh one is enough, to the second', async () => {
    expect(await bearer(accessToken({ acr: 'phrh', auth_time: now - 300 }), '/pay')).toMatchObject({ status: 200 });
  });

  it('NT-210 of a token that does not count at all nobody learns what it would have needed', async () => {
    const expired = accessToken({ acr: 'pwd', iat: now - 400, exp: now - 11 });
    expectDenied(await bearer(expired, '/pay'), { error: 'invalid_token' });
  });
});

describe('with a real broker', () => {
  const world = useWorld();

  it('keys are found by discovery; both kinds of tokens pass', async () => {
    const { calendar, calendarSite, contoso, now: seconds } = world();
    const options = {
      resource: calendar,
      issuer: contoso,
      network: { loopbackHttp: true },
      now: () => seconds() * 1000,
    };
    const resource = protectResource(options);
    const app = new Hono<AccessVariables>();
    app.get('/calendar', requireToken(resource, { scope: ['events:read'] }), (c) => c.json(c.get('accessToken')));
    calendarSite.serve(app);
    const plain = await getJson(calendar, { Authorization: `Bearer ${await world().accessToken()}` });
    expect(plain).toMatchObject({ status: 200, body: { subject: 'acme|alice', issuer: contoso } });
    const token = await world().accessToken(clientKey);
    const proof = dpopProof(clientKey, { url: calendar, method: 'GET', accessToken: token }, seconds());
    const bound = await getJson(calendar, { Authorization: `DPoP ${token}`, DPoP: proof });
    expect(bound).toMatchObject({ status: 200, body: { jkt: clientKey.kid } });
  });
});
