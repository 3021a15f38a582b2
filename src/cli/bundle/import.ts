// crossgrant bundle import: takes what a partner tells, compares it with what it publishes, and writes what was said yes to.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Loaded } from '../../config/compile.ts';
import type { DomainFile } from '../../config/files.ts';
import { checkClients, checkDiscovery, checkRelationship } from '../../partners/bundle/contradictions.ts';
import { isFingerprint } from '../../partners/bundle/fingerprint.ts';
import { type Bundle, openBundle } from '../../partners/bundle/open.ts';
import { type Taken, takeInto, takeNew } from '../../partners/bundle/take.ts';
import { createChecked, replaceChecked, writeSchema } from '../../partners/domain-folder.ts';
import { PartnerError } from '../../partners/partner-error.ts';
import { readPartner } from '../../partners/read-partner.ts';
import { addedLines } from '../../partners/yaml-insert.ts';
import { guardedFetch } from '../../trust/guarded-fetch.ts';
import { afterFiles } from '../after-files.ts';
import { summarize, told } from '../allowed.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import { collect } from '../domain/words.ts';
import { unfitAnswers, WrongUsage } from '../failure.ts';
import { confirm, interview } from '../interview.ts';
import type { CliIo } from '../io.ts';
import { readNamed } from '../named-file.ts';
import { printJson, printLine } from '../output.ts';
import { renderBundle } from './bundle-text.ts';
import { askConsent, askFile, type ConsentFlags } from './consent.ts';

type Flags = ConfigFlag &
  ConsentFlags & {
    readonly fingerprint?: string;
    readonly yes?: boolean;
    readonly dryRun?: boolean;
    readonly json?: boolean;
  };

export function importBundle(io: CliIo): Command {
  return new Command('import')
    .summary('take the bundle of a partner')
    .description(
      'Checks a bundle against its fingerprint, against what its sender publishes and against our files, and writes what you say yes to. What they ask for beyond that is told, and given to nobody.',
    )
    .argument('<file>', 'the bundle')
    .addOption(configOption(io))
    .option('--fingerprint <text>', 'as its admin told you over another channel')
    .option('--name <name>', 'name of its file in `domains`, where there is none yet')
    .option('--expires <date>', 'last day (UTC) of this trust, or never (default: as they say, a year at most)')
    .option('--accept', 'let their agents in, to what they ask for and we have')
    .option('--accept-client <id>', 'only this one of theirs', collect)
    .option('--accept-resource <uri>', 'a resource of ours they may reach', collect)
    .option('--accept-scope <theirs=ours>', 'a scope as their grants carry it, and what we call it', collect)
    .option('--accept-subject <template>', 'what we call their people, such as "acme|{sub}"')
    .option('--send', 'let ours go there, to what they offer')
    .option('--client <ours=theirs>', 'a client of ours, and its id there', collect)
    .option('--resource <uri>', 'only this resource of theirs', collect)
    .option('--scope <ours=theirs>', 'a scope as asked here, and what they call it', collect)
    .option('--subject <how>', 'how they know our people: sub, email or a template')
    .option('-y, --yes', 'ask nothing; the fingerprint must be given then')
    .option('--dry-run', 'print the file as it would be instead of writing it')
    .option('--json', 'print what was written as JSON')
    .action((file: string, flags: Flags) => take(file, flags, io));
}

async function take(name: string, flags: Flags, io: CliIo): Promise<void> {
  const loaded = await loadConfiguration(flags, io);
  const bundle = openBundle(await readNamed(resolve(io.cwd, name)), Date.now() / 1000);
  const { iss } = bundle.claims;
  checkRelationship(bundle.claims, loaded.settings.issuer);
  if (!flags.json) io.stderr.write(`${renderBundle(bundle)}\n\n`);
  await checkFingerprint(bundle, flags, io);
  checkDiscovery(bundle, await readPartner(iss, { fetch: guardedFetch(loaded.settings.network), now: Date.now }));
  const file = loaded.files.domains.find(({ config }) => config.issuer === iss);
  checkClients(bundle.claims, file, loaded);

  const taken = await decide(bundle, file, flags, loaded, io);
  if (flags.dryRun) {
    io.stdout.write(taken.text);
    return io.exit(0);
  }
  const after = await write(taken, flags, loaded, io);
  const allows = summarize(after).domains.find((domain) => domain.issuer === iss)?.allows ?? [];
  if (flags.json) printJson({ file: taken.path, changed: taken.text !== taken.before, notes: taken.notes, allows }, io);
  else printLine(story(taken, allows.map(told)), io);
  io.exit(0);
}

/** Without it whoever can change the file and the answers of a server could make both say the same. */
async function checkFingerprint({ fingerprint }: Bundle, flags: Flags, io: CliIo): Promise<void> {
  if (flags.fingerprint !== undefined) {
    if (isFingerprint(flags.fingerprint, fingerprint)) return;
    throw new PartnerError(
      `the fingerprint of this file is ${fingerprint}, not ${flags.fingerprint}: it is another file than theirs, or it was changed on the way`,
    );
  }
  if (flags.yes || flags.json || io.ask === undefined) {
    throw new WrongUsage(`say --fingerprint as its admin told you over another channel; this file has ${fingerprint}`);
  }
  await confirm(`Did its admin tell you ${fingerprint} over another channel?`, {}, io);
}

async function decide(
  bundle: Bundle,
  file: DomainFile | undefined,
  flags: Flags,
  loaded: Loaded,
  io: CliIo,
): Promise<Taken> {
  const ask = interview(io, flags.yes === true || flags.json === true);
  const consent = await askConsent(ask, flags, { bundle, file, loaded });
  if (file !== undefined) return takeInto(file, await readFile(file.name, 'utf8'), bundle, consent, loaded);
  return takeNew(bundle, { ...consent, ...(await askFile(ask, flags, bundle, loaded, Date.now())) }, loaded);
}

async function write({ path, before, text, notes }: Taken, flags: Flags, loaded: Loaded, io: CliIo): Promise<Loaded> {
  if (before === text) return loaded;
  if (!flags.json) {
    const lines = [
      ...addedLines(before ?? '', text).map((line) => `+ ${line}`),
      ...notes.map((note) => `note: ${note}`),
    ];
    io.stderr.write(`${path}\n${lines.join('\n')}\n\n`);
  }
  await confirm(`Write ${path}?`, { yes: flags.yes === true || flags.json === true || io.ask === undefined }, io);
  if (before !== undefined) return replaceChecked(loaded, path, text).catch(unfitAnswers);
  const after = await createChecked(loaded, path, text).catch(unfitAnswers);
  await writeSchema(loaded);
  return after;
}

function story({ path, before, text, notes }: Taken, allows: readonly string[]): string {
  if (before === text) {
    return [`Nothing was added to ${path}: it allows`, ...allows, ...notes.map((note) => `note: ${note}`)].join('\n');
  }
  return [
    `${before === undefined ? 'Written to' : 'Added to'} ${path}, which now allows`,
    ...allows,
    '',
    `Next: have somebody review the file (\`crossgrant plan\` shows what it changes); ${afterFiles}`,
  ].join('\n');
}
