// A request of the past, from its record: decided again by the rules of today, and by those of its own day.

import type { AuditRecord } from '../audit/record.ts';
import type { Broker } from '../broker.ts';
import { type RecordedRequest, recordedRequest } from '../token/recorded.ts';
import type { ExplainQuestion } from './asked.ts';
import { explain, explainSupposed } from './explain.ts';
import type { Explained } from './explained.ts';

/** What would be decided now, what was decided then, and what the rules of that day decide. */
export type ExplainedPast = Explained & {
  readonly recorded: Pick<
    AuditRecord,
    'at' | 'decision' | 'rule' | 'reason' | 'failed' | 'issued' | 'traceId' | 'wouldBe'
  >;
  /** What came of redeeming the grant at the partner, where this broker did both; null where it did not. */
  readonly redeemed: Pick<AuditRecord, 'decision' | 'reason' | 'failed' | 'issued'> | null;
  /** By the version that was in force; null where none had been applied by then. */
  readonly thatDay: ThatDay | null;
};

type ThatDay =
  | { readonly version: number; readonly explained: Explained }
  | { readonly version: number; readonly problem: string };

/** The rules of a moment (milliseconds): the newest version by then, or why it cannot be used on this machine any more. */
export type RulesOn = (
  at: number,
) => Promise<{ readonly version: number; readonly broker: Broker | { readonly problem: string } } | undefined>;

/** Answers a question of any kind; `problem`: why a request of the past cannot be explained. */
export function explainAny(
  question: ExplainQuestion,
  broker: Broker,
  rulesOn: RulesOn,
): Promise<Explained | { readonly problem: string }> {
  return 'trace' in question ? explainPast(question.trace, broker, rulesOn) : explain(question, broker);
}

/** Explains the request of a trace id, as of its own time. `problem`: why it cannot be. */
export async function explainPast(
  traceId: string,
  broker: Broker,
  rulesOn: RulesOn,
): Promise<ExplainedPast | { readonly problem: string }> {
  const [stored, ...later] = await broker.store.findAudit(traceId);
  if (stored === undefined) {
    return {
      problem: 'no record has this trace id: requests of callers nobody knows are only logged, and old records leave',
    };
  }
  const { record } = stored;
  const past = recordedRequest(record, broker.domains);
  if ('problem' in past) return past;
  const { at, decision, rule, reason, failed, issued, wouldBe } = record;
  const now = await explainSupposed(past.request, broker, at);
  const thatDay = await explainThen(past, at, rulesOn);
  return {
    ...now,
    recorded: { at, decision, rule, reason, failed, issued, traceId, ...(wouldBe && { wouldBe }) },
    redeemed: redeemedIn(later.map((one) => one.record)),
    thatDay,
  };
}

function redeemedIn(records: readonly AuditRecord[]): ExplainedPast['redeemed'] {
  const found = records.find(({ action }) => action === 'redeem');
  if (found === undefined) return null;
  const { decision, reason, failed, issued } = found;
  return { decision, reason, failed, issued };
}

async function explainThen(
  { request }: Extract<RecordedRequest, { readonly request: unknown }>,
  at: number,
  rulesOn: RulesOn,
): Promise<ThatDay | null> {
  const then = await rulesOn(at);
  if (then === undefined) return null;
  const { version, broker } = then;
  if ('problem' in broker) return { version, problem: broker.problem };
  return { version, explained: await explainSupposed(request, broker, at) };
}
