// Private keys for tests of what is done with keys, not of how they are made: RSA ones cost half a second, so there is one.

import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import type { JsonObject } from '../../src/jose/json.ts';
import { generateSigningJwk } from '../../src/jose/jwk.ts';

const rsa = generateSigningJwk('RS256');

/** A private JWK for `alg`: new, or the one RSA key there is. */
export function signingJwk(alg: SignatureAlgorithm): JsonObject {
  return /^[RP]S/.test(alg) ? { ...rsa, alg } : generateSigningJwk(alg);
}
