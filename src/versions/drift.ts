// Whether everything that should say the same does: the files, the version in force, and each running process.

import type { Loaded } from '../config/compile.ts';
import { digestOf } from '../config/version-files.ts';
import { livingFor } from '../store/processes.ts';
import type { ProcessReport, Store, VersionEntry } from '../store/store.ts';
import type { Line } from './diff/parts.ts';
import { type InForce, readInForce } from './in-force.ts';
import { nextVersion } from './next.ts';
import { differences } from './plan.ts';

export type ProcessDrift = ProcessReport & {
  /** Why it differs; null: it answers by what is in force. */
  readonly drift: string | null;
};

export type Drift = {
  /** Undefined: nothing was applied, and the files of each machine are in force there. */
  readonly version: VersionEntry | undefined;
  /** Of the files here. */
  readonly digest: string;
  /** What applying the files would change; empty: they are what is in force. */
  readonly lines: readonly Line[];
  readonly processes: readonly ProcessDrift[];
  /** True: nothing differs. */
  readonly same: boolean;
};

/** Compares the files with the version in force, and the running processes with both. `now` in milliseconds. */
export async function findDrift(
  files: Loaded,
  store: Pick<Store, 'currentVersion' | 'listProcesses'>,
  now: number,
): Promise<Drift> {
  const digest = digestOf(files.texts);
  const current = await store.currentVersion();
  const inForce = current && readInForce(current, files);
  const processes = (await store.listProcesses(now - livingFor)).map((process) => ({
    ...process,
    drift: driftOf(process, digest, inForce),
  }));
  const filesDiffer = inForce !== undefined && inForce.version.digest !== digest;
  const lines = filesDiffer ? differences(inForce.loaded, nextVersion(files, inForce)) : [];
  const same = !filesDiffer && processes.every(({ drift }) => drift === null);
  return { version: entryOf(inForce), digest, lines, processes, same };
}

function entryOf(inForce: InForce | undefined): VersionEntry | undefined {
  if (inForce === undefined) return undefined;
  const { files: _files, ...entry } = inForce.version;
  return entry;
}

function driftOf(process: ProcessReport, files: string, inForce: InForce | undefined): string | null {
  if (process.problem !== null) return process.problem;
  if (inForce === undefined) return process.digest === files ? null : 'it answers by other files than these';
  const { version } = inForce.version;
  if (process.version === version) return null;
  const by = process.version === null ? 'the files of its machine' : `version ${process.version}`;
  return `it answers by ${by}, and has not heard of version ${version}`;
}
