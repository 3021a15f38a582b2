// Keys for tests and demonstrations: made on the spot, in every form a party needs.

import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import { generateSigningJwk, importPrivateJwk, jwkThumbprint, type SigningKey } from '../jose/jwk.ts';

export type TestKey = {
  readonly alg: SignatureAlgorithm;
  readonly kid: string;
  readonly privateJwk: JsonObject;
  readonly publicJwk: JsonObject;
  readonly jwks: { readonly keys: readonly JsonObject[] };
  readonly signing: SigningKey;
};

/** A fresh key pair; `kid` defaults to its thumbprint (RFC 7638). */
export function testKey(alg: SignatureAlgorithm = 'ES256', kid?: string): TestKey {
  const jwk = generateSigningJwk(alg);
  return keyOf(jwk, alg, kid ?? jwkThumbprint(jwk));
}

/** A private JWK in every form a party needs. Throws KeyError for what is none. */
export function keyOf(jwk: JsonObject, alg: SignatureAlgorithm, kid: string): TestKey {
  const named = { ...jwk, kid };
  const signing = importPrivateJwk(named, alg, kid);
  const publicJwk = { ...signing.publicJwk, kid, alg, use: 'sig' };
  return { alg, kid, privateJwk: named, publicJwk, jwks: { keys: [publicJwk] }, signing };
}
