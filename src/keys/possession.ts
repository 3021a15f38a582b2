// A key made for one token of a partner, and the proofs that we hold it (RFC 9449 §4.2).

import { createHash, randomUUID } from 'node:crypto';
import type { JsonObject } from '../jose/json.ts';
import { generateSigningJwk, importPrivateJwk, jwkThumbprint } from '../jose/jwk.ts';
import { signJws } from '../jose/jws.ts';
import { joseTypes } from '../protocol/urns.ts';

/** The request a proof is about. */
export type Proven = {
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  readonly nonce?: string | undefined;
  /** At a resource: the token the request brings. */
  readonly accessToken?: string;
};

/** A private JWK. */
export const newProofKey = (): JsonObject => generateSigningJwk('ES256');

/** A DPoP proof made with a key of newProofKey; `now` in milliseconds. */
export function proveHolding(jwk: JsonObject, { method, url, nonce, accessToken }: Proven, now: number): string {
  const key = importPrivateJwk(jwk, 'ES256', jwkThumbprint(jwk));
  const { kid: _kid, alg: _alg, use: _use, ...shown } = key.publicJwk;
  const claims = {
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: Math.floor(now / 1000),
    ...(nonce !== undefined && { nonce }),
    ...(accessToken !== undefined && { ath: createHash('sha256').update(accessToken).digest('base64url') }),
  };
  return signJws({ typ: joseTypes.dpop, jwk: shown }, claims, key);
}
