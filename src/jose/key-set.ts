// JWK Sets (RFC 7517 §5): the signature keys of one issuer, found by `kid`.

import type { SignatureAlgorithm } from './algorithms.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { importPublicJwk, type VerificationKey } from './jwk.ts';
import { hasSecretMember, KeyError } from './jwk-members.ts';

/** The usable keys of one issuer. */
export type KeySet = {
  readonly keys: readonly VerificationKey[];
  /** By exact `kid` if the key may verify `alg`; without `kid` the only key that fits `alg`, never one of several. */
  readonly find: (kid: string | undefined, alg: SignatureAlgorithm) => VerificationKey | undefined;
  /** Why keys were passed over, one line each. */
  readonly ignored: readonly string[];
};

/**
 * Imports a JWK Set. Keys that are not for verifying or of a kind we do not know are passed over (RFC 7517 §5). Throws
 * KeyError when it is not `{ keys: […] }`, when it holds private or symmetric keys (a secret that was published is no
 * secret, and its owner has other troubles), or when two usable keys share a `kid`.
 */
export function importKeySet(jwks: unknown): KeySet {
  const keys: VerificationKey[] = [];
  const ignored: string[] = [];
  for (const [index, jwk] of members(jwks).entries()) {
    if (jwk['kty'] === 'oct' || hasSecretMember(jwk)) {
      throw new KeyError(`keys[${index}] holds private or symmetric key material`);
    }
    try {
      keys.push(importPublicJwk(jwk));
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      ignored.push(`keys[${index}]: ${error.message}`);
    }
  }
  return { ...keySetOf(keys), ignored };
}

/** A set of keys that were imported before. Throws KeyError when two share a `kid`. */
export function keySetOf(keys: readonly VerificationKey[]): KeySet {
  return { keys, ignored: [], find: finder(keys) };
}

function members(jwks: unknown): readonly JsonObject[] {
  const keys = isJsonObject(jwks) ? jwks['keys'] : undefined;
  if (!Array.isArray(keys) || !keys.every(isJsonObject)) throw new KeyError('not a JWK Set');
  return keys;
}

function finder(keys: readonly VerificationKey[]): KeySet['find'] {
  const byKid = new Map<string, VerificationKey>();
  for (const key of keys) {
    if (key.kid === undefined) continue;
    if (byKid.has(key.kid)) throw new KeyError('two keys share a kid');
    byKid.set(key.kid, key);
  }
  return (kid, alg) => {
    const candidates = kid === undefined ? keys : [byKid.get(kid)];
    const fitting = candidates.filter((key) => key?.algorithms.includes(alg));
    return fitting.length === 1 ? fitting[0] : undefined;
  };
}

/** The set as it would be published: public members, `kid`, and `alg` where a key is for one algorithm alone. */
export function publicJwks({ keys }: Pick<KeySet, 'keys'>): { readonly keys: readonly JsonObject[] } {
  return {
    keys: keys.map(({ kid, algorithms: [alg, ...others], key }) => ({
      ...key.export({ format: 'jwk' }),
      ...(kid !== undefined && { kid }),
      ...(alg !== undefined && others.length === 0 && { alg }),
    })),
  };
}
