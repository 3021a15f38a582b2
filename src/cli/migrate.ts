// crossgrant migrate: brings the tables of the store up to date, so that serve finds them ready.

import { Command } from 'commander';
import { openStore } from '../app.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

export function migrateCommand(io: CliIo): Command {
  return new Command('migrate')
    .summary('create or update the tables of the store')
    .description('Creates the store where there is none and applies what is missing. serve does the same at its start.')
    .addOption(configOption(io))
    .option('--json', 'print the result as JSON')
    .action(async (flags: ConfigFlag & { json?: boolean }) => {
      const { settings } = await loadConfiguration(flags, io);
      const store = await openStore(settings);
      await store.ping();
      await store.close();
      if (flags.json) printJson({ store: settings.store, current: true }, io);
      else printLine(`${settings.store.path} is up to date`, io);
      io.exit(0);
    });
}
