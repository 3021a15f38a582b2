// Remembers in this process which proofs were used, no longer than they are fresh.

/** A memory for `firstUse`; `now` in milliseconds, at most `most` entries. When full the oldest is dropped. */
export function firstUseMemory(now: () => number, most = 100_000): (key: string, expiresAt: number) => boolean {
  const seen = new Map<string, number>();
  const forgetOld = () => {
    const at = now() / 1000;
    for (const [key, expiresAt] of seen) {
      if (expiresAt > at && seen.size <= most) return;
      seen.delete(key);
    }
  };
  return (key, expiresAt) => {
    forgetOld();
    if (seen.has(key)) return false;
    seen.set(key, expiresAt);
    return true;
  };
}
