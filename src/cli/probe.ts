// crossgrant probe: tries good and bad grants at a partner that agreed to it, and says what to tell them.

import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { parseDocument } from 'yaml';
import { openForQuestions } from '../asking.ts';
import type { Loaded } from '../config/compile.ts';
import type { DomainFile } from '../config/files.ts';
import { ink } from '../demo/ink.ts';
import { silentLog } from '../observe/log.ts';
import { replaceChecked } from '../partners/domain-folder.ts';
import { readPartner } from '../partners/read-partner.ts';
import { probePartner } from '../probe/probe.ts';
import { NotForProbing, probedOf } from '../probe/subject.ts';
import type { ProbeReport } from '../probe/types.ts';
import { guardedFetch } from '../trust/guarded-fetch.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import { domainNamed } from './domain/named.ts';
import { WrongUsage } from './failure.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';
import { quirksText, renderProbe } from './probe-text.ts';

type Flags = ConfigFlag & {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly report?: string;
  readonly write?: boolean;
};

export function probeCommand(io: CliIo): Command {
  return new Command('probe')
    .summary('try good and bad grants at a partner, and say what to tell them')
    .description(
      'Reads what the partner shows, tries good grants until one is taken, then some fifty bad ones that must be refused, one after the other. ' +
        'Only for domains whose file has `probe`. Exit code 1 when something is wrong at the partner.',
    )
    .argument('<domain>', 'its name: the file in `domains` without .yaml')
    .addOption(configOption(io))
    .option('--all', 'every bad grant of the corpus: some hundreds')
    .option('--report <file>', 'write the report as JSON: evidence that both sides can keep')
    .option('--write', 'write what was seen of how it takes grants into `send.quirks` of its file')
    .option('--json', 'print the report as JSON')
    .action((name: string, flags: Flags) => probe(name, flags, io));
}

async function probe(name: string, flags: Flags, io: CliIo): Promise<void> {
  const loaded = await loadConfiguration(flags, io);
  const file = domainNamed(name, loaded);
  const report = await run(file, loaded, flags, io);
  const text = `${JSON.stringify(report, undefined, 2)}\n`;
  if (flags.report !== undefined) await writeFile(resolve(io.cwd, flags.report), text);
  if (flags.json) printJson(report, io);
  else printLine(renderProbe(report, ink(io.stdout.isTTY === true)), io);
  if (flags.write) await writeQuirks(file, report, loaded, io);
  io.exit(report.counts.problem > 0 ? 1 : 0);
}

async function run(file: DomainFile, loaded: Loaded, { all = false }: Flags, io: CliIo): Promise<ProbeReport> {
  const asking = await openForQuestions(loaded, { log: silentLog, now: Date.now });
  try {
    const fetch = guardedFetch(loaded.settings.network);
    // Before anything is asked of a partner that did not agree to it.
    const probed = probedOf(file, '', asking.broker, fetch);
    io.stderr.write(`reading what ${file.config.issuer} shows\n`);
    const partner = await readPartner(file.config.issuer, { fetch, now: Date.now });
    const tokenEndpoint = await probed.rule.redeem?.tokenEndpoint();
    if (tokenEndpoint === undefined) throw new NotForProbing(`${file.domain} has no token endpoint`);
    const pauseMs = file.config.probe?.pause_ms ?? 0;
    const progress = (done: number, of: number) => {
      if (done % 10 === 0) io.stderr.write(`${done} of about ${of} grants tried\n`);
    };
    const server = { issuer: file.config.issuer, tokenEndpoint };
    return await probePartner(file.domain, partner, { ...probed, server }, { all, pauseMs, progress });
  } catch (error) {
    if (error instanceof NotForProbing) throw new WrongUsage(error.message);
    throw error;
  } finally {
    await asking.close();
  }
}

/** Only what is not there yet or differs; comments and everything else stay as they are. */
async function writeQuirks(file: DomainFile, { quirks }: ProbeReport, loaded: Loaded, io: CliIo): Promise<void> {
  const document = parseDocument(await readFile(file.name, 'utf8'));
  const { send, probe: { rule } = {} } = file.config;
  const at = Array.isArray(send) ? ['send', send.findIndex((each) => each.name === rule)] : ['send'];
  for (const [quirk, value] of Object.entries(quirks)) document.setIn([...at, 'quirks', quirk], value);
  await replaceChecked(loaded.origin, file.name, document.toString());
  io.stderr.write(`written into ${file.name}: ${quirksText(quirks)}\n`);
}
