// Which core does what: the server alone on one, everything that loads and measures it on the other.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The core of the process that is measured. */
export const serverCore = '0';
/** The core of the load generator and of whoever prepares tokens. */
export const loadCore = '1';
export const bothCores = `${serverCore},${loadCore}`;

/** Whether processes can be kept apart: two cores, and taskset (util-linux) to pin with. */
export function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;
}

/** Command and arguments that run node on `cores`, or anywhere when nothing can be pinned. */
export function pinned(cores: string, args: readonly string[]): readonly [string, readonly string[]] {
  // Asked in a process that is pinned itself, `availableParallelism` says 1.
  const pin = process.env[pinnedBefore] === 'yes' || canPin();
  if (!pin) return [process.execPath, args];
  return ['taskset', ['-c', cores, 'env', `${pinnedBefore}=yes`, process.execPath, ...args]];
}

const pinnedBefore = 'CROSSGRANT_BENCH_PINNED';

/** True in a process that `pinned` started on cores of its own. */
export const isPinned = (): boolean => process.env[pinnedBefore] === 'yes';

/** Time of the server's core since boot, in milliseconds: taken away by the hypervisor, and busy for whomever. */
export type CoreTime = { readonly steal: number; readonly busy: number };

/** Reads /proc/stat (man 5 proc_stat); zeros where there is none. */
export function coreTime(): CoreTime {
  const line = readStat().find((text) => text.startsWith(`cpu${serverCore} `)) ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  const millisecondsPerTick = 10;
  return { steal: steal * millisecondsPerTick, busy: (user + nice + system + irq + softirq) * millisecondsPerTick };
}

function readStat(): readonly string[] {
  try {
    return readFileSync('/proc/stat', 'utf8').split('\n');
  } catch {
    return [];
  }
}
