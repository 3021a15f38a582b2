// What is in report-only: what it would have done so far, and how it is ended. A trial that is forgotten protects nobody.

import { type NamedTrial, trialSites, trialsIn } from '../../config/report-only.ts';
import { type TrialUse, trialUse } from '../../partners/use.ts';
import { limits } from '../../protocol/limits.ts';
import { counted, dayMs, sayOf } from '../say.ts';
import type { DoctorCheck, Patient, Said } from '../types.ts';

export const reportOnly: DoctorCheck = {
  area: 'report-only',
  async look(patient) {
    const { store, loaded } = patient;
    if (store === undefined) return [];
    const trials = trialsIn(loaded);
    const tried = await Promise.all(
      trials.map(async (trial) => saidOf(trial, await trialUse(trial, store), patient.now())),
    );
    return [...tried, ...without(patient)];
  },
};

function saidOf(trial: NamedTrial, use: TrialUse, now: number): Said {
  const { domain, rules } = trial;
  const { notice, warning } = sayOf(domain);
  const what = rules === 'all' ? 'all of it' : rules.join(', ');
  const remedy = `\`crossgrant domain show ${domain}\` tells who that was; \`crossgrant domain promote ${domain}\` makes it count, and to give it up write the file as it was and apply`;
  if (use.since === null) return notice(`${what} is in report-only, and no request was counted yet`, remedy);
  const found = `${what} is in report-only: of ${counted(use.requests, 'request')} since ${use.since} ${wouldBe(use)}`;
  const isOld = now - Date.parse(use.since) > limits.trialLongDays * dayMs;
  return isOld ? warning(`${found}; until it is promoted it stops nobody`, remedy) : notice(found, remedy);
}

function wouldBe({ answers }: TrialUse): string {
  const sum = (outcome: TrialUse['answers'][number]['outcome']) =>
    answers.reduce((total, answer) => total + (answer.outcome === outcome ? answer.count : 0), 0);
  const told = (Object.keys(says) as (keyof typeof says)[]).flatMap((outcome) =>
    sum(outcome) > 0 ? [`${sum(outcome)} ${says[outcome]}`] : [],
  );
  return told.join(', ') || 'none would be answered otherwise';
}

const says = {
  refused: 'would be refused',
  granted: 'would be granted',
  otherwise: 'would be given something else',
  unknown: 'could not be told',
} as const;

/** Files alone do not say what counts meanwhile: a process that starts by them ends at once. */
function without({ inForce, machine }: Patient): readonly Said[] {
  if (inForce !== undefined) return [];
  const domains = [...new Set(trialSites(machine.files).map(({ file }) => file.domain))];
  return domains.map((domain) =>
    sayOf(domain).error(
      'its file says report-only, and no version was ever applied: no process starts with these files',
      'write enforce there and apply, or what counts today; then change it, and apply that in report-only',
    ),
  );
}
