// The story of one request: opened first, closed on every exit. It is the audit record, the log line and the answer of explain.

import type { JsonObject } from '../jose/json.ts';
import { type Evidence, type Reason, Refusal } from '../protocol/refusal.ts';
import { uuidv7 } from '../protocol/uuid.ts';
import type { Caller } from '../rates/rates.ts';
import type { SingleUse } from '../store/store.ts';
import type { GrantContext } from '../token/grants/types.ts';
import type { Ask } from '../token/types.ts';
import { printable } from './printable.ts';
import type { AuditRecord, Check } from './record.ts';

/** The record as far as it is known; it has all members from the start, so that closing it is one copy. */
type Facts = { -readonly [K in keyof AuditRecord]: AuditRecord[K] };

/** What a step may learn: how the request ends is said when the trace is closed. */
type Learned = Partial<Omit<Facts, 'at' | 'traceId' | 'decision' | 'reason' | 'failed'>>;

export type Trace = {
  /** 32 hex digits, as in W3C trace context: a UUID version 7, so that records of one time lie together. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Every check and what it looked at, for whoever explains a request; undefined where nobody listens. */
  readonly story: Story | undefined;
  readonly facts: Facts;
  /** An ID-JAG is asked for or a grant redeemed: a bad token is then invalid_grant (ID-JAG §4.3.4.3). */
  grantProfile: boolean;
  /** What the caller spent by asking; undefined until the caller is known, and then nothing of it is written. */
  spends: readonly SingleUse[] | undefined;
  /** Whose failures are counted where, as long as the caller is unknown; undefined for a call in process. */
  caller: Caller | undefined;
  /** A trace id the caller says the request belongs to; decides nothing (grants/received.ts). */
  told: string | undefined;
  /** Who issued the token that was presented, and when by his clock (seconds); known once its signature held. */
  tokenFrom: { readonly issuer: string; readonly iat: number } | undefined;
  /** What issuers said of opaque tokens that came with it, by issuer and token; undefined where none was asked. */
  said: Map<string, JsonObject> | undefined;
  /** The caller has been answered, because it took too long: nothing may be issued to him any more. */
  late: boolean;
};

/** What a request went through, in order. Nothing that a record does not tell has a place in it either. */
export type Story = {
  readonly held: Check[];
  /** What the decision was asked for, once the path came to it. */
  decision?: { readonly ask: Ask; readonly context: GrantContext };
};

/** Opens a trace at `now` (milliseconds); `story` is filled as the request goes on. */
export function openTrace(action: string, now: number, story?: Story): Trace {
  const id = uuidv7(now).replaceAll('-', '');
  return {
    id,
    at: now,
    story,
    grantProfile: false,
    spends: undefined,
    caller: undefined,
    told: undefined,
    tokenFrom: undefined,
    said: undefined,
    late: false,
    facts: {
      agent: null,
      subject: null,
      resource: [],
      action,
      risk: {},
      remediation: null,
      client: null,
      domain: null,
      rule: null,
      presented: null,
      issued: null,
      txn: null,
      at: now,
      traceId: id,
      decision: 'granted',
      reason: null,
      failed: null,
    },
  };
}

/**
 * Records that a check held, or refuses with its reason and what was expected and received: as a function where a long list
 * is to be told, which is then only made for a refusal.
 */
export function check(
  trace: Trace,
  reason: Reason,
  holds: boolean,
  evidence?: Evidence | (() => Evidence),
): asserts holds {
  if (!holds) throw new Refusal(reason, typeof evidence === 'function' ? evidence() : evidence);
  pass(trace, reason, evidence);
}

/** Records that a check held which was made elsewhere. */
export function pass({ story }: Trace, reason: Reason, evidence?: Evidence | (() => Evidence)): void {
  story?.held.push(toldCheck(reason, (typeof evidence === 'function' ? evidence() : evidence) ?? {}));
}

/** Adds what a step learned. */
export function note(trace: Trace, facts: Learned): void {
  Object.assign(trace.facts, facts);
}

/** The record of a request that was granted, or of the refusal that ended it. */
export function closeTrace({ facts }: Trace, refusal?: Refusal): AuditRecord {
  if (refusal === undefined) return { ...facts };
  return { ...facts, decision: 'refused', issued: null, reason: refusal.reason, failed: failedCheck(refusal) };
}

/** The check that ended a request, in a form that may be kept and shown to an operator. */
export function failedCheck({ reason, evidence }: Refusal): Check {
  return toldCheck(reason, evidence);
}

function toldCheck(reason: Reason, evidence: Evidence): Check {
  return {
    reason,
    ...(evidence.expected !== undefined && { expected: printable(evidence.expected) }),
    ...(evidence.received !== undefined && { received: printable(evidence.received) }),
  };
}
