// What a domain has in report-only, and what that would have answered, as lines.

import type { NamedTrial } from '../../config/report-only.ts';
import type { TrialUse } from '../../partners/use.ts';
import { counted } from '../allowed.ts';
import { date } from '../output.ts';

/** The trial, what it would have answered to whom, and how it is ended. */
export function trialLines({ domain, rules }: NamedTrial, { requests, since, answers }: TrialUse): readonly string[] {
  const what = rules === 'all' ? 'all of it' : rules.join(', ');
  const asked = `of ${counted(requests, 'request')} since ${since} that ${requests === 1 ? 'concerns' : 'concern'} it`;
  const head = `in report-only: ${what}; ${since === null ? 'no request was counted yet (processes hand over by the minute)' : asked}`;
  return [
    head,
    ...answers.map(({ outcome, reason, client, count, lastAt }) => {
      const why = reason === null ? '' : ` (${reason})`;
      return `  ${count} ${words[outcome]}${why}  ${client}, last ${date(lastAt / 1000)} UTC`;
    }),
    `  \`crossgrant domain promote ${domain}\` makes it count`,
  ];
}

const words: Readonly<Record<TrialUse['answers'][number]['outcome'], string>> = {
  same: 'would be answered the same',
  refused: 'would be refused',
  granted: 'would be granted',
  otherwise: 'would be given something else',
  unknown: 'could not be told in time',
};
