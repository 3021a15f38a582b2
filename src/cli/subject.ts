// crossgrant subject: people who were stopped, by the name an issuer or we ourselves know them by.

import { Command } from 'commander';
import type { Broker } from '../broker.ts';
import { type ConfigFlag, configOption } from './configuration.ts';
import type { CliIo } from './io.ts';
import { date, printJson, printLine, table } from './output.ts';
import { resumeCommand, type StopFlags, steering, suspendCommand } from './stopping.ts';
import { subjectTarget } from './target.ts';

type Flags = StopFlags & { readonly issuer?: string };

export function subjectCommand(io: CliIo): Command {
  const find = (sub: string, { issuer }: Flags, broker: Broker) => subjectTarget(sub, issuer, broker);
  const whose = (command: Command) =>
    command
      .argument('<sub>', 'its name: `sub` of tokens')
      .option('--issuer <issuer>', 'who calls it so, by issuer identifier or name of the domain; without it, we do');
  return new Command('subject')
    .summary('list, suspend and resume people')
    .addCommand(listSubjects(io))
    .addCommand(whose(suspendCommand<Flags>('subject', find, io)))
    .addCommand(whose(resumeCommand<Flags>('subject', find, io)));
}

function listSubjects(io: CliIo): Command {
  return new Command('list')
    .description('Lists the people who are suspended.')
    .addOption(configOption(io))
    .option('--json', 'print them as JSON')
    .action((flags: ConfigFlag & { json?: boolean }) =>
      steering(flags, io, async ({ broker }) => {
        const subjects = broker.suspensions.list().filter(({ kind }) => kind === 'subject');
        const rows = subjects.map(({ issuer, name, at, author, reason }) => [
          name,
          issuer === broker.issuer ? 'us' : (broker.domains.get(issuer)?.name ?? issuer),
          date(at / 1000),
          author,
          reason ?? '',
        ]);
        if (flags.json) printJson({ subjects }, io);
        else
          printLine(
            rows.length === 0 ? 'nobody is suspended' : table(['subject', 'of', 'since (UTC)', 'by', 'reason'], rows),
            io,
          );
        return 0;
      }),
    );
}
