// How long and how often: the full table, or what fits into less than a minute.

import type { BenchOptions } from './options.ts';
import type { RoundsPlan } from './rounds.ts';

/** `progress` is told what is measured next, after the seconds since the start. */
export function planOf({ quick, rounds, seconds }: BenchOptions, say: (text: string) => void): RoundsPlan {
  const started = performance.now();
  const progress = (text: string) => say(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`);
  const plan: RoundsPlan = quick
    ? {
        closedSeconds: 0.35,
        openSeconds: 0.35,
        floorMs: 100,
        rounds: 5,
        warmUp: 600,
        deadline: started + 34_000,
        progress,
      }
    : {
        closedSeconds: 2,
        openSeconds: 2,
        floorMs: 400,
        rounds: 9,
        warmUp: 4000,
        deadline: Number.POSITIVE_INFINITY,
        progress,
      };
  const length = seconds === undefined ? {} : { closedSeconds: seconds, openSeconds: seconds };
  return { ...plan, ...length, ...(rounds !== undefined && { rounds }) };
}
