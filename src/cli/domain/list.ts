// crossgrant domain list: every other domain on a line, with how it is doing.

import { Command } from 'commander';
import { trialSites } from '../../config/report-only.ts';
import type { DomainConfig } from '../../config/schema/domain.ts';
import { type DomainHealth, domainsHealth } from '../../partners/health.ts';
import type { Suspension } from '../../store/store.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import type { CliIo } from '../io.ts';
import { printJson, printLine, table } from '../output.ts';
import { readStore } from '../store-reading.ts';
import { sinceBy } from '../suspended.ts';
import { healthCells, healthNotes } from './health-text.ts';

export function listDomains(io: CliIo): Command {
  return new Command('list')
    .description(
      'Lists the other domains: what each is for, its state, and how it is doing as far as a broker that served has noted it.',
    )
    .addOption(configOption(io))
    .option('--json', 'print them as JSON')
    .action(async (flags: ConfigFlag & { json?: boolean }) => {
      const loaded = await loadConfiguration(flags, io);
      const now = Date.now();
      const { health, suspended } = await readStore(loaded, io, async (store) => ({
        health: await domainsHealth(loaded, store, now),
        suspended: ((await store?.listSuspensions()) ?? []).filter(({ kind }) => kind === 'domain'),
      }));
      const tried = trialSites(loaded.files);
      const domains = loaded.files.domains.map(({ domain, config }) => ({
        name: domain,
        issuer: config.issuer,
        state: config.state,
        reportOnly: tried.flatMap(({ file, rule }) => (file.domain === domain && rule !== undefined ? [rule] : [])),
        for: purposes(config),
        expires: config.expires ?? null,
        contact: config.contact,
        health: health.find(({ name }) => name === domain) ?? null,
        suspended: suspended.find(({ issuer }) => issuer === config.issuer) ?? null,
      }));
      const others = suspended.filter(({ issuer }) => domains.every((domain) => domain.issuer !== issuer));
      if (flags.json) printJson({ domains, others }, io);
      else printLine([render(domains, now), ...others.map(toldOther)].join('\n'), io);
      io.exit(0);
    });
}

type Listed = Readonly<Record<'name' | 'issuer' | 'state', string>> & {
  /** Rules of it that are in report-only. */
  readonly reportOnly: readonly string[];
  readonly for: readonly string[];
  readonly expires: string | null;
  /** Null for our own issuer. */
  readonly health: DomainHealth | null;
  /** By command, whatever its file says. */
  readonly suspended: Suspension | null;
};

/** The parts of the file that are there. */
function purposes({ subjects, send, accept }: DomainConfig): readonly string[] {
  return Object.entries({ subjects, send, accept }).flatMap(([name, part]) => (part === undefined ? [] : [name]));
}

function render(domains: readonly Listed[], now: number): string {
  if (domains.length === 0) return 'no other domain is configured';
  const rows = domains.map(({ name, state, reportOnly, suspended, for: parts, expires, issuer, health }) => {
    const cells = health ? healthCells(health, expires ?? undefined, now) : ['ours', '', '', '', expires ?? 'never'];
    const standing =
      suspended === null ? `${state}${reportOnly.length > 0 ? ', partly report-only' : ''}` : 'suspended';
    return [name, standing, parts.join(', '), ...cells, issuer];
  });
  const head = ['domain', 'state', 'for', 'keys', 'fetched', 'exchange', 'clock', 'trust ends', 'issuer'];
  const notes = domains.flatMap(({ name, health, suspended }) => [
    ...(suspended === null ? [] : [`${name}: suspended ${sinceBy(suspended)}`]),
    ...(health ? healthNotes(health, now) : []),
  ]);
  return [table(head, rows), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

/** Suspended although no file is about it: chains may come through it, or its file was removed. */
const toldOther = (suspension: Suspension) => `suspended without a file: ${suspension.issuer}, ${sinceBy(suspension)}`;
