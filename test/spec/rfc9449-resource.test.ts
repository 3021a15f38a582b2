// RFC 9449 §7 at a protected resource: a bound token goes with a proof of this request, by its key, once, and in no other way.

import { describe, expect, it } from 'vitest';
import { protectResource } from '../../src/resource/index.ts';
import { testKey } from '../../src/testkit/keys.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { asKey, boundTo, clientKey, issuer, notAcceptable, now, useApis } from '../support/resource-api.ts';

const { apis, accessToken, proofFor, get, bearer, withProof, expectDenied } = useApis();

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
    for (const proof of [proofFor(token, apis().calendar, { ath: undefined }), proofFor(other)]) {
      expectDenied(await withProof(token, proof), denied('invalid_dpop_proof', 'The DPoP proof is not acceptable.'));
    }
  });

  it('NT-196 not with another key', async () => {
    const token = accessToken(boundTo());
    const proof = proofFor(token, apis().calendar, {}, testKey());
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
    const token = accessToken({}, {}, asKey, apis().strict);
    const answer = await bearer(token, '/events', apis().strict);
    expectDenied(answer, { ...denied('invalid_token', notAcceptable), more: {} }, apis().strict);
  });

  it.each<[string, Changes]>([
    ['of another method', { htm: 'POST' }],
    ['of another path', { htu: 'http://127.0.0.1/other' }],
    ['that is too old', { iat: now - 61 }],
    ['from the future', { iat: now + 61 }],
    ['without jti', { jti: undefined }],
  ])('a proof %s', async (_title, changes) => {
    const token = accessToken(boundTo());
    expectDenied(await withProof(token, proofFor(token, apis().calendar, changes)), denied('invalid_dpop_proof'));
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
    const proof = proofFor(token, apis().calendar, { htu: 'http://evil.example/events' });
    const answer = await get({ Authorization: `DPoP ${token}`, DPoP: proof, Host: 'evil.example' });
    expectDenied(answer, denied('invalid_dpop_proof'));
  });
});

describe('RFC 9449 §9 nonces of the resource', () => {
  it('are asked for, serve, and come again with the answer', async () => {
    const token = accessToken(boundTo(), {}, asKey, apis().nonced);
    const first = await withProof(token, proofFor(token, apis().nonced), '/events', apis().nonced);
    expectDenied(first, { scheme: 'DPoP', error: 'use_dpop_nonce' }, apis().nonced);
    const nonce = first.headers.get('dpop-nonce');
    const second = await withProof(token, proofFor(token, apis().nonced, { nonce }), '/events', apis().nonced);
    expect(second).toMatchObject({ status: 200 });
    expect(second.headers.get('dpop-nonce')).toBe(nonce);
    expect(second.headers.get('cache-control')).toBe('no-store');
  });

  it('§8 a nonce of the authorization server is none here', async () => {
    const token = accessToken(boundTo(), {}, asKey, apis().nonced);
    for (const nonce of ['made-up', 'ä'.repeat(24)]) {
      const answer = await withProof(token, proofFor(token, apis().nonced, { nonce }), '/events', apis().nonced);
      expectDenied(answer, { scheme: 'DPoP', error: 'use_dpop_nonce' }, apis().nonced);
      expect(answer.headers.get('dpop-nonce')).toMatch(/^[\w-]{24}$/);
    }
  });

  it('a bearer token needs none', async () => {
    const answer = await bearer(accessToken({}, {}, asKey, apis().nonced), '/events', apis().nonced);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.has('dpop-nonce')).toBe(false);
  });
});

describe('the plain function', () => {
  const authorize = (url: string, token: string, proof: string) =>
    apis().calendar.resource.authorize({ method: 'GET', url, authorization: [`DPoP ${token}`], dpop: [proof] });

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
    for (const url of ['//evil.example/events', `${apis().calendar.site.origin}//evil.example/events`]) {
      const token = accessToken(boundTo());
      expect(await authorize(url, token, proofFor(token, apis().calendar, { htu }))).toMatchObject({
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
      resource: apis().calendar.uri,
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
