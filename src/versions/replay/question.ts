// What was asked in the last days, each question once: who asks for what on whose authority, how often, and when last.

import type { AuditRecord } from '../../audit/record.ts';
import type { Broker } from '../../broker.ts';
import { grants } from '../../token/grants/index.ts';
import { recordedRequest } from '../../token/recorded.ts';
import type { SupposedRequest } from '../../token/rehearsal.ts';

export type Question = {
  /** The sign-in is as old now as it was then. */
  readonly request: SupposedRequest;
  /** One of the records; they differ in nothing a decision looks at. */
  readonly record: AuditRecord;
  /** What the record does not tell of it. */
  readonly uncertain: readonly string[];
  times: number;
  /** How often it was granted then. */
  granted: number;
  /** Milliseconds since the epoch. */
  lastAt: number;
  /** Trace ids of the newest. */
  traces: readonly string[];
};

/** Questions as they are collected, and how many records hold none, by why. */
export type Questions = {
  readonly asked: ReadonlyMap<string, Question>;
  readonly skipped: ReadonlyMap<string, number>;
  add(record: AuditRecord): void;
};

const actions: ReadonlySet<string> = new Set(grants.map(({ action }) => action));

/** So many trace ids are kept as examples. */
const examples = 3;

/** Collects what token requests asked, as of `now` (milliseconds). `domains`: those the records were written by. */
export function collectQuestions(domains: Broker['domains'], now: number): Questions {
  const asked = new Map<string, Question>();
  const skipped = new Map<string, number>();
  const skip = (why: string) => skipped.set(why, (skipped.get(why) ?? 0) + 1);
  return {
    asked,
    skipped,
    add(record) {
      if (!actions.has(record.action)) return;
      const recorded = recordedRequest(record, domains);
      if ('problem' in recorded) return void skip(whyNot(record));
      const { request, uncertain } = recorded;
      if (record.asked?.details) return void skip('authorization_details are not recorded');
      const fresh = asOldAs(request, now - record.at);
      const key = JSON.stringify([fresh, uncertain]);
      const known = asked.get(key);
      if (known) count(known, record);
      else asked.set(key, { request: fresh, record, uncertain, ...firstOf(record) });
    },
  };
}

function firstOf({ decision, at, traceId }: AuditRecord) {
  return { times: 1, granted: decision === 'granted' ? 1 : 0, lastAt: at, traces: [traceId] };
}

function count(known: Question, { decision, at, traceId }: AuditRecord): void {
  known.times += 1;
  if (decision === 'granted') known.granted += 1;
  known.lastAt = Math.max(known.lastAt, at);
  known.traces = [traceId, ...known.traces].slice(0, examples);
}

const whyNot = ({ failed }: AuditRecord) =>
  failed === null ? 'written before records kept what was asked' : 'refused before it was known what was asked';

/** Seconds: two sign-ins that are of the same minute are of the same age. */
const minute = 60;

/** The request with a sign-in that is as long ago now as it was then, in whole minutes. */
function asOldAs(request: SupposedRequest, elapsed: number): SupposedRequest {
  const { authority } = request;
  const signedIn = authority?.claims['auth_time'];
  if (authority === undefined || typeof signedIn !== 'number') return request;
  const moved = Math.round((signedIn + elapsed / 1000) / minute) * minute;
  return { ...request, authority: { ...authority, claims: { ...authority.claims, auth_time: moved } } };
}
