// One party's own clock: that of the world, and as much beside it as a test sets it wrong.

import type { WorldClock } from './clock.ts';

export type PartyClock = Pick<WorldClock, 'now' | 'seconds' | 'elapsed'> & {
  /** Goes wrong by so many milliseconds more; the answer sets it right again. What is cached does not age by it. */
  skew(ms: number): () => void;
};

export function partyClock(world: WorldClock): PartyClock {
  let wrongBy = 0;
  const now = () => world.now() + wrongBy;
  return {
    now,
    seconds: () => Math.floor(now() / 1000),
    elapsed: world.elapsed,
    skew(ms) {
      wrongBy += ms;
      return () => {
        wrongBy -= ms;
      };
    },
  };
}
