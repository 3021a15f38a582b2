// A JWS as somebody presented it, and a memory of those found good: the same token again costs no second verification.

import { tokenHash } from '../audit/token-hash.ts';
import type { VerificationKey } from '../jose/jwk.ts';
import { type DecodedJws, decodeJws, verifyJws } from '../jose/jws.ts';
import { limits } from '../protocol/limits.ts';
import { boundedMemory } from '../protocol/memory.ts';

/** A token taken apart, not yet believed. */
export type PresentedJws = {
  readonly jws: DecodedJws;
  /** Throws JwsError unless the signature is one of `key`. */
  verify(key: VerificationKey): void;
  /** The token passed every check: it may be remembered. */
  keep(): void;
};

/** What decides here is only ever a signature: whoever holds the memory asks for the key, the claims and the times anew. */
export type SeenTokens = {
  /** Takes a token apart. Throws JwsError. */
  read(token: string): PresentedJws;
};

/** A token that is good once, and so not worth remembering. Throws JwsError. */
export function presentedOnce(token: string): PresentedJws {
  const jws = decodeJws(token);
  return { jws, verify: (key) => verifyJws(jws, key), keep: () => {} };
}

/**
 * Remembers tokens by their hash together with the key object that verified them. Another key — rotated, fetched again,
 * of another issuer — verifies anew, so that nothing a key no longer stands for passes.
 */
export function seenTokens(): SeenTokens {
  const seen = boundedMemory<{ readonly jws: DecodedJws; readonly key: VerificationKey }>({
    max: limits.seenTokens,
    maxSize: limits.seenTokenChars,
    size: ({ jws }) => jws.signingInput.length,
  });
  return {
    read(token) {
      const name = tokenHash(token);
      const known = seen.get(name);
      const jws = known?.jws ?? decodeJws(token);
      let key = known?.key;
      return {
        jws,
        verify(asked) {
          if (key?.key === asked.key) return;
          verifyJws(jws, asked);
          key = asked;
        },
        keep() {
          if (key !== undefined && key !== known?.key) seen.set(name, { jws: standingAlone(jws), key });
        },
      };
    },
  };
}

/** A copy that holds on to nothing: signature and text are parts of a buffer of 8 KB and of the whole request they came in. */
function standingAlone(jws: DecodedJws): DecodedJws {
  const signature = Buffer.alloc(jws.signature.length);
  jws.signature.copy(signature);
  return { ...jws, signature, signingInput: Buffer.from(jws.signingInput, 'latin1').toString('latin1') };
}
