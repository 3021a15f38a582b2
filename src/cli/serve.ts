// crossgrant serve: the broker, until it is told to stop.

import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { AdminPlace } from '../admin/listen.ts';
import { linkToPrimary } from '../workers/cluster.ts';
import { type ConfigFlag, configOption } from './configuration.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';
import { hearHangups } from './reload.ts';
import type { Place } from './serve-alone.ts';

type Flags = ConfigFlag & {
  readonly json?: boolean;
  readonly logLevel: (typeof logLevels)[number];
  readonly workers?: number;
};

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** More processes than this on one machine are a slip of the keyboard. */
const mostWorkers = 256;

export function serveCommand(io: CliIo): Command {
  return new Command('serve')
    .summary('run the broker')
    .description(
      'Runs the broker until Ctrl-C or SIGTERM; requests under way are finished first. SIGHUP reads the configuration again.',
    )
    .addOption(configOption(io))
    .addOption(new Option('--log-level <level>', 'what is logged').choices(logLevels).default('info'))
    .addOption(
      new Option(
        '--workers <count>',
        'serve by this many processes on one socket, or `auto`: one for each CPU',
      ).argParser(readWorkers),
    )
    .option('--json', 'say where it listens as JSON')
    .action((flags: Flags) => serve(flags, io));
}

/** What serves is loaded once it is known in which of three ways: a primary of workers needs no broker. */
async function serve(flags: Flags, io: CliIo): Promise<void> {
  const { workers } = flags;
  const link = workers === undefined ? undefined : linkToPrimary();
  // In a worker nothing comes of it: a terminal tells all processes, and what is to be done about it the primary decides.
  const hangups = hearHangups(io);
  const tell = (place: Place, operators: AdminPlace | undefined) => tellPlace(place, operators, flags, io);
  try {
    if (link) {
      const { serveAsWorker } = await import('./serve-as-worker.ts');
      await serveAsWorker(link, flags, io);
    } else if (workers !== undefined) {
      const { serveByWorkers } = await import('./serve-by-workers.ts');
      await serveByWorkers(workers, flags, io, hangups, tell);
    } else {
      const { serveAlone } = await import('./serve-alone.ts');
      await serveAlone(flags, io, hangups, tell);
    }
  } finally {
    hangups.end();
  }
}

function tellPlace(
  { issuer, address, port, tls }: Place,
  operators: AdminPlace | undefined,
  { json }: Flags,
  io: CliIo,
): void {
  const admin = operators && { address: operators.address, port: operators.port };
  if (json) {
    printJson({ issuer, address, port, tls, ...(admin && { admin }) }, io);
    return;
  }
  printLine(`${issuer} is served at ${tls ? 'https' : 'http'}://${address}:${port}`, io);
  if (admin) printLine(`health and metrics are at http://${admin.address}:${admin.port}`, io);
}

function readWorkers(value: string): number {
  if (value === 'auto') return availableParallelism();
  const count = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (count < 1 || count > mostWorkers) {
    throw new InvalidArgumentError(`Give a number from 1 to ${mostWorkers}, or auto.`);
  }
  return count;
}
