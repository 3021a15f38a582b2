// Stops somebody at once and for all processes, proves it, and lets him go on when the reason has gone.

import { printableText } from '../audit/printable.ts';
import type { AuditRecord } from '../audit/record.ts';
import { closeTrace, note, openTrace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import type { Suspension } from '../store/store.ts';
import { openSuspensions } from '../trust/suspensions.ts';
import { type Canary, isProof, sendCanaries } from './canary.ts';
import { called, type Target } from './target.ts';

export type Order = {
  readonly target: Target;
  /** The operator who gives it. */
  readonly author: string;
  readonly reason: string | null;
};

export type Stopped = {
  /** As it stands in the store: of an earlier operator, when it was suspended already. */
  readonly suspension: Suspension;
  readonly already: boolean;
  /** Live tokens that were revoked by this order. */
  readonly revoked: number;
  /** The record of it; null when it was suspended already. */
  readonly traceId: string | null;
  readonly canaries: readonly Canary[];
  /** False: something got through. */
  readonly proven: boolean;
};

/**
 * Once it has resolved, no process commits anything for the target, and what was issued on it is revoked (store/suspension.ts).
 * Then canaries are sent: a broker that still lets one pass is told of in the answer, and not thrown.
 */
export async function suspend({ target, ...given }: Order, broker: Broker): Promise<Stopped> {
  const { suspendable, alias } = target;
  const { author, reason } = fitToKeep(given);
  const at = broker.now();
  const suspension = { ...suspendable, at, author, reason };
  const record = recordOf({ target, author, reason }, 'suspend', at);
  const done = await broker.store.suspend(suspension, Math.floor(at / 1000), alias, (revoked) => ({
    ...record,
    suspension: { ...suspendable, author, reason, revoked },
  }));
  const suspensions = await openSuspensions(broker.store);
  const canaries = await sendCanaries(target, { ...broker, suspensions });
  const shared = { canaries, proven: isProof(canaries) };
  if (done !== 'already')
    return { ...shared, suspension, already: false, revoked: done.revoked, traceId: record.traceId };
  return {
    ...shared,
    suspension: suspensions.find([suspendable]) ?? suspension,
    already: true,
    revoked: 0,
    traceId: null,
  };
}

/** Lets it be used again; no revoked token comes back. The trace id of the record; undefined: it was not suspended. */
export async function resume(order: Order, { store, now }: Broker): Promise<string | undefined> {
  const { suspendable } = order.target;
  const { author, reason } = fitToKeep(order);
  const record = { ...recordOf(order, 'resume', now()), suspension: { ...suspendable, author, reason } };
  return (await store.resume(suspendable, record)) ? record.traceId : undefined;
}

/** Somebody may paste what he was sent, token and all (design §2.10). */
const fitToKeep = ({ author, reason }: Pick<Order, 'author' | 'reason'>) => ({
  author: printableText(author),
  reason: reason === null ? null : printableText(reason),
});

function recordOf({ target }: Order, verb: 'suspend' | 'resume', at: number): AuditRecord {
  const { kind, issuer, name } = target.suspendable;
  const trace = openTrace(`${kind}.${verb}`, at);
  note(trace, {
    remediation: `${called(target)} ${verb === 'suspend' ? 'suspended' : 'resumed'}`,
    ...(kind === 'domain' && { domain: target.name }),
    ...(kind === 'client' && { client: name }),
    ...(kind === 'subject' && { subject: { issuer, sub: name } }),
  });
  return closeTrace(trace);
}
