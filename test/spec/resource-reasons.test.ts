// RFC 9068 §4, RFC 6750 §3.1, RFC 9470: outside a resource says little; the check that failed is told to its own operator.

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/audit/record.ts';
import { joseTypes } from '../../src/protocol/urns.ts';
import { protectResource, type Requirements, type ResourceOptions } from '../../src/resource/index.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt, dpopProof } from '../../src/testkit/tokens.ts';

const now = 1_795_000_000;
const [issuerKey, holderKey, strangerKey] = [testKey('ES256', 'as-1'), testKey(), testKey()];
const resource = 'https://api.contoso.example/';
const issuer = 'https://as.contoso.example';

const token = (changes: Changes = {}, header: Changes = {}, key = issuerKey) => {
  const claims = {
    iss: issuer,
    sub: 'acme|alice',
    aud: resource,
    client_id: 'app',
    jti: randomUUID(),
    scope: 'events:read',
  };
  return craftJwt({ typ: joseTypes.accessToken, ...header }, { ...claims, iat: now, exp: now + 300, ...changes }, key);
};
const bound = { cnf: { jkt: holderKey.kid } };

type Call = {
  readonly authorization?: string;
  readonly dpop?: string;
  readonly required?: Requirements;
  readonly options?: Partial<ResourceOptions>;
};

/** Asks the resource and returns what it answers, and what it tells its operator. */
async function ask({ authorization, dpop, required = {}, options = {} }: Call) {
  const told: Check[] = [];
  const api = protectResource({
    resource,
    issuer,
    keys: { from: 'inline', jwks: issuerKey.jwks },
    now: () => now * 1000,
    onRefused: (failed) => told.push(failed),
    ...options,
  });
  const authorized = authorization === undefined ? [] : [authorization];
  const access = await api.authorize(
    { method: 'GET', url: '/events', authorization: authorized, dpop: dpop ? [dpop] : [] },
    required,
  );
  return { access, told };
}

const proof = (key = holderKey, accessToken = '') =>
  dpopProof(key, { url: `${resource}events`, method: 'GET', accessToken }, now);
const unreachable = { keys: { from: 'url', url: 'https://as.contoso.example:1/jwks' } } as const;

describe('the operator of a resource is told', () => {
  const bearer = (changes?: Changes, header?: Changes, key?: typeof issuerKey): Call => ({
    authorization: `Bearer ${token(changes, header, key)}`,
  });
  it.each<readonly [reason: string, status: number, call: () => Call]>([
    ['access_token.missing', 401, () => ({})],
    ['access_token.malformed', 401, () => ({ authorization: `Bearer ${token()}=` })],
    ['access_token.algorithm', 401, () => bearer({}, { alg: 'HS256' })],
    ['access_token.header', 401, () => bearer({}, { crit: ['exp'] })],
    ['access_token.typ', 401, () => bearer({}, { typ: 'JWT' })],
    ['access_token.issuer', 401, () => bearer({ iss: `${issuer}/` })],
    ['access_token.key', 401, () => bearer({}, { kid: 'as-2' })],
    ['access_token.signature', 401, () => bearer({}, {}, testKey('ES256', 'as-1'))],
    ['access_token.audience', 401, () => bearer({ aud: 'https://api.contoso.example' })],
    ['access_token.claims', 401, () => bearer({ client_id: undefined })],
    ['access_token.expired', 401, () => bearer({ exp: now - 60 })],
    ['access_token.not_yet_valid', 401, () => bearer({ nbf: now + 60 })],
    ['access_token.lifetime', 401, () => bearer({ exp: now + 90_000 })],
    ['access_token.scheme', 401, () => bearer(bound)],
    ['access_token.scope', 403, () => ({ ...bearer(), required: { scope: ['events:write'] } })],
    ['access_token.sign_in', 401, () => ({ ...bearer({ acr: 'pwd' }), required: { acr: ['phr'] } })],
    ['access_token.unavailable', 503, () => ({ ...bearer(), options: unreachable })],
    [
      'access_token.proof_key',
      401,
      () => {
        const presented = token(bound);
        return { authorization: `DPoP ${presented}`, dpop: proof(strangerKey, presented) };
      },
    ],
  ])('%s (%i)', async (reason, status, call) => {
    const { access, told } = await ask(call());
    expect(access).toMatchObject({ granted: false, status });
    expect(told.map((failed) => failed.reason)).toEqual([reason]);
    const outside = access.granted ? '' : JSON.stringify([access.headers, access.body]);
    expect(outside).not.toContain(reason);
  });

  it('nothing of a request that is let through', async () => {
    const presented = token(bound);
    const { access, told } = await ask({ authorization: `DPoP ${presented}`, dpop: proof(holderKey, presented) });
    expect(access).toMatchObject({ granted: true, token: { subject: 'acme|alice', jkt: holderKey.kid } });
    expect(told).toEqual([]);
  });
});
