// What a domain was used for lately, as it was counted.

import { readCountedOutcome, type WouldBeOutcome } from '../audit/would-be.ts';
import type { NamedTrial } from '../config/report-only.ts';
import type { Store } from '../store/store.ts';

export type DomainUse = {
  /** Days looked back. */
  readonly days: number;
  readonly granted: number;
  /** By client, most used first. */
  readonly clients: readonly { readonly client: string; readonly granted: number; readonly lastAt: number }[];
  /** By reason, most often first. */
  readonly refused: readonly { readonly reason: string; readonly count: number }[];
};

/** `now` in milliseconds. A request for several scopes is counted for each. */
export async function useOf(
  domain: string,
  store: Pick<Store, 'usageSince'>,
  now: number,
  days = 30,
): Promise<DomainUse> {
  const since = new Date(now - days * 86_400_000).toISOString().slice(0, 10);
  const counts = (await store.usageSince(since)).filter(
    (counted) => counted.domain === domain && readCountedOutcome(counted.outcome) === undefined,
  );
  const granted = counts.filter(({ outcome }) => outcome === 'granted');
  const clients = [...new Set(granted.map(({ client }) => client))].map((client) => {
    const own = granted.filter((counted) => counted.client === client);
    return { client, granted: sum(own), lastAt: Math.max(...own.map(({ lastAt }) => lastAt)) };
  });
  const others = counts.filter(({ outcome }) => outcome !== 'granted');
  const refused = [...new Set(others.map(({ outcome }) => outcome))].map((reason) => ({
    reason,
    count: sum(others.filter(({ outcome }) => outcome === reason)),
  }));
  return {
    days,
    granted: sum(granted),
    clients: clients.sort((one, other) => other.granted - one.granted),
    refused: refused.sort((one, other) => other.count - one.count),
  };
}

/** What is in report-only would have answered, by outcome, reason and client: what would be refused first. */
export type TrialUse = {
  readonly requests: number;
  /** The first day something was counted, `2026-11-30`; null: nothing was yet. */
  readonly since: string | null;
  readonly answers: readonly {
    readonly outcome: WouldBeOutcome;
    /** A key of the refusal table; null where nobody refuses. */
    readonly reason: string | null;
    readonly client: string;
    readonly count: number;
    /** Milliseconds since the epoch. */
    readonly lastAt: number;
  }[];
};

const gravest: readonly WouldBeOutcome[] = ['refused', 'granted', 'otherwise', 'unknown', 'same'];

/** As far as it was counted: processes count in memory, and hand over by the minute. */
export async function trialUse({ domain, name }: NamedTrial, store: Pick<Store, 'usageSince'>): Promise<TrialUse> {
  const answers = new Map<string, TrialUse['answers'][number]>();
  const days: string[] = [];
  for (const { day, domain: of, client, outcome: counted, count, lastAt } of await store.usageSince('')) {
    const read = readCountedOutcome(counted);
    if (of !== domain || read?.trial !== name) continue;
    days.push(day);
    const { outcome, reason } = read;
    const key = JSON.stringify([outcome, reason, client]);
    const known = answers.get(key) ?? { count: 0, lastAt: 0 };
    answers.set(key, { outcome, reason, client, count: known.count + count, lastAt: Math.max(known.lastAt, lastAt) });
  }
  const all = [...answers.values()];
  return {
    requests: sum(all),
    since: days.sort()[0] ?? null,
    answers: all.sort(
      (one, other) => gravest.indexOf(one.outcome) - gravest.indexOf(other.outcome) || other.count - one.count,
    ),
  };
}

const sum = (counts: readonly { readonly count: number }[]) => counts.reduce((total, { count }) => total + count, 0);
