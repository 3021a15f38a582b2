// RFC 9068 §4, RFC 6750 §3, RFC 9449 §7, RFC 9470 and RFC 9728 at a protected resource: a real server with our middleware.

import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AccessVariables,
  type ProtectedResource,
  protectResource,
  type ResourceOptions,
  requireToken,
  serveMetadata,
} from '../../src/resource/index.ts';
import { getJson, type HttpAnswer, openSite, type Site } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt, dpopProof } from '../../src/testkit/tokens.ts';
import { proofAlgorithms } from '../../src/token/proofs/dpop.ts';
import { parseChallenge } from '../support/challenge.ts';
import { type RawRequest, raw, start, useWorld } from '../support/http.ts';

const issuer = 'https://as.contoso.example';
const asKey = testKey('ES256', 'as-1');
const clientKey = testKey();
const now = start;

type Api = { readonly site: Site; readonly resource: ProtectedResource; readonly uri: string };

/** A server with three operations: anybody with a token, a scope, a strong and fresh sign-in. */
async function openApi(path: string, options: Partial<ResourceOptions> = {}): Promise<Api> {
  const site = await openSite();
  const uri = `${site.origin}${path}`;
  const keys = { from: 'inline', jwks: asKey.jwks } as const;
  const resource = protectResource({ resource: uri, issuer, keys, now: () => now * 1000, ...options });
  const app = new Hono<AccessVariables>();
  app.get(new URL(resource.metadataUrl).pathname, serveMetadata(resource));
  app.all('/events', requireToken(resource), (c) => c.json({ for: c.get('accessToken').subject }));
  app.get('/write', requireToken(resource, { scope: ['events:read', 'events:write'] }), (c) => c.json({}));
  app.get('/pay', requireToken(resource, { acr: ['phr', 'phrh'], maxAge: 300 }), (c) => c.json({}));
  site.serve(app);
  return { site, resource, uri };
}

let api: Api;
let strict: Api;
let nonced: Api;
let keyless: Api;
beforeAll(async () => {
  api = await openApi('/calendar', { scopes: ['events:read', 'events:write'], name: 'Calendar' });
  strict = await openApi('/', { dpop: 'required' });
  nonced = await openApi('', { dpopNonce: true });
  // Nothing listens on port 1.
  keyless = await openApi('', {
    keys: { from: 'url', url: 'http://127.0.0.1:1/jwks' },
    network: { loopbackHttp: true },
  });
});
afterAll(() => Promise.all([api, strict, nonced, keyless].map(({ site }) => site.stop())));

/** An access token of the issuer for a resource, as RFC 9068 §2.2 wants it. */
function accessToken(changes: Changes = {}, header: Changes = {}, key = asKey, where = api): string {
  const claims = { iss: issuer, aud: where.uri, sub: 'alice', client_id: 'agent', jti: randomUUID() };
  const times = { iat: now - 10, exp: now + 300 };
  const meant = { scope: 'events:read', acr: 'phr', auth_time: now - 60 };
  return craftJwt({ typ: 'at+jwt', ...header }, { ...claims, ...times, ...meant, ...changes }, key);
}
const boundTo = (key = clientKey) => ({ cnf: { jkt: key.kid } });

function proofFor(token: string, where = api, changes: Changes = {}, key = clientKey): string {
  return dpopProof(key, { url: `${where.site.origin}/events`, method: 'GET', accessToken: token }, now, changes);
}

const get = (headers: NonNullable<RawRequest['headers']>, path = '/events', where = api) =>
  raw(`${where.site.origin}${path}`, { method: 'GET', headers });
const bearer = (token: string, path?: string, where?: Api) => get({ Authorization: `Bearer ${token}` }, path, where);
const withProof = (token: string, proof: string | readonly string[], path?: string, where?: Api) =>
  get({ Authorization: `DPoP ${token}`, DPoP: proof }, path, where);

type Denied = {
  status?: number;
  scheme?: string;
  error: string;
  text?: string;
  more?: Readonly<Record<string, string>>;
};

