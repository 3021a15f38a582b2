// The key under which a single use is remembered: short, of fixed size, and telling nothing of the id.

import { hash } from 'node:crypto';
import type { SingleUse } from './store.ts';

const digestBytes = 16;

/**
 * 16 bytes of SHA-256 over kind, issuer and id. They are joined as a JSON array, so that no issuer can choose an id
 * that runs into the namespace of another (`a` + `b|c` is not `a|b` + `c`).
 */
export function singleUseDigest({ kind, issuer, id }: SingleUse): Buffer {
  return hash('sha256', JSON.stringify([kind, issuer, id]), 'buffer').subarray(0, digestBytes);
}
