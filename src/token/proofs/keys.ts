// The keys inside DPoP proofs, remembered: a client keeps its key, and importing it anew costs as much as a signature.

import { LRUCache } from 'lru-cache';
import { importPublicJwk, type VerificationKey } from '../../jose/jwk.ts';
import { limits } from '../../protocol/limits.ts';

/** Imports depend on nothing but the JWK, so that what is remembered never goes out of date. */
export type ProofKeys = {
  /** As importPublicJwk; throws KeyError. */
  find(jwk: unknown): VerificationKey;
  /** Remembers a key that has verified a proof: a stranger pays with a signature for every place he takes. */
  keep(jwk: unknown, key: VerificationKey): void;
};

/** An empty memory; the key that was used longest ago makes room. */
export function proofKeys(): ProofKeys {
  const keys = new LRUCache<string, VerificationKey>({ max: limits.proofKeys });
  return {
    find: (jwk) => keys.get(spelled(jwk)) ?? importPublicJwk(jwk),
    keep(jwk, key) {
      const name = spelled(jwk);
      if (name.length <= limits.proofKeyChars && keys.peek(name) !== key) keys.set(name, key);
    },
  };
}

/** The JWK as it stands in the proof: another spelling is imported, and refused where it is not the canonical one. */
const spelled = (jwk: unknown): string => JSON.stringify(jwk) ?? '';
