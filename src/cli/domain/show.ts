// crossgrant domain show: one domain, in plain words what it may do, how it is doing, and what it was used for.

import { Command } from 'commander';
import { type DomainHealth, domainsHealth } from '../../partners/health.ts';
import { type DomainUse, useOf } from '../../partners/use.ts';
import type { Suspension } from '../../store/store.ts';
import { summarize, told } from '../allowed.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import type { CliIo } from '../io.ts';
import { date, printJson, printLine } from '../output.ts';
import { readStore } from '../store-reading.ts';
import { sinceBy } from '../suspended.ts';
import { healthCells, healthNotes } from './health-text.ts';
import { domainNamed } from './named.ts';

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
      }));
      const allows = summarize(loaded).domains.find((domain) => domain.name === name)?.allows ?? [];
      const { issuer, state, contact, expires = 'never' } = config;
      const facts = { name, issuer, state, expires, contact, file };
      if (flags.json) printJson({ ...facts, allows, ...noted }, io);
      else {
        const lines = Object.entries(facts).map(([what, value]) => line(what, value));
        if (noted.suspended) lines.push(`suspended ${sinceBy(noted.suspended)}`);
        const health = noted.health ? healthLines(noted.health, config.expires, now) : [];
        const use = noted.use ? ['', ...useLines(noted.use)] : [];
        printLine([...lines, ...health, '', ...allows.map(told), ...use].join('\n'), io);
      }
      io.exit(0);
    });
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
