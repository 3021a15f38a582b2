// The last step before an answer: what was spent, what was decided and what was issued become durable in one transaction.

import { closeTrace, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { type Reason, Refusal } from '../protocol/refusal.ts';
import { type Commit, type CommitResult, type SingleUse, StoreUnavailable } from '../store/store.ts';
import { countRefusal } from './admission.ts';
import type { GrantContext } from './grants/types.ts';
import { behindIssued, lineageOf, othersBehind, suspendedBy } from './policy/suspension.ts';
import type { Ask, Decision, Draft, Issued } from './types.ts';

const replayReasons: Readonly<Record<SingleUse['kind'], Reason>> = {
  client_assertion: 'client_assertion.replayed',
  dpop_proof: 'dpop_proof.replayed',
  grant: 'grant.replayed',
  // No request spends one.
  notice: 'internal',
};

/** Writes a granted request. A key that was spent before turns it into a refusal, and nothing of it is written. */
export async function commit({ draft }: Issued, ask: Ask, decision: Decision, context: GrantContext): Promise<void> {
  const { broker, trace } = context;
  // The caller has been told to try again: a second token for the same wish would be one too many.
  if (trace.late) throw new Refusal('request.deadline');
  const result = await broker.store.commit(unitOf(draft, ask, decision, context));
  refuseUnlessCommitted(result, broker, trace);
}

/** All that is written for a token, and whose suspension forbids it. */
export function unitOf(
  draft: Draft,
  ask: Ask,
  decision: Decision,
  context: Pick<GrantContext, 'client' | 'trace'>,
): Commit {
  const { client, trace } = context;
  const { claims, kind, link } = draft;
  const { issuer, sub } = ask.subject.origin ?? ask.subject;
  return {
    spends: [...(trace.spends ?? []), ...ask.spends],
    unlessSuspended: behindIssued(decision, draft),
    record: closeTrace(trace),
    issued: {
      jti: claims.jti,
      kind: kind.name,
      clientId: client.id,
      subject: claims.sub,
      domain: trace.facts.domain,
      lineage: lineageOf(ask),
      issuedAt: Math.floor(trace.at / 1000),
      expiresAt: claims.exp,
      subjectIssuer: issuer,
      subjectSub: sub,
      behind: othersBehind(ask, decision, context),
    },
    ...(link && { link }),
  };
}

/** Nothing was written when a key had been spent before, a link stood otherwise or something was suspended: then it is refused. */
export function refuseUnlessCommitted(result: CommitResult, broker: Broker, trace: Trace): void {
  if (result.outcome === 'replayed') throw new Refusal(replayReasons[result.spent.kind], { received: result.spent.id });
  if (result.outcome === 'link_conflict')
    throw new Refusal('subject.conflict', { received: 'linked otherwise meanwhile' });
  if (result.outcome === 'suspended') throw suspendedBy(result.by, broker, trace);
}

/**
 * Writes a refused request of a known caller: its own credentials are spent, whatever the reason.
 * A caller we could not authenticate goes to the log alone (observe/requests.ts). Returns the refusal to answer with.
 */
export async function recordRefusal(error: unknown, trace: Trace, broker: Broker): Promise<Refusal> {
  const refusal = await writeRefusal(error, trace, broker);
  countRefusal(refusal, trace, broker);
  return refusal;
}

async function writeRefusal(error: unknown, trace: Trace, broker: Broker): Promise<Refusal> {
  const refusal = asRefusal(error);
  if (isOurs(refusal)) broker.log.error({ trace: trace.id, err: error }, 'a request failed');
  // A store that has just failed is not asked again while the caller waits.
  if (trace.spends === undefined || refusal.reason === 'store.unavailable') return refusal;
  try {
    return await commitRefusal(refusal, trace.spends, trace, broker);
  } catch (failure) {
    broker.log.error({ trace: trace.id, reason: refusal.reason, err: failure }, 'a refusal could not be recorded');
    return asRefusal(failure);
  }
}

async function commitRefusal(
  refusal: Refusal,
  spends: readonly SingleUse[],
  trace: Trace,
  broker: Broker,
): Promise<Refusal> {
  const result = await broker.store.commit({ spends, record: closeTrace(trace, refusal) });
  if (result.outcome !== 'replayed') return refusal;
  // Somebody sends credentials again: that is the story to tell, whatever else was wrong with the request.
  const replay = new Refusal(replayReasons[result.spent.kind], { received: result.spent.id });
  await broker.store.commit({ spends: [], record: closeTrace(trace, replay) });
  return replay;
}

/** A fault on our side: it is told with its error where it happened. */
export function isOurs({ reason }: Refusal): boolean {
  return reason === 'internal' || reason === 'store.unavailable';
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(error instanceof StoreUnavailable ? 'store.unavailable' : 'internal', {}, {}, error);
}
