// crossgrant domain promote: what a domain has in report-only counts from now on.

import { Command } from 'commander';
import { openForQuestions } from '../../asking.ts';
import { type Loaded, readVersion } from '../../config/load.ts';
import { type NamedTrial, trialSites, trialsIn } from '../../config/report-only.ts';
import { nameInVersion, type VersionFiles, writtenIn } from '../../config/version-files.ts';
import { silentLog } from '../../observe/log.ts';
import { replaceChecked } from '../../partners/domain-folder.ts';
import { promoted } from '../../partners/promote.ts';
import { trialUse } from '../../partners/use.ts';
import { type InForce, readInForce } from '../../versions/in-force.ts';
import { checkedVersion, numberAfter } from '../../versions/next.ts';
import { makePlan } from '../../versions/plan.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import { WrongUsage } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { looking, type PlanningFlags, withPlanning } from '../planning.ts';
import { type PuttingFlags, putInForce, withPutting } from '../put-in-force.ts';
import { trialLines } from './trial-text.ts';

type Flags = ConfigFlag & PlanningFlags & PuttingFlags & { readonly rule?: string };

export function promoteDomain(io: CliIo): Command {
  const command = new Command('promote')
    .summary('put in force what a domain has in report-only')
    .description(
      'Tells what the domain in report-only would have answered, shows the plan, asks where it widens access or breaks callers, and applies ' +
        'the version in force with `enforce` in its place; the file here is changed alike. Nothing else of the files is applied.',
    )
    .argument('<name>', 'its name: the file in `domains` without .yaml')
    .option('--rule <id>', 'this rule alone, such as contoso.send.staff')
    .addOption(configOption(io));
  return withPlanning(withPutting(command, io)).action((name: string, flags: Flags) => promote(name, flags, io));
}

async function promote(name: string, flags: Flags, io: CliIo): Promise<void> {
  const machine = await loadConfiguration(flags, io);
  const { broker, close } = await openForQuestions(machine, { log: silentLog, now: Date.now });
  try {
    const current = await broker.store.currentVersion();
    const inForce = current && readInForce(current, machine);
    const { trial, file, files, paths } = promotion(name, flags, inForce);
    const use = await trialUse(trial, broker.store);
    io.stderr.write(`${trialLines(trial, use).join('\n')}\n\n`);
    // Where nothing was counted nobody can know.
    const asks = use.since === null || use.answers.some(({ outcome }) => outcome !== 'same');
    const next = await versionWith(files, machine, inForce);
    const plan = await makePlan(inForce, next, looking(flags, broker, io));
    const note = flags.message ?? `${flags.rule ?? name} is promoted`;
    const here = machine.texts[file] === current?.files[file];
    await putInForce({ plan, next, note, asks }, flags, broker, io, async () => {
      const path = machine.files.domains.find(({ domain }) => domain === name)?.name;
      if (here && path !== undefined) await changeHere(path, promoted(machine.texts[file] ?? '', paths), machine, io);
      else io.stderr.write(`the file of ${name} here is another one than in force: nothing was changed in it\n`);
    });
  } finally {
    await close();
  }
}

/** It is in force already, so that a file that cannot be written is told and nothing else. */
async function changeHere(path: string, text: string, machine: Loaded, io: CliIo): Promise<void> {
  try {
    await replaceChecked(machine, path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    io.stderr.write(
      `${path} could not be changed: ${why}\nwrite enforce there yourself, or the next apply takes it back\n`,
    );
  }
}

/** The files in force with `enforce` where the domain has report-only, or the rule alone. */
function promotion(name: string, { rule }: Flags, inForce: InForce | undefined) {
  const loaded = inForce?.loaded;
  const trial = loaded && trialsIn(loaded).find(({ domain }) => domain === name);
  if (inForce === undefined || loaded?.proposed === undefined || trial === undefined) {
    throw new WrongUsage(
      `nothing of ${name} is in report-only in the version in force: see crossgrant apply and drift`,
    );
  }
  const sites = trialSites(loaded.proposed.files).filter(({ file: { domain } }) => domain === name);
  const wanted = sites.filter((site) => rule === undefined || site.rule === rule);
  const [first] = wanted;
  if (first === undefined) throw new WrongUsage(`${rule} is not in report-only: ${rulesOf(trial)}`);
  const file = nameInVersion(first.file.name, loaded.proposed.files.main.name);
  const written = writtenIn(inForce.version.files);
  const paths = wanted.map(({ path }) => path);
  return { trial, file, paths, files: { ...written, [file]: promoted(written[file] ?? '', paths) } };
}

const rulesOf = ({ domain, rules }: NamedTrial) =>
  rules === 'all' ? `${domain} is as a whole` : `in it are ${rules.join(', ')}`;

/** The version these files make: what stays in report-only of them is tried against what counts now. */
function versionWith(files: VersionFiles, machine: Loaded, inForce: InForce | undefined): Promise<Loaded> {
  const { loaded: written } = readVersion({ version: numberAfter(inForce), files }, machine);
  return checkedVersion(written, inForce);
}
