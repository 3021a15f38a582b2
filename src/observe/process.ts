// What the process itself costs: CPU, memory, file handles, garbage collection, and how late its event loop is.

import { collectDefaultMetrics, Registry } from 'prom-client';

/** Once in the life of a process: it watches the event loop and the garbage collector from then on. */
export function processMetrics(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}
