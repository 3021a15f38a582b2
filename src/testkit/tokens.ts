// Tokens for tests and demonstrations: well made by default, wrong in exactly the way a test says.

import { createHash, randomUUID } from 'node:crypto';
import { signTexts, tokenKey } from '../corpus/craft.ts';
import type { Changes } from '../corpus/types.ts';
import { encodeBase64url } from '../jose/base64url.ts';
import type { JsonObject } from '../jose/json.ts';
import { joseTypes } from '../protocol/urns.ts';
import type { TestKey } from './keys.ts';

export type { Changes };

/** Signs any header over any claims, sensible or not; `undefined` members are left out. */
export function craftJwt(header: Changes, claims: Changes, { alg, kid, signing }: TestKey): string {
  return signTexts(
    { header: JSON.stringify({ alg, kid, ...header }), payload: JSON.stringify(claims) },
    tokenKey(signing),
  );
}

/** A client assertion (RFC 7523 §3, RFC 10070) by `clientId` for `audience`; `now` in seconds. */
export function clientAssertion(
  clientId: string,
  audience: string,
  key: TestKey,
  now: number,
  changes: Changes = {},
): string {
  const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat: now, exp: now + 60 };
  return craftJwt({ typ: joseTypes.clientAssertion }, { ...claims, ...changes }, key);
}

export type ProofFor = {
  readonly url: string;
  readonly method?: string;
  readonly nonce?: string | undefined;
  readonly accessToken?: string;
};

/** A DPoP proof (RFC 9449 §4.2); `now` in seconds. */
export function dpopProof(
  key: TestKey,
  { url, method = 'POST', nonce, accessToken }: ProofFor,
  now: number,
  changes: Changes = {},
): string {
  const ath = accessToken && encodeBase64url(createHash('sha256').update(accessToken).digest());
  const claims = { jti: randomUUID(), htm: method, htu: url, iat: now, nonce, ath };
  const { kid: _kid, alg: _alg, use: _use, ...jwk } = key.publicJwk;
  return craftJwt({ typ: joseTypes.dpop, kid: undefined, jwk }, { ...claims, ...changes }, key);
}

/** A grant another domain could have made: an ID-JAG unless `typ` says otherwise. */
export function idJag(
  { issuer, audience, clientId, sub }: { issuer: string; audience: string; clientId: string; sub: string },
  key: TestKey,
  now: number,
  changes: Changes = {},
  header: Changes = {},
): string {
  const claims: JsonObject = {
    iss: issuer,
    sub,
    aud: audience,
    client_id: clientId,
    jti: randomUUID(),
    iat: now,
    exp: now + 120,
  };
  return craftJwt({ typ: joseTypes.idJag, ...header }, { ...claims, ...changes }, key);
}
