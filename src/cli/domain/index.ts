// crossgrant domain: the other domains, one file each. A new subcommand is one file and one line here.

import { Command } from 'commander';
import type { CliIo } from '../io.ts';
import { listDomains } from './list.ts';
import { showDomain } from './show.ts';

const subcommands = [listDomains, showDomain];

export function domainCommand(io: CliIo): Command {
  const command = new Command('domain').summary('list and look at the other domains');
  for (const make of subcommands) command.addCommand(make(io));
  return command;
}
