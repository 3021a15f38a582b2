// crossgrant migrate: brings the tables of the store up to date, so that serve finds them ready.

import { Command } from 'commander';
import { openStore } from '../app.ts';
import { nameOfStore } from '../config/store.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

export function migrateCommand(io: CliIo): Command {
  return new Command('migrate')
    .summary('create or update the tables of the store')
    .description(
      'Creates the tables where there are none and applies what is missing. serve does the same at its start; on PostgreSQL ' +
        'it need not be able to when a role with more rights ran this before.',
    )
    .addOption(configOption(io))
    .option('--json', 'print the result as JSON')
    .action(async (flags: ConfigFlag & { json?: boolean }) => {
      const { settings } = await loadConfiguration(flags, io);
      const store = await openStore(settings);
      await store.ping();
      await store.close();
      if (flags.json) printJson({ store: nameOfStore(settings), current: true }, io);
      else printLine(`${nameOfStore(settings)} is up to date`, io);
      io.exit(0);
    });
}
