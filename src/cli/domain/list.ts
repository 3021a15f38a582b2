// crossgrant domain list: every other domain on a line.

import { Command } from 'commander';
import type { DomainConfig } from '../../config/schema/domain.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import type { CliIo } from '../io.ts';
import { printJson, printLine, table } from '../output.ts';

export function listDomains(io: CliIo): Command {
  return new Command('list')
    .description('Lists the other domains: what each is for, and its state.')
    .addOption(configOption(io))
    .option('--json', 'print them as JSON')
    .action(async (flags: ConfigFlag & { json?: boolean }) => {
      const { files } = await loadConfiguration(flags, io);
      const domains = files.domains.map(({ domain, config }) => ({
        name: domain,
        issuer: config.issuer,
        state: config.state,
        for: purposes(config),
        expires: config.expires ?? null,
        contact: config.contact,
      }));
      if (flags.json) printJson({ domains }, io);
      else printLine(render(domains), io);
      io.exit(0);
    });
}

type Listed = Readonly<Record<'name' | 'issuer' | 'state' | 'contact', string>> & {
  readonly for: readonly string[];
  readonly expires: string | null;
};

/** The parts of the file that are there. */
function purposes({ subjects, send, accept }: DomainConfig): readonly string[] {
  return Object.entries({ subjects, send, accept }).flatMap(([name, part]) => (part === undefined ? [] : [name]));
}

function render(domains: readonly Listed[]): string {
  if (domains.length === 0) return 'no other domain is configured';
  const rows = domains.map(({ name, state, for: parts, expires, issuer, contact }) => [
    name,
    state,
    parts.join(', '),
    expires ?? 'never',
    issuer,
    contact,
  ]);
  return table(['domain', 'state', 'for', 'expires', 'issuer', 'contact'], rows);
}
