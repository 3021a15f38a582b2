// What recorded requests say of a plan, as text: which would be answered otherwise, how often, and where to look.

import type { Ink } from '../demo/ink.ts';
import type { Plan } from '../versions/plan.ts';
import type { Otherwise } from '../versions/replay/change.ts';
import type { ChangedAnswer } from '../versions/replay/changed-answers.ts';
import { counted } from './allowed.ts';
import { date } from './output.ts';

type Replay = NonNullable<Plan['replay']>;

/** One block for what was looked at, and one for what would change. */
export function replayBlock({ days, requests, cut, skipped, answers }: Replay, ink: Ink): readonly string[] {
  const changed = answers.reduce((sum, { times }) => sum + times, 0);
  const head = `recorded requests of ${counted(days, 'day')}: ${requests} decided again, ${changed} with another answer`;
  const notes = [
    ...(cut ? ['  only the newest were looked at; --most looks at more'] : []),
    ...[...skipped].map(([why, times]) => `  ${counted(times, 'other')} could not be decided again: ${why}`),
  ];
  const told = answers.map((answer) => renderAnswer(answer, ink));
  return [[ink.bold(head), ...notes].join('\n'), ...(told.length > 0 ? [told.join('\n')] : [])];
}

function renderAnswer(answer: ChangedAnswer, ink: Ink): string {
  const { client, asked, times, lastAt, traces } = answer;
  const what = asked.length > 0 ? ` asking for ${asked.join(' ')}` : '';
  const last = date(Math.floor(lastAt / 1000));
  return [
    `  ${effect(answer, ink)}  ${client}${what}, for ${whom(answer)}${by(answer)}`,
    `    ${counted(times, 'time')}, last ${last} UTC; ${ink.dim(`trace ${traces.join(', ')}`)}`,
  ].join('\n');
}

function effect({ what, reason, otherwise }: ChangedAnswer, ink: Ink): string {
  if (what === 'refused') return ink.yellow(`granted → refused (${reason})`);
  if (what === 'granted') return ink.red(`refused (${reason}) → granted`);
  return ink.yellow(otherwise.map(difference).join('; '));
}

const difference = ({ member, before, after }: Otherwise) =>
  `${member}: ${shown(before)} → ${shown(after)}${member === 'lifetime' ? ' s' : ''}`;
const shown = (value: string | number) => (value === '' ? 'none' : value);

const whom = ({ subjects, subject }: ChangedAnswer) =>
  subjects === 1 ? subject : `${subjects} subjects, such as ${subject}`;
const by = ({ rule }: ChangedAnswer) => (rule === null ? '' : `, by ${rule}`);
