// What a domain was used for lately, as it was counted.

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
  const counts = (await store.usageSince(since)).filter((counted) => counted.domain === domain);
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

const sum = (counts: readonly { readonly count: number }[]) => counts.reduce((total, { count }) => total + count, 0);
