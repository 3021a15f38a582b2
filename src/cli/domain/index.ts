// crossgrant domain: the other domains, one file each. A new subcommand is one file and one line here.

import { Command } from 'commander';
import type { CliIo } from '../io.ts';
import { addDomain } from './add.ts';
import { approveDomainKeys } from './approve-keys.ts';
import { listDomains } from './list.ts';
import { promoteDomain } from './promote.ts';
import { removeDomain } from './remove.ts';
import { showDomain } from './show.ts';
import { resumeDomain, suspendDomain } from './suspend.ts';

const subcommands = [
  addDomain,
  listDomains,
  showDomain,
  promoteDomain,
  suspendDomain,
  resumeDomain,
  approveDomainKeys,
  removeDomain,
];

export function domainCommand(io: CliIo): Command {
  const command = new Command('domain').summary('add, list, look at, stop and remove the other domains');
  for (const make of subcommands) command.addCommand(make(io));
  return command;
}
