// Rules in report-only: asked about each request beside those in force, told in its record, and without a say in its answer.

import type { AuditRecord } from '../audit/record.ts';
import { note, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { Refusal } from '../protocol/refusal.ts';
import type { Prepared } from './path.ts';
import type { Incoming } from './types.ts';

/** How the rules in force decided. */
export type Outcome = Prepared | Refusal;

/** What would count if nothing were in report-only. */
export type Proposed = {
  /** Decides by it; signs, spends and writes nothing. */
  readonly broker: Broker;
  /** What is to be told beside what `trace` tells; nothing where nothing in report-only is concerned. Resolves within limits.trialMs, and never rejects. */
  weigh(incoming: Incoming, inForce: Outcome, trace: Trace): Promise<Told>;
};

/** `asked` with the claims that conditions in report-only look at: whoever decides the request again needs them. */
export type Told = Partial<Pick<AuditRecord, 'wouldBe' | 'asked'>>;

/** What `preparing` comes to; what it would come to by the rules in report-only is noted in the trace. */
export async function weighed(
  preparing: Promise<Prepared>,
  incoming: Incoming,
  { proposed }: Broker,
  trace: Trace,
): Promise<Prepared> {
  if (proposed === undefined) return preparing;
  const outcome = await preparing.catch((error: unknown) => {
    if (error instanceof Refusal) return error;
    throw error;
  });
  note(trace, await proposed.weigh(incoming, outcome, trace));
  if (outcome instanceof Refusal) throw outcome;
  return outcome;
}
