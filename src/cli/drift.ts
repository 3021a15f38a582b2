// crossgrant drift: whether the files, the version in force and every running process say the same.

import { Command } from 'commander';
import { openForQuestions } from '../asking.ts';
import { type Ink, ink } from '../demo/ink.ts';
import { silentLog } from '../observe/log.ts';
import { type Drift, findDrift } from '../versions/drift.ts';
import { placeOf } from './apply-text.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine, table } from './output.ts';
import { named, summary, time } from './plan-text.ts';

export function driftCommand(io: CliIo): Command {
  return new Command('drift')
    .summary('compare files, the version in force and every running process')
    .description(
      'Says whether the files here, the version in force and the processes that run are the same. Exit code 0 when they are, 1 when ' +
        'something differs, 2 when the files are wrong.',
    )
    .addOption(configOption(io))
    .option('--json', 'print the comparison as JSON')
    .action(async (flags: ConfigFlag & { json?: boolean }) => {
      const loaded = await loadConfiguration(flags, io);
      const { broker, close } = await openForQuestions(loaded, { log: silentLog, now: Date.now });
      try {
        const drift = await findDrift(loaded, broker.store, broker.now());
        if (flags.json) printJson(drift, io);
        else printLine(renderDrift(drift, ink(io.stdout.isTTY === true)), io);
        io.exit(drift.same ? 0 : 1);
      } finally {
        await close();
      }
    });
}

function renderDrift({ version, digest, lines, processes, same }: Drift, ink: Ink): string {
  const inForce = version ? named(version) : 'the files of each machine: no version has been applied to this store';
  const files =
    lines.length === 0
      ? `${digest.slice(0, 12)}${version ? (same || version.digest === digest ? ', as in force' : ', spelled otherwise') : ''}`
      : `${digest.slice(0, 12)}, ${summary(lines)}; see crossgrant plan`;
  const rows = processes.map((process) => [
    placeOf(process),
    process.version === null ? 'files' : `version ${process.version}`,
    process.digest.slice(0, 12),
    `${time(process.seenAt)} UTC`,
    process.drift ?? 'as in force',
  ]);
  return [
    `in force  ${inForce}`,
    `files     ${files}`,
    '',
    processes.length === 0
      ? 'no process runs on this store now'
      : table(['process', 'answers by', 'digest', 'seen', ''], rows),
    '',
    same ? ink.green('nothing differs') : ink.yellow('something differs'),
  ].join('\n');
}
