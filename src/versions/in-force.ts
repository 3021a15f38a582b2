// The version that is in force, read with the secrets of this machine.

import type { Loaded } from '../config/compile.ts';
import { readVersion } from '../config/load.ts';
import { ConfigError, type ConfigProblem } from '../config/problems.ts';
import type { ConfigVersion } from '../store/store.ts';

/** `loaded` is undefined when its files do not even read; with `problems` it can be compared, and must not serve. */
export type InForce = {
  readonly version: ConfigVersion;
  readonly loaded: Loaded | undefined;
  readonly problems: readonly ConfigProblem[];
};

/** Reads a version to be compared with, whatever is missing on this machine. */
export function readInForce(version: ConfigVersion, machine: Loaded): InForce {
  try {
    return { version, ...readVersion(version, machine) };
  } catch (error) {
    if (error instanceof ConfigError) return { version, loaded: undefined, problems: error.problems };
    throw error;
  }
}
