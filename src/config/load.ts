// Loads a configuration: files, schema, cross-checks, references; nothing is left to be found out later.

import { crossCheck } from './check/index.ts';
import { type Loaded, tryCompile } from './compile.ts';
import { allFiles } from './files.ts';
import { type Fault, throwFaults } from './problems.ts';
import { readFiles } from './read-files.ts';
import { disk, type Reads } from './reads.ts';
import { type Environment, openSources } from './references.ts';
import { readSettings } from './settings.ts';

export type { Loaded } from './compile.ts';

/**
 * Loads crossgrant.yaml at `path` and the folder of domains it names; `env` holds the secrets. Rejects with a
 * ConfigError that lists every problem. What loads also compiles.
 */
export async function loadConfig(path: string, env: Environment, reads: Reads = disk): Promise<Loaded> {
  const files = readFiles(path, reads);
  const sources = openSources(env, files.main.config.network.loopback_http, reads);
  const faults: Fault[] = [...crossCheck(files)];
  const loaded = { files, sources, settings: readSettings(files.main, sources, faults) };
  throwFaults([...faults, ...tryCompile(loaded, nothingAround).faults], allFiles(files));
  return loaded;
}

/** For trying a configuration: compiling neither fetches nor signs. */
const nothingAround = {
  fetch: () => Promise.reject(new Error('nothing is fetched while a configuration is loaded')),
  now: () => 0,
  signerKeys: { find: () => undefined },
};
