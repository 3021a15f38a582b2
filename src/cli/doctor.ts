// crossgrant doctor: looks at the whole installation and says what is wrong, what will be, and what to do.

import { Command, InvalidArgumentError } from 'commander';
import { ConfigError } from '../config/problems.ts';
import { ink } from '../demo/ink.ts';
import { examine } from '../doctor/examine.ts';
import { type Finding, type Level, levels } from '../doctor/types.ts';
import { limits } from '../protocol/limits.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import { renderFindings } from './doctor-text.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

type Flags = ConfigFlag & {
  readonly unused?: number;
  readonly strict?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
};

export function doctorCommand(io: CliIo): Command {
  return new Command('doctor')
    .summary('look at the whole installation and say what is wrong')
    .description(
      'Looks at configuration, store, keys, certificates and processes, and reaches every domain, gently. It changes nothing. Exit code 1 when something does not work, 2 when the configuration is wrong.',
    )
    .addOption(configOption(io))
    .option('--unused <days>', 'also tell trust that nobody used for so long, such as 90d', readDays)
    .option('--strict', 'end with 1 for a warning, too')
    .option('--all', 'show what is as it should be, too')
    .option('--json', 'print everything as JSON')
    .action((flags: Flags) => run(flags, io));
}

async function run({ unused, strict, all, json, ...flags }: Flags, io: CliIo): Promise<void> {
  const loaded = await loadConfiguration(flags, io).catch((error: unknown) => {
    if (json && error instanceof ConfigError) printJson({ problems: error.problems }, io);
    throw error;
  });
  const findings = await examine(loaded, {
    now: Date.now,
    progress: (text) => io.stderr.write(`looking at: ${text}\n`),
    unusedDays: unused,
  });
  const counts = countsOf(findings);
  if (json) printJson({ issuer: loaded.settings.issuer, counts, findings }, io);
  else printLine(renderFindings(findings, { all: all === true, ink: ink(io.stdout.isTTY === true) }), io);
  io.exit(counts.error > 0 || (strict && counts.warning > 0) ? 1 : 0);
}

function countsOf(findings: readonly Finding[]): Readonly<Record<Level, number>> {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  return Object.fromEntries(levels.map((level) => [level, count(level)])) as Record<Level, number>;
}

function readDays(text: string): number {
  const days = Number(/^([1-9]\d{0,2})d$/.exec(text)?.[1]);
  if (Number.isNaN(days)) throw new InvalidArgumentError('It is a number of days, such as 90d.');
  if (days > limits.usageDays) throw new InvalidArgumentError(`What was used is counted for ${limits.usageDays} days.`);
  return days;
}
