// Under which conditions was measured: a ratio is worth what these are.

import { statfsSync } from 'node:fs';
import { cpus } from 'node:os';
import { isPinned, loadCore, serverCore } from './cores.ts';

/** statfs(2): what holds its files in memory, where a commit costs nothing. */
const tmpfs = 0x01021994;

export function describeMachine(folder: string): Readonly<Record<string, string | number | boolean>> {
  const processors = cpus();
  return {
    node: process.version,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    pinning: isPinned()
      ? `server on core ${serverCore}, load on core ${loadCore}`
      : 'none: needs two cores and taskset',
    store:
      statfsSync(folder).type === tmpfs
        ? 'in memory (tmpfs): commits cost nothing here'
        : 'SQLite on disk, synchronous=FULL',
  };
}
