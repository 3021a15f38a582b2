// Trust nobody used: rules, clients and scopes that granted nothing for so many days, and the files without them.

import { basename } from 'node:path';
import { trialSites } from '../../config/report-only.ts';
import { limits } from '../../protocol/limits.ts';
import type { UsageCount } from '../../store/store.ts';
import { counted, day, dayMs, sayOf } from '../say.ts';
import { smaller } from '../smaller.ts';
import type { DoctorCheck, Patient, Said } from '../types.ts';
import { type Unused, unusedIn } from '../unused-in.ts';

export const unused: DoctorCheck = {
  area: 'unused trust',
  async look(patient) {
    const { store, unusedDays, now } = patient;
    if (store === undefined || unusedDays === undefined) return [];
    const all = await store.usageSince(day(now() - limits.usageDays * dayMs));
    const since = day(now() - unusedDays * dayMs);
    const first = all[0]?.day;
    if (first === undefined) {
      return [
        sayOf('unused trust').notice(
          'nothing has been counted yet',
          'ask again when the broker has served for a while',
        ),
      ];
    }
    const tried = new Set(trialSites(patient.machine.files).map(({ file, rule }) => rule ?? file.name));
    const found = unusedIn(patient.machine.files, recent(all, since)).filter(
      // What is only tried grants nothing, however much it is asked for.
      ({ about, file }) => !tried.has(about) && !tried.has(file.name),
    );
    const young = first > since ? ` (counted since ${first} only)` : '';
    const told = found.map((one) =>
      sayOf(one.about).notice(`${one.found} for ${counted(unusedDays, 'day')}${young}`, remedyOf(one)),
    );
    if (told.length === 0)
      return [sayOf('unused trust').ok(`every rule, client and scope was used within ${counted(unusedDays, 'day')}`)];
    return [...told, ...(await changes(found, patient))];
  },
};

const recent = (counts: readonly UsageCount[], since: string) =>
  counts.filter(({ day: on, outcome }) => on >= since && outcome === 'granted');

const remedyOf = ({ file, path }: Unused) =>
  `remove \`${path.join('.')}\` from ${basename(file.name)}, unless it is for something rare`;

/** The files without all of that; only those with which everything still loads. */
async function changes(found: readonly Unused[], { machine }: Patient): Promise<readonly Said[]> {
  const changed = await smaller(machine, found);
  return changed.map((change) => ({ ...(change.text === null ? goes(change.file) : shrinks(change.file)), change }));
}

const shrinks = (file: string) =>
  sayOf(file).notice(
    'can be smaller',
    'what would go is shown below, and `--json` has the whole file: review it, and put it in place',
  );

function goes(file: string) {
  const name = basename(file).replace(/\.ya?ml$/, '');
  return sayOf(file).notice(
    'nobody used anything of this domain',
    `\`crossgrant domain remove ${name}\` takes it out, unless it is for something rare`,
  );
}
