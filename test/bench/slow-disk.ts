// Latency on a slow disk: the same broker with a library in front of libc that makes every fsync two milliseconds slower.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { worksOf } from './flows.ts';
import { startOurs } from './ours.ts';
import { type Row, rowOf } from './result.ts';
import { playRounds, type RoundsPlan } from './rounds.ts';

/** Rows of the slow disk, or why there are none. */
export async function measureSlowDisk(
  folder: string,
  source: string,
  plan: RoundsPlan,
): Promise<readonly Row[] | string> {
  const library = join(folder, 'slow-fsync.so');
  const { status } = spawnSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl']);
  if (status !== 0) return 'not measured: it needs gcc';
  const ours = await startOurs({ folder: join(folder, 'slow-disk'), alg: 'ES256', env: { LD_PRELOAD: library } });
  try {
    const works = worksOf(false).filter(({ flow, variant }) => flow !== 'introspect' && variant === 'cold');
    const candidates = works.map((work) => ours.candidate(work));
    const played = await playRounds(candidates, {
      ...plan,
      warmUp: 3 * plan.warmUp,
      progress: (text) => plan.progress(`slow disk: ${text}`),
    });
    return [...played].map(([{ work }, one]) => rowOf(work, 'ES256', one));
  } finally {
    await ours.stop();
  }
}
