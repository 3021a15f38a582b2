// One process that serves by itself.

import { type AdminPlace, listenForOperators } from '../admin/listen.ts';
import { disk } from '../config/reads.ts';
import { type LogLevel, openLog } from '../observe/log.ts';
import type { Listening } from '../workers/worker.ts';
import { type ConfigFlag, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { type Hangups, reloadApp } from './reload.ts';
import { serveUntilStopped } from './serving.ts';

type Flags = ConfigFlag & { readonly logLevel: LogLevel };

/** Where it listens. */
export type Place = Pick<Listening, 'issuer' | 'address' | 'port' | 'tls'>;

/** Serves until it is told to stop, and tells where; another configuration is taken at SIGHUP. */
export async function serveAlone(
  flags: Flags,
  io: CliIo,
  hangups: Hangups,
  tell: (place: Place, operators: AdminPlace | undefined) => void,
): Promise<void> {
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
      tell({ issuer, address: listen.address, port, tls: listen.tls !== undefined }, operators);
      hangups.answerBy(() => reloadApp(app, loadAgain, log));
    },
  });
  io.exit(0);
}
