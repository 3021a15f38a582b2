// crossgrant bundle: one signed file instead of ids that two admins copy from each other's screens.

import { Command } from 'commander';
import type { CliIo } from '../io.ts';
import { exportBundle } from './export.ts';
import { importBundle } from './import.ts';
import { showBundle } from './show.ts';

const subcommands = [exportBundle, importBundle, showBundle];

export function bundleCommand(io: CliIo): Command {
  const command = new Command('bundle').summary('exchange what two domains must know of each other, as signed files');
  for (const make of subcommands) command.addCommand(make(io));
  return command;
}
