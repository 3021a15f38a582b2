// What can be asked of a run.

import { tmpdir } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Flow, flows } from './flows.ts';
import { type BenchAlgorithm, benchAlgorithms } from './parties.ts';

export const parts = ['rows', 'peers', 'slow-disk', 'growth', 'processes'] as const;
type Part = (typeof parts)[number];

export type BenchOptions = {
  readonly json: boolean;
  readonly quick: boolean;
  readonly profile?: Flow;
  readonly variant: string;
  /** Where the profile goes. */
  readonly output: string;
  readonly algs: readonly BenchAlgorithm[];
  readonly parts: readonly Part[];
  readonly rounds?: number;
  readonly seconds?: number;
  /** A folder of this run. */
  readonly folder: string;
  /** The C source of the library that slows fsync. */
  readonly source: string;
};

/** Reads the arguments; wrong usage ends the process with a message, as commander does. */
export function readOptions(argv: readonly string[]): BenchOptions {
  const asked = new Command('npm run bench --')
    .description('Measures the broker, relative to the signature operations behind each request.')
    .option('--json', 'only JSON on standard output', false)
    .option('--quick', 'ES256 only, short rounds, no growth: within 50 seconds', false)
    .addOption(new Option('--profile <flow>', 'where the CPU goes, instead of measuring').choices(flows))
    .option('--variant <variant>', 'what to profile: cold, warm, dpop-cold, dpop-warm', 'cold')
    .option('--output <folder>', 'where the .cpuprofile goes', tmpdir())
    .addOption(new Option('--algs <alg...>', 'only these').choices(benchAlgorithms).default(benchAlgorithms))
    .addOption(new Option('--parts <part...>', 'only these').choices(parts).default(parts))
    .option('--rounds <count>', 'rounds per line', positive)
    .option('--seconds <seconds>', 'length of the closed loop in each round', positive)
    .addOption(new Option('--folder <folder>', 'where files and databases go').hideHelp().makeOptionMandatory())
    .addOption(new Option('--source <file>', 'library that slows fsync').hideHelp().makeOptionMandatory())
    .parse([...argv])
    .opts<BenchOptions>();
  const inQuick: readonly Part[] = ['rows', 'peers'];
  return asked.quick
    ? { ...asked, algs: ['ES256'], parts: inQuick.filter((part) => asked.parts.includes(part)) }
    : asked;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above zero.');
  return value;
}
