// Recorded decisions of the last days, made again by two configurations.

import type { Broker } from '../../broker.ts';
import type { Loaded } from '../../config/load.ts';
import { onlyLooking } from '../../explain/only-looking.ts';
import { type Answer, type Decider, deciderFor } from './answer.ts';
import { type Change, compareAnswers } from './change.ts';
import { collectQuestions, type Question } from './question.ts';
import { type RecentRecords, recentRecords, type Window } from './window.ts';

/** A question of the last days, and how both configurations answer it. */
export type Decided = {
  readonly question: Question;
  readonly before: Answer;
  readonly after: Answer;
  /** Undefined: both answer alike. */
  readonly change: Change | undefined;
};

/** One that cannot be decided again, and why; the answers are as far as they go. */
export type Undecided = Omit<Decided, 'change'> & { readonly unknown: string };

export type Replay = {
  /** Requests that were decided again. */
  readonly requests: number;
  /** True: there are more records in that time than were looked at. */
  readonly cut: boolean;
  /** Requests that could not be decided again, by why. */
  readonly skipped: ReadonlyMap<string, number>;
  readonly decided: readonly Decided[];
  /** Those of the skipped ones whose answer hangs on what no record keeps. */
  readonly undecided: readonly Undecided[];
  /** Names of the domain of an issuer, as either configuration knows it. */
  readonly domainsOf: (issuer: string) => readonly string[];
};

export type ReplayOptions = Window & {
  /** What is in force. */
  readonly before: Loaded;
  readonly after: Loaded;
  /** Gives the store and the clock; nothing is written, spent or fetched. */
  readonly broker: Broker;
  /** Told now and then how far it is. */
  readonly progress?: (done: number, of: number, what: 'records' | 'questions') => void;
};

/** Decides again whatever was asked, by both. */
export async function replayRecords(options: ReplayOptions): Promise<Replay> {
  const { before, after, broker, progress = () => {} } = options;
  const base = onlyLooking(broker);
  const [was, is] = [deciderFor(before, base), deciderFor(after, base)];
  const recent = await recentRecords(base.store, options);
  const { asked, skipped } = await collect(recent, was, base.now(), progress);
  const decided: Decided[] = [];
  const undecided: Undecided[] = [];
  let requests = 0;
  let done = 0;
  for (const question of asked.values()) {
    const outcome = await decideTwice(question, was, is);
    if ('unknown' in outcome) {
      undecided.push(outcome);
      skipped.set(outcome.unknown, (skipped.get(outcome.unknown) ?? 0) + question.times);
    } else {
      decided.push(outcome);
      requests += question.times;
    }
    done += 1;
    progress(done, asked.size, 'questions');
  }
  const domainsOf = (issuer: string) => [was, is].flatMap(({ domains }) => domains.get(issuer)?.name ?? []);
  return { requests, cut: recent.cut, skipped, decided, undecided, domainsOf };
}

async function collect(recent: RecentRecords, { domains }: Decider, now: number, progress: Progress) {
  const questions = collectQuestions(domains, now);
  let done = 0;
  for await (const page of recent.pages()) {
    for (const { record } of page) questions.add(record);
    done += page.length;
    progress(done, Math.max(done, recent.about), 'records');
  }
  return { asked: questions.asked, skipped: new Map(questions.skipped) };
}

type Progress = NonNullable<ReplayOptions['progress']>;

async function decideTwice(question: Question, was: Decider, is: Decider): Promise<Decided | Undecided> {
  const before = recorded(question, await was.answer(question));
  const after = await is.answer(question);
  const change = compareAnswers(before, after);
  if (change === 'same') return { question, before, after, change: undefined };
  const undecided = { question, before, after };
  if ('unknown' in change)
    return { ...undecided, unknown: `what counts is the claim ${change.unknown}, which no record keeps` };
  if (actorsDiffer(before, after) && question.uncertain.length > 0)
    return { ...undecided, unknown: `what counts are ${question.uncertain.join(', ')}, which no record keeps` };
  return { question, before, after, change };
}

/** A claim that a condition in force looked for is recorded where it was there: without it the request was refused. */
function recorded({ record }: Question, answer: Answer): Answer {
  const refused = answer.granted === 'unknown' && record.reason === 'policy.condition';
  return refused ? { ...answer, granted: false, reason: 'policy.condition' } : answer;
}

function actorsDiffer(before: Answer, after: Answer): boolean {
  return before.granted === true && after.granted === true && before.actors !== after.actors;
}
