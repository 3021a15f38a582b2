// Private keys for tests of what is done with keys, not of how they are made: an RSA key costs a fifth of a second of CPU, so one is for all.

import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import type { JsonObject } from '../../src/jose/json.ts';
import { generateSigningJwk, jwkThumbprint } from '../../src/jose/jwk.ts';
import { keyOf, type TestKey } from '../../src/testkit/keys.ts';
import { readVectors } from '../spec/jose-vectors.ts';

type Vectors = { readonly vectors: readonly { readonly id: string; readonly private?: JsonObject }[] };

const { vectors } = readVectors<Vectors>('jose-rfc7515-7520-8037-7797.json');
/** RFC 7520 §3.4. */
const { kid: _, ...rsa } = vectors.find(({ id }) => id === 'rfc7520-4.1')?.private ?? {};

const isRsa = (alg: SignatureAlgorithm) => /^[RP]S/.test(alg);

/** A private JWK for `alg`: new, or the one RSA key there is. */
export function signingJwk(alg: SignatureAlgorithm): JsonObject {
  return isRsa(alg) ? { ...rsa, alg } : generateSigningJwk(alg);
}

/** As `testKey`; of RSA keys there is one, whatever they are called. */
export function cheapKey(alg: SignatureAlgorithm, kid?: string): TestKey {
  const jwk = signingJwk(alg);
  return keyOf(jwk, alg, kid ?? jwkThumbprint(jwk));
}
