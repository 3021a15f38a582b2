// What is counted and timed of each request, commit and outbound call. Labels come from closed lists or from the configuration.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { WouldBeOutcome } from '../audit/would-be.ts';
import type { Reason } from '../protocol/refusal.ts';
import { refusals } from '../protocol/refusals.ts';
import type { FetchFault } from '../trust/guarded-fetch.ts';

/** `failed`: our fault, a 5xx; `refused`: everything else that brought no token or answer. */
export type Outcome = 'granted' | 'refused' | 'failed';

/** The metrics of one broker; several in a process keep out of each other's way. */
export type Metrics = {
  readonly registry: Registry;
  /** A request to one of the endpoints ended; seconds from its first byte to the answer. */
  request(endpoint: string, outcome: Outcome, seconds: number): void;
  /** `grant`: a name of the grant catalog, or `none` when the request names no grant of it. */
  tokenRequest(grant: string, outcome: Outcome): void;
  /** `domain`: the name of a configured domain. */
  domainRequest(domain: string, outcome: Outcome): void;
  refusal(reason: Reason): void;
  /** What rules in report-only would have answered to a request that concerns them. */
  wouldBe(domain: string, outcome: WouldBeOutcome): void;
  /** A commit has begun; the answer ends it: it took so many seconds, and may have failed. */
  commit(): (seconds: number, failed: boolean) => void;
  /** A fetch from a partner took so many seconds; `answered` whatever the status. */
  outbound(outcome: FetchFault | 'answered' | 'error', seconds: number): void;
};

/** From half a millisecond (a commit on a fast disk) to the ten seconds after which nobody waits any more. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function openMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const fetches = new Histogram({
    name: 'crossgrant_outbound_duration_seconds',
    help: 'Fetches from partners, by how they ended',
    labelNames: ['outcome'],
    buckets,
    registers,
  });
  return {
    registry,
    ...requestMetrics(registers),
    ...commitMetrics(registers),
    outbound: (outcome, seconds) => fetches.observe({ outcome }, seconds),
  };
}

function requestMetrics(
  registers: Registry[],
): Pick<Metrics, 'request' | 'tokenRequest' | 'domainRequest' | 'refusal' | 'wouldBe'> {
  const requests = new Histogram({
    name: 'crossgrant_request_duration_seconds',
    help: 'From the request read to the answer ready to leave, by endpoint and outcome',
    labelNames: ['endpoint', 'outcome'],
    buckets,
    registers,
  });
  const tokenRequests = new Counter({
    name: 'crossgrant_token_requests_total',
    help: 'Requests to the token endpoint, by grant and outcome',
    labelNames: ['grant', 'outcome'],
    registers,
  });
  const domainRequests = new Counter({
    name: 'crossgrant_domain_requests_total',
    help: 'Requests that concern another domain, by its name and by outcome',
    labelNames: ['domain', 'outcome'],
    registers,
  });
  const refused: Counter = new Counter({
    name: 'crossgrant_refusals_total',
    help: 'Refused requests, by the reason of the audit record',
    labelNames: ['reason'],
    registers,
    // From the start at 0: a counter that appears with its first refusal shows no increase to whoever watches for one.
    collect: () => {
      for (const reason of Object.keys(refusals)) refused.inc({ reason }, 0);
    },
  });
  const tried = new Counter({
    name: 'crossgrant_report_only_total',
    help: 'Requests that concern rules in report-only, by domain and by what those would have answered',
    labelNames: ['domain', 'would'],
    registers,
  });
  return {
    request: (endpoint, outcome, seconds) => requests.observe({ endpoint, outcome }, seconds),
    tokenRequest: (grant, outcome) => tokenRequests.inc({ grant, outcome }),
    domainRequest: (domain, outcome) => domainRequests.inc({ domain, outcome }),
    refusal: (reason) => refused.inc({ reason }),
    wouldBe: (domain, would) => tried.inc({ domain, would }),
  };
}

function commitMetrics(registers: Registry[]): Pick<Metrics, 'commit'> {
  const commits = new Histogram({
    name: 'crossgrant_commit_duration_seconds',
    help: 'How long a request waits until what it writes is durable',
    buckets,
    registers,
  });
  const failures = new Counter({
    name: 'crossgrant_commit_failures_total',
    help: 'Commits that failed; nothing of them was written and nothing answered as if it had been',
    registers,
  });
  let waiting = 0;
  const underWay: Gauge = new Gauge({
    name: 'crossgrant_commits_waiting',
    help: 'Requests that wait for their commit right now',
    registers,
    collect: () => underWay.set(waiting),
  });
  const ended = (seconds: number, failed: boolean) => {
    waiting -= 1;
    commits.observe(seconds);
    if (failed) failures.inc();
  };
  return {
    commit() {
      waiting += 1;
      return ended;
    },
  };
}
