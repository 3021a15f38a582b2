// A request of the past, from its record: decided again by the rules of today.

import type { AuditRecord } from '../audit/record.ts';
import type { Broker } from '../broker.ts';
import { recordedRequest } from '../token/recorded.ts';
import type { ExplainQuestion } from './asked.ts';
import { explain, explainSupposed } from './explain.ts';
import type { Explained } from './explained.ts';

/** What would be decided now, and what was decided then. */
export type ExplainedPast = Explained & {
  readonly recorded: Pick<AuditRecord, 'at' | 'decision' | 'rule' | 'reason' | 'failed' | 'issued' | 'traceId'>;
};

/** Answers a question of any kind; `problem`: why a request of the past cannot be explained. */
export function explainAny(
  question: ExplainQuestion,
  broker: Broker,
): Promise<Explained | { readonly problem: string }> {
  return 'trace' in question ? explainPast(question.trace, broker) : explain(question, broker);
}

/** Explains the request of a trace id by today's configuration, as of its own time. `problem`: why it cannot be. */
export async function explainPast(
  traceId: string,
  broker: Broker,
): Promise<ExplainedPast | { readonly problem: string }> {
  const [stored] = await broker.store.findAudit(traceId);
  if (stored === undefined) {
    return {
      problem: 'no record has this trace id: requests of callers nobody knows are only logged, and old records leave',
    };
  }
  const { record } = stored;
  const past = recordedRequest(record, broker.domains);
  if ('problem' in past) return past;
  const { at, decision, rule, reason, failed, issued } = record;
  const now = await explainSupposed(past.request, broker, at);
  return { ...now, recorded: { at, decision, rule, reason, failed, issued, traceId } };
}
