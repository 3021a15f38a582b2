// Remembers in this process which proofs were used, no longer than they are fresh.

/**
 * A memory for `firstUse`; at most `most` entries, when full the oldest is dropped. `now` in milliseconds since the epoch, `clock`
 * never going back. A proof is forgotten when both say so: it would be fresh again where `now` jumps ahead and is set right.
 */
export function firstUseMemory(
  now: () => number,
  clock: () => number = now,
  most = 100_000,
): (key: string, expiresAt: number) => boolean {
  const seen = new Map<string, { readonly expiresAt: number; readonly until: number }>();
  const forgetOld = () => {
    for (const [key, { expiresAt, until }] of seen) {
      if ((expiresAt * 1000 > now() || until > clock()) && seen.size <= most) return;
      seen.delete(key);
    }
  };
  return (key, expiresAt) => {
    forgetOld();
    if (seen.has(key)) return false;
    seen.set(key, { expiresAt, until: clock() + (expiresAt * 1000 - now()) });
    return true;
  };
}
