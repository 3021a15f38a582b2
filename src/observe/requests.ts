// What is told of each request once it is answered: counted, timed, and one line in the log.

import { printableText } from '../audit/printable.ts';
import { failedCheck, type Trace } from '../audit/trace.ts';
import type { WouldBe } from '../audit/would-be.ts';
import type { Log, LogFields } from '../broker.ts';
import { isOurs } from '../token/commit.ts';
import type { Answer } from '../token/respond.ts';
import type { Metrics, Outcome } from './metrics.ts';
import type { PartnerStates } from './partner-states.ts';
import type { UsageCounter } from './usage.ts';

/** Told of each request to an endpoint that takes a form. */
export type RequestObserver = {
  /** `endpoint`: the word at the end of its path. `seconds`: from the request read to the answer ready to leave. */
  ended(endpoint: string, answer: Answer, seconds: number): void;
};

/** Who else wants to know of token requests; absent: nobody. */
export type Watchers = { readonly usage?: Pick<UsageCounter, 'count'>; readonly states?: Pick<PartnerStates, 'saw'> };

export function observeRequests(metrics: Metrics, log: Log, { usage, states }: Watchers = {}): RequestObserver {
  return {
    ended(endpoint, answer, seconds) {
      count(endpoint, answer, seconds, metrics);
      if (endpoint === 'token') usage?.count(answer);
      states?.saw(answer);
      tell(answer, seconds, log);
    },
  };
}

function count(endpoint: string, answer: Answer, seconds: number, metrics: Metrics): void {
  const { action, domain, wouldBe } = answer.trace.facts;
  const outcome = outcomeOf(answer);
  metrics.request(endpoint, outcome, seconds);
  // Until the grant is known, the action is the endpoint.
  if (endpoint === 'token') metrics.tokenRequest(action === endpoint ? 'none' : action, outcome);
  if (domain !== null) metrics.domainRequest(domain, outcome);
  if (answer.refusal !== undefined) metrics.refusal(answer.refusal.reason);
  if (wouldBe !== undefined)
    for (const { domain: tried } of [wouldBe, ...(wouldBe.also ?? [])]) metrics.wouldBe(tried, wouldBe.outcome);
}

function outcomeOf({ refusal, status }: Answer): Outcome {
  if (refusal === undefined) return 'granted';
  return status < 500 ? 'refused' : 'failed';
}

/** Every request that was refused; those that were granted only for who wants to know of each: they are in the audit trail. */
function tell({ trace, refusal }: Answer, seconds: number, log: Log): void {
  if (refusal === undefined) log.debug?.(fieldsOf(trace, seconds), 'granted');
  else if (!isOurs(refusal)) log.info({ ...fieldsOf(trace, seconds), ...failedCheck(refusal) }, 'refused');
  const { wouldBe } = trace.facts;
  if (wouldBe === undefined || wouldBe.outcome === 'same') return;
  const { domain, rule, failed } = wouldBe;
  log.info({ ...fieldsOf(trace, seconds), domain, rule, ...failed }, saysOf(wouldBe));
}

function saysOf({ outcome }: WouldBe): string {
  if (outcome === 'unknown') return 'what is in report-only took too long to say';
  return outcome === 'otherwise'
    ? 'something else would be issued by what is in report-only'
    : `would be ${outcome} by what is in report-only`;
}

function fieldsOf({ id, facts }: Trace, seconds: number): LogFields {
  const { action, client, domain, rule } = facts;
  // Until he is known, what he calls himself is a stranger's word; and not every log is ours (index.ts).
  const named = client === null ? null : printableText(client);
  return { trace: id, action, client: named, domain, rule, ms: Math.round(seconds * 1e6) / 1e3 };
}
