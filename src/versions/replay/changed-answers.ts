// Changed answers, those that are alike together: who asked for what, how often, when last, and which records to look at.

import { byRisk } from '../diff/index.ts';
import type { Change } from './change.ts';
import type { Decided } from './replay.ts';

export type ChangedAnswer = Change & {
  readonly client: string;
  readonly domain: string | null;
  readonly rule: string | null;
  /** What was asked for: scopes and resources, or where to; empty: whatever there is. */
  readonly asked: readonly string[];
  /** How many subjects it was asked for, and one of them. */
  readonly subjects: number;
  readonly subject: string;
  readonly times: number;
  /** Milliseconds since the epoch. */
  readonly lastAt: number;
  readonly traces: readonly string[];
};

type Changed = Decided & { readonly change: Change };

/** The riskiest and then the most frequent first. */
export function changedAnswers(decided: readonly Decided[]): readonly ChangedAnswer[] {
  const groups = new Map<string, Changed[]>();
  for (const one of decided) {
    if (!isChanged(one)) continue;
    const key = keyOf(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const answers = [...groups.values()].flatMap(together);
  return byRisk(answers.sort((left, right) => right.times - left.times));
}

const isChanged = (decided: Decided): decided is Changed => decided.change !== undefined;

/** Subjects are each named otherwise, and times differ by seconds: what changes is the same. */
function keyOf(changed: Changed): string {
  const { what, reason, otherwise } = changed.change;
  const alike = otherwise.map(({ member, before, after }) => (member === 'scope' ? [member, before, after] : [member]));
  return JSON.stringify([what, reason, alike, changed.question.record.client, ruleOf(changed), askedFor(changed)]);
}

function together(group: readonly Changed[]): readonly ChangedAnswer[] {
  const newest = group.reduce((best, one) => (one.question.lastAt > best.question.lastAt ? one : best));
  const { record, traces, lastAt } = newest.question;
  const subjects = new Set(group.map(({ question }) => JSON.stringify(question.record.subject)));
  return [
    {
      ...newest.change,
      client: record.client ?? '',
      domain: newest.after.domain ?? newest.before.domain ?? record.domain,
      rule: ruleOf(newest),
      asked: askedFor(newest),
      subjects: subjects.size,
      subject: record.subject?.sub ?? '',
      times: group.reduce((sum, { question }) => sum + question.times, 0),
      lastAt,
      traces,
    },
  ];
}

/** The rule that decides now, or the one that decided until now. */
const ruleOf = ({ before, after }: Decided) => after.rule ?? before.rule;

function askedFor({ question: { record } }: Decided): readonly string[] {
  const { scope = [], resource = [], audience = [] } = record.asked ?? {};
  return [...scope, ...(resource.length > 0 ? resource : audience)];
}
