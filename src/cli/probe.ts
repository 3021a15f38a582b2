// crossgrant probe: tries good and bad grants at a partner that agreed to it, and says what to tell them.

import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { parseDocument } from 'yaml';
import { openForQuestions } from '../asking.ts';
import type { Broker } from '../broker.ts';
import type { Loaded } from '../config/compile.ts';
import type { DomainFile } from '../config/files.ts';
import type { Path } from '../config/problems.ts';
import { ink } from '../demo/ink.ts';
import { silentLog } from '../observe/log.ts';
import { replaceChecked } from '../partners/domain-folder.ts';
import { PartnerError } from '../partners/partner-error.ts';
import { readPartner } from '../partners/read-partner.ts';
import { insertEntries, replaceScalar } from '../partners/yaml-insert.ts';
import { probePartner } from '../probe/probe.ts';
import { probeOnRecord, type RecordedReport } from '../probe/recorded.ts';
import { NotForProbing, probedOf } from '../probe/subject.ts';
import type { ProbeReport } from '../probe/types.ts';
import { type GuardedFetch, guardedFetch } from '../trust/guarded-fetch.ts';
import { afterFiles } from './after-files.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import { domainNamed } from './domain/named.ts';
import { WrongUsage } from './failure.ts';
import type { CliIo } from './io.ts';
import { authorOption, type OperatorFlags, reasonOption } from './operator.ts';
import { printJson, printLine } from './output.ts';
import { quirksText, renderProbe } from './probe-text.ts';

type Flags = ConfigFlag &
  OperatorFlags & {
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
        'Only for domains whose file has `probe`; start and result are in the audit trail. Exit code 1 when something is wrong at the partner.',
    )
    .argument('<domain>', 'its name: the file in `domains` without .yaml')
    .addOption(configOption(io))
    .option('--all', 'every bad grant of the corpus: some hundreds')
    .option('--report <file>', 'write the report as JSON: evidence that both sides can keep')
    .option('--write', 'write what was seen of how it takes grants into `send.quirks` of its file')
    .addOption(reasonOption())
    .addOption(authorOption(io))
    .option('--json', 'print the report as JSON')
    .action((name: string, flags: Flags) => probe(name, flags, io));
}

async function probe(name: string, flags: Flags, io: CliIo): Promise<void> {
  const loaded = await loadConfiguration(flags, io);
  const file = domainNamed(name, loaded);
  const report = await run(file, loaded, flags, io);
  // Shown before anything else can fail: the partner is not asked again for a file that could not be written.
  if (flags.json) printJson(report, io);
  else printLine(renderProbe(report, ink(io.stdout.isTTY === true)), io);
  const text = `${JSON.stringify(report, undefined, 2)}\n`;
  if (flags.report !== undefined) await writeFile(resolve(io.cwd, flags.report), text);
  if (flags.write) await writeQuirks(file, report, loaded, io);
  const { counts, traceId, unrecorded } = report;
  if (unrecorded !== null)
    throw new Error(
      `the audit trail has the start of this probe (trace ${traceId}), and its result could not be written there: ${unrecorded}; keep this report`,
    );
  io.exit(counts.problem > 0 ? 1 : 0);
}

async function run(file: DomainFile, loaded: Loaded, flags: Flags, io: CliIo): Promise<RecordedReport> {
  const asking = await openForQuestions(loaded, { log: silentLog, now: Date.now });
  try {
    return await ask(file, asking.broker, guardedFetch(loaded.settings.network), flags, io);
  } catch (error) {
    if (error instanceof NotForProbing) throw new WrongUsage(error.message);
    throw error;
  } finally {
    await asking.close();
  }
}

async function ask(
  file: DomainFile,
  broker: Broker,
  fetch: GuardedFetch,
  { all = false, write = false, author, reason }: Flags,
  io: CliIo,
): Promise<RecordedReport> {
  const { domain, config } = file;
  // Before anything is asked of a partner that did not agree to it.
  const known = probedOf(file, '', broker, fetch);
  io.stderr.write(`reading what ${config.issuer} shows\n`);
  const partner = await readPartner(config.issuer, { fetch, now: Date.now });
  const tokenEndpoint = await known.rule.redeem?.tokenEndpoint();
  if (tokenEndpoint === undefined) throw new NotForProbing(`${domain} has no token endpoint`);
  const probed = { ...known, server: { issuer: config.issuer, tokenEndpoint } };
  const pauseMs = config.probe?.pause_ms ?? 0;
  const progress = (done: number, of: number) => {
    if (done % 10 === 0) io.stderr.write(`${done} of about ${of} grants tried\n`);
  };
  return probeOnRecord({ domain, author, reason: reason ?? null, all, write }, probed, broker.store, (sent) =>
    probePartner(domain, partner, probed, { all, pauseMs, progress, sent }),
  );
}

/** Only what is not there yet or differs; every other character stays as it is. */
async function writeQuirks(file: DomainFile, { quirks }: ProbeReport, loaded: Loaded, io: CliIo): Promise<void> {
  const { send, probe: { rule } = {} } = file.config;
  const at = Array.isArray(send) ? ['send', send.findIndex((each) => each.name === rule)] : ['send'];
  const written = Object.entries(quirks).reduce(
    (text, [quirk, value]) => (value === undefined ? text : withQuirk(text, [...at, 'quirks'], quirk, value)),
    await readFile(file.name, 'utf8'),
  );
  await replaceChecked(loaded, file.name, written);
  io.stderr.write(`written into ${file.name}: ${quirksText(quirks)}; ${afterFiles}\n`);
}

function withQuirk(text: string, place: Path, quirk: string, value: string | number | boolean): string {
  const path = [...place, quirk];
  if (!parseDocument(text, { stringKeys: true }).hasIn(path))
    return insertEntries(text, place, [{ key: quirk, value }]);
  const after = replaceScalar(text, path, value);
  if (after !== undefined) return after;
  throw new PartnerError(`${path.join('.')} is written in a way that cannot be changed here; write ${value} there`);
}
