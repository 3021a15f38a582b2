// The keys inside DPoP proofs, remembered: a client keeps its key, and importing it anew costs as much as a signature.

import { importPublicJwk, type VerificationKey } from '../../jose/jwk.ts';
import { limits } from '../../protocol/limits.ts';
import { boundedMemory } from '../../protocol/memory.ts';

/** A key, and how to remember it. */
export type FoundKey = {
  readonly key: VerificationKey;
  /** To be called once the key has verified a proof: a stranger pays with a signature for every place he takes. */
  keep(): void;
};

/** Imports depend on nothing but the JWK, so that what is remembered never goes out of date. */
export type ProofKeys = {
  /** As importPublicJwk; throws KeyError. */
  find(jwk: unknown): FoundKey;
};

/** An empty memory; the key that was used longest ago makes room. */
export function proofKeys(): ProofKeys {
  const keys = boundedMemory<VerificationKey>({ max: limits.proofKeys });
  return {
    find(jwk) {
      const name = spelled(jwk);
      const known = keys.get(name);
      if (known !== undefined) return { key: known, keep: () => {} };
      const key = importPublicJwk(jwk);
      return { key, keep: () => void (name.length <= limits.proofKeyChars && keys.set(name, key)) };
    },
  };
}

/** The JWK as it stands in the proof: another spelling is imported, and refused where it is not the canonical one. */
const spelled = (jwk: unknown): string => JSON.stringify(jwk) ?? '';
