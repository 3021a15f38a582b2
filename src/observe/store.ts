// A store whose commits are timed: what a request waits for before its answer may leave.

import type { Store } from '../store/store.ts';
import type { Metrics } from './metrics.ts';

export function observedStore(store: Store, metrics: Metrics): Store {
  return {
    ...store,
    async commit(commit) {
      const started = performance.now();
      const ended = metrics.commit();
      let failed = true;
      try {
        const result = await store.commit(commit);
        failed = false;
        return result;
      } finally {
        ended((performance.now() - started) / 1000, failed);
      }
    },
  };
}
