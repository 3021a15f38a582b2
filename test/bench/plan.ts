// How long and how often: the full table, or what fits into less than a minute.

import type { BenchOptions } from './options.ts';
import type { BenchAlgorithm } from './parties.ts';
import type { RoundsPlan } from './rounds.ts';

/** The full table takes about half an hour; most of it for the algorithm we sign with unless told otherwise. */
const full = { closedSeconds: 2, openSeconds: 2, floorMs: 400, rounds: 7, warmUp: 3000 };
const fullOfOthers = { closedSeconds: 1.5, openSeconds: 1.5, rounds: 3, warmUp: 1500 };
const quick = { closedSeconds: 0.3, openSeconds: 0.3, floorMs: 100, rounds: 5, warmUp: 600 };
/** Milliseconds after which a quick run begins nothing more. */
const quickEnds = 38_000;

/** What the options say about rounds, for one algorithm; `say` is told what is measured next and how many seconds it took to get there. */
export function planOf(options: BenchOptions, alg: BenchAlgorithm, say: (text: string) => void): RoundsPlan {
  const seconds = () => (performance.now() / 1000).toFixed(0).padStart(5);
  const { seconds: length, rounds } = options;
  const usual = { ...(options.quick ? quick : full), ...(alg !== 'ES256' && fullOfOthers) };
  return {
    ...usual,
    ...(length !== undefined && shortened(usual, length)),
    ...(rounds !== undefined && { rounds }),
    deadline: options.quick ? quickEnds : Number.POSITIVE_INFINITY,
    progress: (text) => say(`${seconds()} s  ${text}`),
  };
}

/** Rounds of another length, and as much less or more to get warm. */
function shortened({ closedSeconds, warmUp }: typeof quick, length: number) {
  const requests = Math.max(20, Math.round((warmUp * length) / closedSeconds));
  return { closedSeconds: length, openSeconds: length, warmUp: requests };
}
