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
  const named = { ...jwk, kid: kid ?? jwkThumbprint(jwk) };
  const signing = importPrivateJwk(named, alg, named.kid);
  const publicJwk = { ...signing.publicJwk, kid: named.kid, alg, use: 'sig' };
  return { alg, kid: named.kid, privateJwk: named, publicJwk, jwks: { keys: [publicJwk] }, signing };
}
