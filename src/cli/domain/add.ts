// crossgrant domain add: reads a partner, asks what cannot be read, and writes its file for a reviewer.

import { Command } from 'commander';
import { issuerFault } from '../../config/addresses.ts';
import type { Loaded } from '../../config/compile.ts';
import { type Concern, concernsOf, unannouncedScopes } from '../../partners/concerns.ts';
import { createChecked, domainPath, schemaFrom, writeSchema } from '../../partners/domain-folder.ts';
import { domainYaml } from '../../partners/domain-yaml.ts';
import { PartnerError } from '../../partners/partner-error.ts';
import { type FoundPartner, type Outside, readPartner } from '../../partners/read-partner.ts';
import { type FoundResource, readResource, soleServer } from '../../partners/read-resource.ts';
import { guardedFetch } from '../../trust/guarded-fetch.ts';
import { afterFiles } from '../after-files.ts';
import { summarize, told } from '../allowed.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import { unfitAnswers, WrongUsage } from '../failure.ts';
import { interview } from '../interview.ts';
import type { CliIo } from '../io.ts';
import { printJson, printLine } from '../output.ts';
import { renderFound } from '../partner-text.ts';
import { askPlan, askWays, checkSaid, type PlanFlags } from './add-plan.ts';
import { collect } from './words.ts';

type Flags = ConfigFlag & PlanFlags & { readonly yes?: boolean; readonly dryRun?: boolean; readonly json?: boolean };

export function addDomain(io: CliIo): Command {
  return new Command('add')
    .summary('read a partner and write its file')
    .description(
      'Reads the metadata and keys of a partner, asks on a terminal what cannot be read (every question is an option too), and writes a file a reviewer understands. It overwrites nothing, and leaves nothing that `check` would refuse.',
    )
    .argument('[issuer]', 'issuer identifier of its authorization server; absent: as the metadata of --resource says')
    .addOption(configOption(io))
    .option('--name <name>', 'name of its file in `domains`')
    .option('--profile <make>', 'its make, or none (default: what its metadata looks like)')
    .option('--contact <who>', 'whom to call when something is wrong')
    .option('--expires <date>', 'last day (UTC) of this trust, or never')
    .option('--send', 'our agents may go there')
    .option('--grant <kind>', 'kind of grant sent: id-jag or jwt')
    .option('--client <ours=theirs>', 'a client of ours, and the id they know it by', collect)
    .option('--resource <uri>', 'a resource of theirs; its metadata is read too (RFC 9728)', collect)
    .option('--scope <ours=theirs>', 'a scope as asked here, and what they call it', collect)
    .option('--subject <how>', 'how they know our people: sub, email or a template')
    .option('--accept', 'their agents may come here')
    .option('--accept-client <id=keys>', 'a client of theirs, and the URL or file of its keys', collect)
    .option('--accept-resource <uri>', 'a resource of ours they may reach', collect)
    .option('--accept-scope <theirs=ours>', 'a scope as their grants carry it, and what we call it', collect)
    .option('--accept-subject <template>', 'what we call their people, such as "contoso|{sub}"')
    .option('-y, --yes', 'ask nothing: options, and defaults where there is no option')
    .option('--dry-run', 'print the file instead of writing it')
    .option('--json', 'print what was found and written as JSON')
    .action((issuer: string | undefined, flags: Flags) => add(issuer, flags, io));
}

