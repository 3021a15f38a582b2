// Chance that can be repeated: everything random in a run follows from its seed, which is printed.

export type Random = {
  /** A whole number from `from` up to and with `to`. */
  between(from: number, to: number): number;
  pick<Each>(of: readonly [Each, ...Each[]]): Each;
};

/** The numbers that follow from `seed`: xorshift of 32 bits, good enough to spread moments. */
export function seeded(seed: number): Random {
  // A state of zero would stay zero.
  let state = seed | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const between: Random['between'] = (from, to) => from + Math.floor(next() * (to - from + 1));
  return { between, pick: (of) => of[between(0, of.length - 1)] ?? of[0] };
}

/** `SEED` repeats an earlier run; else every run is another one. */
export function chosenSeed(): number {
  return Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
}
