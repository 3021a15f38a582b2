// The option every command has that works on a configuration.

import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Loaded } from '../config/compile.ts';
import { loadConfig, type ReadConfig, readConfig } from '../config/load.ts';
import type { Reads } from '../config/reads.ts';
import type { CliIo } from './io.ts';

export type ConfigFlag = { readonly config: string };

/** `--config FILE`, or CROSSGRANT_CONFIG, or crossgrant.yaml in this folder. */
export function configOption(io: CliIo): Option {
  return new Option('-c, --config <file>', 'configuration file (or set CROSSGRANT_CONFIG)').default(
    io.env['CROSSGRANT_CONFIG'] ?? 'crossgrant.yaml',
  );
}

/** Reads it as far as it can be read; throws a ConfigError where it cannot be read at all. */
export function readConfiguration({ config }: ConfigFlag, io: CliIo): ReadConfig {
  return readConfig(resolve(io.cwd, config), io.env);
}

/** Loads it, from the disk unless told otherwise; rejects with a ConfigError. `before` as for loadConfig. */
export function loadConfiguration({ config }: ConfigFlag, io: CliIo, reads?: Reads, before?: Loaded): Promise<Loaded> {
  return loadConfig(resolve(io.cwd, config), io.env, reads, before);
}