/** Status, body, and one challenge that parses and says the same. */
function expectDenied(
  answer: HttpAnswer,
  { status = 401, scheme = 'Bearer', error, text, more = {} }: Denied,
  where = api,
) {
  expect(answer.body).toEqual({ error, error_description: text ?? expect.any(String) });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(parseChallenge(answer.headers.get('www-authenticate'))).toEqual({
    scheme,
    parameters: {
      error,
      error_description: answer.body['error_description'],
      resource_metadata: where.resource.metadataUrl,
      ...(scheme === 'DPoP' && { algs: proofAlgorithms.join(' ') }),
      ...more,
    },
  });
}
const notAcceptable = 'The access token is not acceptable.';

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
    const answer = await bearer(accessToken({}, {}, asKey, keyless), '/events', keyless);
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
      parameters: { resource_metadata: api.resource.metadataUrl },
    });
  });

  it('DPOP-24 where only bound tokens count, the challenge is DPoP with its algorithms', async () => {
    const { status, headers } = await get({}, '/events', strict);
    expect(status).toBe(401);
    expect(parseChallenge(headers.get('www-authenticate'))).toEqual({
      scheme: 'DPoP',
      parameters: { algs: proofAlgorithms.join(' '), resource_metadata: strict.resource.metadataUrl },
    });
  });

  it('§2.3 a token in the query or in a form is not looked at', async () => {
    const token = accessToken();
    expect(await get({}, `/events?access_token=${token}`)).toMatchObject({ status: 401 });
    const body = `access_token=${token}`;
    expect(await raw(`${api.site.origin}/events`, { body })).toMatchObject({ status: 401 });
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

describe('RFC 9449 §7 bound tokens', () => {
  const denied = (error: string, text?: string) => ({ scheme: 'DPoP', error, ...(text && { text }) });

  it('pass with a proof', async () => {
    const token = accessToken(boundTo());
    expect(await withProof(token, proofFor(token))).toMatchObject({ status: 200, body: { for: 'alice' } });
  });

  it('NT-193 never as a bearer token, proof or not', async () => {
    const token = accessToken(boundTo());
    expectDenied(await bearer(token), { error: 'invalid_token', text: notAcceptable });
    const answer = await get({ Authorization: `Bearer ${token}`, DPoP: proofFor(token) });
    expectDenied(answer, { error: 'invalid_token', text: notAcceptable });
  });

  it('NT-194 not without a proof', async () => {
    const answer = await get({ Authorization: `DPoP ${accessToken(boundTo())}` });
    expectDenied(answer, denied('invalid_dpop_proof', 'A DPoP proof is required.'));
  });

  it('DPOP-01 not with two', async () => {
    const token = accessToken(boundTo());
    expectDenied(await withProof(token, [proofFor(token), proofFor(token)]), denied('invalid_dpop_proof'));
  });

  it('NT-195 not with a proof that names no token, or another', async () => {
    const token = accessToken(boundTo());
    const other = accessToken(boundTo());
    for (const proof of [proofFor(token, api, { ath: undefined }), proofFor(other)]) {
      expectDenied(await withProof(token, proof), denied('invalid_dpop_proof', 'The DPoP proof is not acceptable.'));
    }
  });

  it('NT-196 not with another key', async () => {
    const token = accessToken(boundTo());
    const proof = proofFor(token, api, {}, testKey());
    expectDenied(await withProof(token, proof), denied('invalid_token', notAcceptable));
  });

  it('NT-197 a token that is not bound does not go with the DPoP scheme', async () => {
    const token = accessToken();
    expectDenied(await withProof(token, proofFor(token)), denied('invalid_token', notAcceptable));
  });

  it('NT-199 a token that is also bound to a certificate', async () => {
    const token = accessToken({ cnf: { jkt: clientKey.kid, 'x5t#S256': 'A'.repeat(43) } });
    expectDenied(await withProof(token, proofFor(token)), denied('invalid_token', notAcceptable));
  });

  it('where only bound tokens count, a bearer token is refused', async () => {
    const token = accessToken({}, {}, asKey, strict);
    const answer = await bearer(token, '/events', strict);
    expectDenied(answer, { ...denied('invalid_token', notAcceptable), more: {} }, strict);
  });

  it.each<[string, Changes]>([
    ['of another method', { htm: 'POST' }],
    ['of another path', { htu: 'http://127.0.0.1/other' }],
    ['that is too old', { iat: now - 61 }],
    ['from the future', { iat: now + 61 }],
    ['without jti', { jti: undefined }],
  ])('a proof %s', async (_title, changes) => {
    const token = accessToken(boundTo());
    expectDenied(await withProof(token, proofFor(token, api, changes)), denied('invalid_dpop_proof'));
  });

  it('§11.1 a proof that was used', async () => {
    const token = accessToken(boundTo());
    const proof = proofFor(token);
    expect(await withProof(token, proof)).toMatchObject({ status: 200 });
    expectDenied(await withProof(token, proof), denied('invalid_dpop_proof'));
  });

  it('§11.1 also with another query, or the path spelled otherwise', async () => {
    const token = accessToken(boundTo());
    const proof = proofFor(token);
    expect(await withProof(token, proof, '/%65vents?first')).toMatchObject({ status: 200 });
    for (const path of ['/events', '/%65vents', '/events?second', '/%65%76ents', '/x/../events']) {
      expectDenied(await withProof(token, proof, path), denied('invalid_dpop_proof'));
    }
  });

  it('§11.1 eight at once: one passes', async () => {
    const token = accessToken(boundTo());
    const proof = proofFor(token);
    const answers = await Promise.all(Array.from({ length: 8 }, () => withProof(token, proof)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(7);
  });

  it('the Host header does not decide what the proof is about', async () => {
    const token = accessToken(boundTo());
    const proof = proofFor(token, api, { htu: 'http://evil.example/events' });
    const answer = await get({ Authorization: `DPoP ${token}`, DPoP: proof, Host: 'evil.example' });
    expectDenied(answer, denied('invalid_dpop_proof'));
  });
});

describe('RFC 9449 §9 nonces of the resource', () => {
  it('are asked for, serve, and come again with the answer', async () => {
    const token = accessToken(boundTo(), {}, asKey, nonced);
    const first = await withProof(token, proofFor(token, nonced), '/events', nonced);
    expectDenied(first, { scheme: 'DPoP', error: 'use_dpop_nonce' }, nonced);
    const nonce = first.headers.get('dpop-nonce');
    const second = await withProof(token, proofFor(token, nonced, { nonce }), '/events', nonced);
    expect(second).toMatchObject({ status: 200 });
    expect(second.headers.get('dpop-nonce')).toBe(nonce);
    expect(second.headers.get('cache-control')).toBe('no-store');
  });

  it('§8 a nonce of the authorization server is none here', async () => {
    const token = accessToken(boundTo(), {}, asKey, nonced);
    for (const nonce of ['made-up', 'ä'.repeat(24)]) {
      const answer = await withProof(token, proofFor(token, nonced, { nonce }), '/events', nonced);
      expectDenied(answer, { scheme: 'DPoP', error: 'use_dpop_nonce' }, nonced);
      expect(answer.headers.get('dpop-nonce')).toMatch(/^[\w-]{24}$/);
    }
  });

  it('a bearer token needs none', async () => {
    const answer = await bearer(accessToken({}, {}, asKey, nonced), '/events', nonced);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.has('dpop-nonce')).toBe(false);
  });
});

describe('the plain function', () => {
  const authorize = (url: string, token: string, proof: string) =>
    api.resource.authorize({ method: 'GET', url, authorization: [`DPoP ${token}`], dpop: [proof] });

  it('takes a path or a whole URL, and uses the path of it', async () => {
    for (const url of ['/events', '/events?x=1', 'http://proxy.internal/events']) {
      const token = accessToken(boundTo());
      expect(await authorize(url, token, proofFor(token))).toMatchObject({
        granted: true,
        token: { issuer, subject: 'alice', clientId: 'agent', scopes: ['events:read'], jkt: clientKey.kid },
        headers: {},
      });
    }
  });

  it('a path that looks like another host is a path: a proof made for that host is worth nothing here', async () => {
    const htu = 'http://evil.example/events';
    for (const url of ['//evil.example/events', `${api.site.origin}//evil.example/events`]) {
      const token = accessToken(boundTo());
      expect(await authorize(url, token, proofFor(token, api, { htu }))).toMatchObject({
        granted: false,
        status: 401,
        body: { error: 'invalid_dpop_proof' },
      });
    }
  });

  it.each(['*', '//', '', 'events', 'http://[', 'data:x', '/%', '/\u0000'])(
    'never throws, not for %j either',
    async (url) => {
      const token = accessToken(boundTo());
      expect(await authorize(url, token, proofFor(token))).toMatchObject({ granted: false, status: 401 });
    },
  );

  it('shares what it remembers with others, when told where', async () => {
    const seen = new Set<string>();
    const firstUse = async (key: string) => seen.size < seen.add(key).size;
    const options = {
      resource: api.uri,
      issuer,
      keys: { from: 'inline', jwks: asKey.jwks },
      now: () => now * 1000,
    } as const;
    const [one, other] = [protectResource({ ...options, firstUse }), protectResource({ ...options, firstUse })];
    const token = accessToken(boundTo());
    const request = { method: 'GET', url: '/events', authorization: [`DPoP ${token}`], dpop: [proofFor(token)] };
    expect(await one.authorize(request)).toMatchObject({ granted: true });
    expect(await other.authorize(request)).toMatchObject({ granted: false, status: 401 });
  });
});

describe('RFC 9728 the metadata of the resource', () => {
  it('PRM-03 lies where §3.1 says, and names the resource it was asked for', async () => {
    expect(api.resource.metadataUrl).toBe(`${api.site.origin}/.well-known/oauth-protected-resource/calendar`);
    expect(strict.resource.metadataUrl).toBe(`${strict.site.origin}/.well-known/oauth-protected-resource`);
    const { status, headers, body } = await getJson(api.resource.metadataUrl);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    expect([headers.get('cache-control'), headers.get('access-control-allow-origin')]).toEqual([
      'public, max-age=300',
      '*',
    ]);
    expect(body).toEqual({
      resource: api.uri,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: ['events:read', 'events:write'],
      resource_name: 'Calendar',
      dpop_signing_alg_values_supported: proofAlgorithms,
    });
  });

  it('PRM-04 §3.2 has no empty members, and says when only bound tokens count', async () => {
    expect((await getJson(strict.resource.metadataUrl)).body).toEqual({
      resource: strict.uri,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: proofAlgorithms,
      dpop_bound_access_tokens_required: true,
    });
  });

  it.each(['calendar', 'urn:example:calendar', 'https://api.example/#x', ''])(
    'PRM-01 %j cannot be a resource',
    (resource) => {
      expect(() => protectResource({ resource, issuer })).toThrow(TypeError);
    },
  );
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
