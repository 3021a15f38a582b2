// The files of this machine as the version they would make: whatever they only try stands beside what counts meanwhile.

import type { Loaded } from '../config/compile.ts';
import { loadVersion, readVersion } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { enforcedTexts, refuseTrials, triesAnything } from '../config/report-only.ts';
import type { InForce } from './in-force.ts';

/**
 * The version after `against`, the one in force. Throws a ConfigError where the files try something and nothing says what counts
 * before it, or where what counts does not fit the other files any more.
 */
export function nextVersion(machine: Loaded, against: InForce | undefined): Loaded {
  if (!triesAnything(machine.files)) return machine;
  const before = against?.loaded;
  if (against === undefined || before === undefined) return refuseTrials(machine);
  const files = { ...machine.texts, ...enforcedTexts(machine, before) };
  const { loaded, problems } = readVersion({ version: numberAfter(against), files }, machine, before);
  if (problems.length > 0) throw new ConfigError(problems);
  return loaded;
}

/** As nextVersion, read in each case as a process will read it. Rejects with a ConfigError whose problems name the version. */
export async function checkedVersion(machine: Loaded, against: InForce | undefined): Promise<Loaded> {
  const next = nextVersion(machine, against);
  // What tries something was read so to be made.
  return next === machine ? loadVersion({ version: numberAfter(against), files: machine.texts }, machine) : next;
}

export const numberAfter = (against: InForce | undefined) => (against?.version.version ?? 0) + 1;
