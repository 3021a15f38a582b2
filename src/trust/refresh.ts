// Fetches in the background what is about to become stale, so that no request waits for it: few at a time, the slow apart.

import { limits } from '../protocol/limits.ts';
import type { Renewable } from './last-good.ts';

/**
 * One look at all of it, to be taken every second: what is due is fetched, the longest due first. What failed last time has
 * places of its own, so that partners that hang hold up each other and nobody else.
 */
export function openRefresher(sources: () => Iterable<Renewable>, clock: () => number): () => void {
  const underWay = { well: new Set<Renewable>(), ailing: new Set<Renewable>() };

  const start = (lane: Set<Renewable>, most: number, due: readonly Renewable[]) => {
    for (const source of due.slice(0, Math.max(0, most - lane.size))) {
      lane.add(source);
      void source.refresh().finally(() => lane.delete(source));
    }
  };
  return () => {
    const due: { readonly source: Renewable; readonly at: number }[] = [];
    let sleeping = limits.wakings;
    for (const source of sources()) {
      if (sleeping > 0 && source.waken() !== undefined) sleeping -= 1;
      const at = source.due();
      if (at <= clock()) due.push({ source, at });
    }
    const inOrder = due.sort((one, other) => one.at - other.at).map(({ source }) => source);
    start(
      underWay.well,
      limits.backgroundFetches,
      inOrder.filter((source) => !source.ailing()),
    );
    start(
      underWay.ailing,
      limits.backgroundRetries,
      inOrder.filter((source) => source.ailing()),
    );
  };
}
