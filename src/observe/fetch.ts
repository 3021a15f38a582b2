// A guarded fetch that is timed: which partners are slow is in their key metrics, how fetches end is here.

import { FetchRefused, type GuardedFetch } from '../trust/guarded-fetch.ts';
import type { Metrics } from './metrics.ts';

export function observedFetch(guarded: GuardedFetch, metrics: Metrics): GuardedFetch {
  return async (url, request) => {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    try {
      const answer = await guarded(url, request);
      metrics.outbound('answered', seconds());
      return answer;
    } catch (error) {
      metrics.outbound(error instanceof FetchRefused ? error.fault : 'error', seconds());
      throw error;
    }
  };
}
