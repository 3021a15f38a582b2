// crossgrant domain show: one domain, in plain words what it may do, how it is doing, and what it was used for.

import { Command } from 'commander';
import type { Loaded } from '../../config/compile.ts';
import { type NamedTrial, trialsIn } from '../../config/report-only.ts';
import { type DomainHealth, domainsHealth } from '../../partners/health.ts';
import { type DomainUse, type TrialUse, trialUse, useOf } from '../../partners/use.ts';
import type { Store, Suspension } from '../../store/store.ts';
import { readInForce } from '../../versions/in-force.ts';
import { type Allowed, summarize, told } from '../allowed.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import type { CliIo } from '../io.ts';
import { date, printJson, printLine } from '../output.ts';
import { readStore } from '../store-reading.ts';
import { sinceBy } from '../suspended.ts';
import { healthCells, healthNotes } from './health-text.ts';
import { domainNamed } from './named.ts';
import { trialLines } from './trial-text.ts';

export function showDomain(io: CliIo): Command {
  return new Command('show')
    .description(
      'Shows one domain: who it is, whom to call, what it may do, how it is doing, and its use in thirty days.',
    )
    .argument('<name>', 'its name: the file in `domains` without .yaml')
    .addOption(configOption(io))
    .option('--json', 'print it as JSON')
    .action(async (name: string, flags: ConfigFlag & { json?: boolean }) => {
      const loaded = await loadConfiguration(flags, io);
      const { name: file, config } = domainNamed(name, loaded);
      const now = Date.now();
      const isItself = ({ kind, issuer }: Suspension) => kind === 'domain' && issuer === config.issuer;
      const noted = await readStore(loaded, io, async (store) => ({
        health: (await domainsHealth(loaded, store, now)).find((health) => health.name === name) ?? null,
        use: store ? await useOf(name, store, now) : null,
        suspended: (await store?.listSuspensions())?.find(isItself) ?? null,
        trial: store ? await trialOf(name, loaded, store) : null,
      }));
      const allows = summarize(loaded).domains.find((domain) => domain.name === name)?.allows ?? [];
      const { issuer, state, contact, expires = 'never' } = config;
      const facts = { name, issuer, state, expires, contact, file };
      if (flags.json) printJson({ ...facts, allows, ...noted }, io);
      else {
        const lines = Object.entries(facts).map(([what, value]) => line(what, value));
        printLine([...lines, ...notedLines(noted, allows, config.expires, now)].join('\n'), io);
      }
      io.exit(0);
    });
}

/** What the version in force only tries of the domain, and what that would have answered. */
async function trialOf(name: string, machine: Loaded, store: Store): Promise<(NamedTrial & TrialUse) | null> {
  const current = await store.currentVersion();
  const loaded = current && readInForce(current, machine).loaded;
  const trial = loaded && trialsIn(loaded).find(({ domain }) => domain === name);
  return trial ? { ...trial, ...(await trialUse(trial, store)) } : null;
}

type Noted = {
  readonly health: DomainHealth | null;
  readonly use: DomainUse | null;
  readonly suspended: Suspension | null;
  readonly trial: (NamedTrial & TrialUse) | null;
};

function notedLines(
  { health, use, suspended, trial }: Noted,
  allows: readonly Allowed[],
  expires: string | undefined,
  now: number,
): readonly string[] {
  return [
    ...(suspended ? [`suspended ${sinceBy(suspended)}`] : []),
    ...(health ? healthLines(health, expires, now) : []),
    ...['', ...allows.map(told)],
    ...(use ? ['', ...useLines(use)] : []),
    ...(trial ? ['', ...trialLines(trial, trial)] : []),
  ];
}

const line = (what: string, value: string) => `${what.padEnd(8)} ${value}`;

function healthLines(health: DomainHealth, expires: string | undefined, now: number): readonly string[] {
  const [keys = '', fetched = '', exchange = '', clock = ''] = healthCells(health, expires, now);
  const told = { keys, fetched, exchange, clock };
  return [
    ...Object.entries(told).map(([what, value]) => line(what, value)),
    ...healthNotes(health, now).map((note) => line('look at', note)),
  ];
}

function useLines({ days, granted, clients, refused }: DomainUse): readonly string[] {
  const reasons = refused.map(({ reason, count }) => `${count} ${reason}`);
  return [
    `in ${days} days ${granted} granted${reasons.length > 0 ? `, refused ${reasons.join(', ')}` : ''}`,
    ...clients.map(({ client, granted: own, lastAt }) => `  ${client}  ${own}, last ${date(lastAt / 1000)} UTC`),
  ];
}
