// crossgrant check: everything serve does up to listening, and in plain words what the configuration allows.

import { Command } from 'commander';
import { ConfigError, printProblem } from '../config/problems.ts';
import { counted, type Summary, summarize, told, toldProfile } from './allowed.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

export function checkCommand(io: CliIo): Command {
  return new Command('check')
    .summary('check the configuration and say what it allows')
    .description(
      'Reads the configuration exactly as serve does, without listening, writing or fetching. Exit code 2 when something is wrong.',
    )
    .addOption(configOption(io))
    .option('--strict', 'end with 1 when there is a warning')
    .option('--json', 'print the result as JSON')
    .action(async (flags: ConfigFlag & { json?: boolean; strict?: boolean }) => {
      const loaded = await loadConfiguration(flags, io).catch((error: unknown) => {
        if (flags.json && error instanceof ConfigError) printJson({ ok: false, problems: error.problems }, io);
        throw error;
      });
      const summary = summarize(loaded);
      if (flags.json) printJson({ ok: true, ...summary }, io);
      else printLine(render(summary), io);
      io.exit(flags.strict && summary.warnings.length + summary.advice.length > 0 ? 1 : 0);
    });
}

function render({ issuer, store, clients, domains, own, warnings, advice }: Summary): string {
  const blocks = domains.map(({ name, issuer: theirs, state, profile, allows }) =>
    [
      `${name}  ${theirs}${state === 'enforce' ? '' : `  (${state})`}`,
      ...(profile ? [toldProfile(profile)] : []),
      ...allows.map(told),
    ].join('\n'),
  );
  const ours = own.length > 0 ? [['our own resources', ...own.map(told)].join('\n')] : [];
  return [
    `${issuer}: the configuration is good (${counted(clients, 'client')}, ${counted(domains.length, 'domain')})\nkeys, tokens and the audit trail are kept in ${store}`,
    ...blocks,
    ...ours,
    ...warnings.map(
      ({ domain, problem, remedy }) => `warning: ${domain ?? 'the configuration'}: ${problem}\n  ${remedy}`,
    ),
    ...advice.map((problem) => `warning: ${printProblem(problem)}`),
  ].join('\n\n');
}
