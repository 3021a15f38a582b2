// crossgrant serve: the broker, until it is told to stop.

import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type AdminPlace, listenForOperators } from '../admin/listen.ts';
import { disk } from '../config/reads.ts';
import { openLog } from '../observe/log.ts';
import { linkToPrimary } from '../workers/cluster.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';
import { type Hangups, hearHangups, reloadApp } from './reload.ts';
import { serveUntilStopped } from './serving.ts';
import { serveAsWorker, serveByWorkers } from './workers.ts';

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

async function serve(flags: Flags, io: CliIo): Promise<void> {
  const { workers } = flags;
  const link = workers === undefined ? undefined : linkToPrimary();
  if (link) return serveAsWorker(link, flags, io);
  if (workers !== undefined)
    return serveByWorkers(workers, flags, io, (place, operators) => tellPlace(place, operators, flags, io));
  const hangups = hearHangups(io);
  try {
    await serveAlone(flags, io, hangups);
  } finally {
    hangups.end();
  }
  io.exit(0);
}

async function serveAlone(flags: Flags, io: CliIo, hangups: Hangups): Promise<void> {
  const log = openLog(flags.logLevel);
  let newest = await loadConfiguration(flags, io);
  const loadAgain = async () => {
    newest = await loadConfiguration(flags, io, disk, newest);
    return newest;
  };
  const { issuer, listen, admin } = newest.settings;
  let operators: AdminPlace | undefined;
  await serveUntilStopped(newest, {
    log,
    stop: io.signal,
    watch: async ({ report, explain }) => {
      const listener = await listenForOperators(admin, { reports: async () => [await report()], explain });
      operators = listener;
      return listener;
    },
    listening: (app, port) => {
      tellPlace({ issuer, address: listen.address, port, tls: listen.tls !== undefined }, operators, flags, io);
      hangups.answerBy(() => reloadApp(app, loadAgain, log));
    },
  });
}

type Place = { readonly issuer: string; readonly address: string; readonly port: number; readonly tls: boolean };

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
