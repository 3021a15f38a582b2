// How much of us one partner can hold by being slow: so many fetches at once, and one name lookup.

import { FetchRefused } from './fetch-refused.ts';

/** Runs `work` unless too much for the same place is under way already. Throws FetchRefused `busy` at once. */
export type FetchBudget = <T>(place: string, work: () => Promise<T>) => Promise<T>;

/** A budget of `most` at once for each place; what is counted is what is under way, and therefore bounded. */
export function fetchBudget(most: number): FetchBudget {
  const underWay = new Map<string, number>();
  return async (place, work) => {
    const count = underWay.get(place) ?? 0;
    if (count >= most) throw new FetchRefused('busy', `${place}: ${most} requests wait for it already`);
    underWay.set(place, count + 1);
    try {
      return await work();
    } finally {
      const left = (underWay.get(place) ?? 1) - 1;
      if (left > 0) underWay.set(place, left);
      else underWay.delete(place);
    }
  };
}

/**
 * One at a time for each key; who comes meanwhile shares it. Name lookups run on a few threads that all hosts share (libuv),
 * and cannot be stopped: without this, callers waiting for one name server that hangs would take them all.
 */
export function shared<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  return (key) => {
    const asking = underWay.get(key) ?? ask(key).finally(() => underWay.delete(key));
    underWay.set(key, asking);
    return asking;
  };
}