async function add(given: string | undefined, flags: Flags, io: CliIo): Promise<void> {
  const loaded = await loadConfiguration(flags, io);
  const ask = interview(io, flags.yes === true || flags.json === true);
  checkSaid(ask, given, flags, loaded);
  const outside = { fetch: guardedFetch(loaded.settings.network), now: Date.now };
  const read = await readResources(flags.resource ?? [], given !== undefined, outside);
  const issuer = given ?? issuerOf(read.resources);
  checkNew(issuer, loaded);
  const found = await readPartner(issuer, outside);
  const concerns = [...concernsOf(found, read.resources), ...read.concerns];
  if (!flags.json) io.stderr.write(`${renderFound(found, read.resources, concerns)}\n\n`);

  const ways = await askWays(ask, flags);
  const relevant = concerns.filter(({ way }) => way === 'any' || ways[way]);
  checkPossible(issuer, relevant);
  const known = { found, resources: read.resources, loaded, cwd: io.cwd, now: Date.now() };
  const { name, plan } = await askPlan(ask, flags, ways, known);
  const unheard = unannouncedScopes(Object.values(plan.send?.scopes ?? {}), found, read.resources);
  if (!flags.json) io.stderr.write(unheard.map(({ text }) => `  look at: ${text}\n`).join(''));
  const remarkable = [...relevant, ...unheard];
  const path = domainPath(loaded, name);
  const text = domainYaml(plan, schemaFrom(loaded), remarksOn(found, remarkable, known.now));
  if (flags.dryRun) {
    io.stdout.write(text);
    return io.exit(0);
  }
  const after = await createChecked(loaded, path, text).catch(unfitAnswers);
  await writeSchema(loaded);
  const allows = summarize(after).domains.find((domain) => domain.name === name)?.allows ?? [];
  if (flags.json) printJson({ written: path, found, resources: read.resources, concerns: remarkable, allows }, io);
  else printLine([`Written to ${path}:`, ...allows.map(told), '', ...nextSteps].join('\n'), io);
  io.exit(0);
}

const nextSteps = [
  'Next:',
  '  have somebody review the file',
  '  crossgrant check    says what all files together allow',
  '  crossgrant plan     shows what they change',
  `  ${afterFiles}`,
];

/** With an issuer given, a resource without metadata is only something to look at. */
async function readResources(uris: readonly string[], optional: boolean, { fetch }: Outside) {
  const resources: FoundResource[] = [];
  const concerns: Concern[] = [];
  for (const uri of uris) {
    try {
      resources.push(await readResource(uri, fetch));
    } catch (error) {
      if (!(error instanceof PartnerError && optional)) throw error;
      concerns.push({ way: 'send', about: 'resource', text: error.message });
    }
  }
  return { resources, concerns };
}

function issuerOf([first]: readonly FoundResource[]): string {
  if (first === undefined)
    throw new WrongUsage('give the issuer of the partner, or --resource with a resource of theirs');
  return soleServer(first);
}

function checkNew(issuer: string, { files, settings }: Loaded): void {
  const fault = issuerFault(issuer);
  if (fault !== undefined) throw new WrongUsage(`${issuer}: ${fault}`);
  if (issuer.includes('/.well-known/')) {
    throw new WrongUsage(`${issuer} is where metadata lies; give what stands in it as \`issuer\``);
  }
  if (issuer === settings.issuer) throw new WrongUsage(`${issuer} is our own issuer`);
  const known = files.domains.find(({ config }) => config.issuer === issuer);
  if (known) throw new PartnerError(`${issuer} is the domain ${known.domain} already: change ${known.name} instead`);
}

function checkPossible(issuer: string, concerns: readonly Concern[]): void {
  const blocking = concerns.filter(({ blocks }) => blocks);
  if (blocking.length === 0) return;
  throw new PartnerError(`${issuer}: ${blocking.map(({ text }) => text).join('; ')}. Nothing was written`);
}

/** What a reviewer should know first; he was not there when it was read. */
function remarksOn({ metadata, keys }: FoundPartner, concerns: readonly Concern[], now: number): readonly string[] {
  const date = new Date(now).toISOString().slice(0, 10);
  const seen = keys.keys
    .filter(({ ignored }) => ignored === null)
    .map(({ kid, algorithms, thumbprint }) => {
      const known = kid === thumbprint ? '' : `, RFC 7638 thumbprint ${thumbprint}`;
      return `${kid ?? 'without kid'} (${algorithms.join(' ')}${known})`;
    });
  return [
    `Written by \`crossgrant domain add\` from ${metadata.place} as it was on ${date}.`,
    ...(seen.length > 0 ? [`Its keys on that day: ${seen.slice(0, 10).join(', ')}.`] : []),
    ...concerns.map(({ text }) => `Look at: ${text}.`),
  ];
}
