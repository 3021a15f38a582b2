// crossgrant serve: the broker, until it is told to stop.

import { Command, Option } from 'commander';
import { openApp } from '../app.ts';
import { listen } from '../listen.ts';
import { openLog } from '../observe/log.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

type Flags = ConfigFlag & { readonly json?: boolean; readonly logLevel: (typeof logLevels)[number] };

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export function serveCommand(io: CliIo): Command {
  return new Command('serve')
    .summary('run the broker')
    .description('Runs the broker until Ctrl-C or SIGTERM; requests under way are finished first.')
    .addOption(configOption(io))
    .addOption(new Option('--log-level <level>', 'what is logged').choices(logLevels).default('info'))
    .option('--json', 'say where it listens as JSON')
    .action((flags: Flags) => serve(flags, io));
}

async function serve(flags: Flags, io: CliIo): Promise<void> {
  const loaded = await loadConfiguration(flags, io);
  const { issuer, listen: place } = loaded.settings;
  const app = await openApp(loaded, { log: openLog(flags.logLevel) });
  try {
    const listener = await listen(app.http, place);
    const { port } = listener;
    if (flags.json) printJson({ issuer, address: place.address, port, tls: place.tls !== undefined }, io);
    else printLine(`${issuer} is served at ${place.tls ? 'https' : 'http'}://${place.address}:${port}`, io);
    await aborted(io.signal);
    await listener.stop();
  } finally {
    await app.close();
  }
  io.exit(0);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
