// crossgrant domain show: one domain, and in plain words what it may do.

import { Command } from 'commander';
import { summarize, told } from '../allowed.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import type { CliIo } from '../io.ts';
import { printJson, printLine } from '../output.ts';
import { domainNamed } from './named.ts';

export function showDomain(io: CliIo): Command {
  return new Command('show')
    .description('Shows one domain: who it is, whom to call, and what it may do.')
    .argument('<name>', 'its name: the file in `domains` without .yaml')
    .addOption(configOption(io))
    .option('--json', 'print it as JSON')
    .action(async (name: string, flags: ConfigFlag & { json?: boolean }) => {
      const loaded = await loadConfiguration(flags, io);
      const { name: file, config } = domainNamed(name, loaded);
      const allows = summarize(loaded).domains.find((domain) => domain.name === name)?.allows ?? [];
      const { issuer, state, contact, expires = 'never' } = config;
      const facts = { name, issuer, state, expires, contact, file };
      if (flags.json) printJson({ ...facts, allows }, io);
      else {
        const lines = Object.entries(facts).map(([what, value]) => `${what.padEnd(8)} ${value}`);
        printLine([...lines, '', ...allows.map(told)].join('\n'), io);
      }
      io.exit(0);
    });
}
