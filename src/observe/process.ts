// What one process tells of itself: what its broker reports, and what it costs: CPU, memory, handles, how late its event loop is.

import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Report } from './report.ts';

/** Once in the life of a process: it watches the event loop and the garbage collector from then on. */
export function processReport(broker: () => Promise<Report>): () => Promise<Report> {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return async () => {
    const [{ metrics, readiness }, own] = await Promise.all([broker(), register.getMetricsAsJSON()]);
    return { metrics: [...metrics, ...own], readiness };
  };
}
