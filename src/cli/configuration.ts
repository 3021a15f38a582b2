// The option every command has that works on a configuration. What reads one is loaded when one is read.

import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Loaded } from '../config/compile.ts';
import type { ReadConfig } from '../config/load.ts';
import type { Reads } from '../config/reads.ts';
import type { CliIo } from './io.ts';

export type ConfigFlag = { readonly config: string };

/** `--config FILE`, or CROSSGRANT_CONFIG, or crossgrant.yaml in this folder. */
export function configOption(io: CliIo): Option {
  return new Option('-c, --config <file>', 'configuration file (or set CROSSGRANT_CONFIG)').default(
    io.env['CROSSGRANT_CONFIG'] ?? 'crossgrant.yaml',
  );
}

/** Reads it as far as it can be read; rejects with a ConfigError where it cannot be read at all. */
export async function readConfiguration({ config }: ConfigFlag, io: CliIo): Promise<ReadConfig> {
  const { readConfig } = await import('../config/load.ts');
  return readConfig(resolve(io.cwd, config), io.env);
}

/** Loads it, from the disk unless told otherwise; rejects with a ConfigError. `before` as for loadConfig. */
export async function loadConfiguration(
  { config }: ConfigFlag,
  io: CliIo,
  reads?: Reads,
  before?: Loaded,
): Promise<Loaded> {
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig(resolve(io.cwd, config), io.env, reads, before);
}
