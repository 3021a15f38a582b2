// How often which rule is used for what, counted in memory and handed to the store by the minute: no request waits for it.

import { countedOutcomes, type WouldBe } from '../audit/would-be.ts';
import type { Store, UsageCount } from '../store/store.ts';
import type { Answer } from '../token/respond.ts';

export type UsageCounter = {
  /** Counts a token request of a caller we know; others could fill our tables with words of their own. */
  count(answer: Pick<Answer, 'trace' | 'refusal'>): void;
  /** Hands over what was counted. What the store does not take now is handed over the next time. */
  flush(store: Pick<Store, 'addUsage' | 'savePartnerState'>): Promise<void>;
};

/** Different counts kept while the store cannot be reached; what comes beyond them is not counted. */
const mostCounts = 20_000;

/** `2026-11-30` for a time in milliseconds. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export function usageCounter(): UsageCounter {
  let counts = new Map<string, UsageCount>();

  const add = (counted: UsageCount) => {
    const { day, domain, rule, client, scope, outcome } = counted;
    const key = JSON.stringify([day, domain, rule, client, scope, outcome]);
    const known = counts.get(key);
    if (known === undefined && counts.size >= mostCounts) return;
    const [count, lastAt] = [(known?.count ?? 0) + counted.count, Math.max(known?.lastAt ?? 0, counted.lastAt)];
    counts.set(key, { ...counted, count, lastAt });
  };

  return {
    count({ trace, refusal }) {
      const { at, client, domain, rule, wouldBe } = trace.facts;
      // Who is asked about here is known, or would be.
      if (wouldBe) for (const counted of tried(wouldBe, client, at)) add(counted);
      if (trace.spends === undefined) return;
      const named = { domain: domain ?? '', rule: rule ?? '', client: client ?? '' };
      const counted = { ...named, day: dayOf(at), outcome: refusal?.reason ?? 'granted', count: 1, lastAt: at };
      for (const scope of scopesOf(trace.facts, refusal !== undefined)) add({ ...counted, scope });
    },
    async flush(store) {
      const handed = [...counts.values()];
      if (handed.length === 0) return;
      counts = new Map();
      try {
        await store.addUsage(handed);
      } catch (error) {
        for (const counted of handed) add(counted);
        throw error;
      }
      for (const [domain, exchangedAt] of lastExchanges(handed)) await store.savePartnerState({ domain, exchangedAt });
    },
  };
}

/** Beside the request itself, which is counted by how it was answered. */
function tried(wouldBe: WouldBe, client: string | null, at: number): readonly UsageCount[] {
  const named = { rule: wouldBe.rule ?? '', client: client ?? '', scope: '' };
  return countedOutcomes(wouldBe).map(([domain, outcome]) => ({
    ...named,
    ...{ domain, day: dayOf(at), outcome, count: 1, lastAt: at },
  }));
}

/** Of what was granted, as it was asked for, else as it was issued. What was refused may be anybody's invention. */
function scopesOf({ asked, issued }: Answer['trace']['facts'], refused: boolean): readonly string[] {
  const scopes = refused ? [] : (asked?.scope ?? issued?.scope ?? []);
  return scopes.length > 0 ? scopes : [''];
}

function lastExchanges(counts: readonly UsageCount[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { domain, outcome, lastAt } of counts) {
    if (outcome === 'granted' && domain !== '') last.set(domain, Math.max(lastAt, last.get(domain) ?? 0));
  }
  return last;
}
