// Load of two kinds: closed (as fast as the server answers, for cost and capacity) and open (as users come, for latency).

import { type Connection, connect } from './connection.ts';
import type { HttpBytes } from './http-bytes.ts';

/** Requests under way at once in a closed loop. */
const concurrency = 64;
/** Connections an open loop may open, below what one address may; who comes beyond waits, and the wait counts. */
const openConnections = 256;
/** Milliseconds after which a loop has failed: each is a few seconds long. */
const patience = 60_000;

export type Expected = {
  /** What the body of every answer must contain. */
  readonly member: string;
  /** Sees every answer. */
  readonly seen?: (body: string) => void;
};

/** Sends all requests, `concurrency` at a time. Rejects at the first answer that is not what is expected. Milliseconds taken. */
export async function closedLoop(port: number, requests: readonly Buffer[], expected: Expected): Promise<number> {
  const lanes = await openLanes(port, Math.min(concurrency, requests.length));
  const from = performance.now();
  let next = 0;
  let open = requests.length;
  await lanes.run((done, failed) => {
    const advance = (connection: Connection) => {
      const request = requests[next];
      if (request === undefined) return;
      next += 1;
      connection.send(request, (answer) => {
        if (!inspect(answer, expected, failed)) return;
        open -= 1;
        if (open === 0) done();
        else advance(connection);
      });
    };
    for (const connection of lanes.connections) advance(connection);
  });
  return performance.now() - from;
}

/**
 * Sends requests at random moments (Poisson), `perSecond` on average, whether or not earlier ones were answered. Returns the
 * milliseconds from each moment to its answer: a request that could not even be sent has waited too.
 */
export async function openLoop(
  port: number,
  requests: readonly Buffer[],
  perSecond: number,
  expected: Expected,
): Promise<readonly number[]> {
  const lanes = await openLanes(port, Math.min(openConnections, requests.length));
  const idle = [...lanes.connections];
  const queued: { readonly due: number; readonly request: Buffer }[] = [];
  const latencies: number[] = [];
  await lanes.run((done, failed) => {
    const send = (connection: Connection, due: number, request: Buffer) =>
      connection.send(request, (answer) => {
        latencies.push(performance.now() - due);
        if (!inspect(answer, expected, failed)) return;
        if (latencies.length === requests.length) return done();
        const waiting = queued.shift();
        if (waiting) send(connection, waiting.due, waiting.request);
        else idle.push(connection);
      });
    let next = 0;
    let due = performance.now();
    // Timers of node are a millisecond coarse; this core has nothing else to do than to look at the clock.
    const look = () => {
      const now = performance.now();
      for (; due <= now; due += untilNext(perSecond)) {
        const request = requests[next];
        if (request === undefined) return;
        next += 1;
        const connection = idle.pop();
        if (connection) send(connection, due, request);
        else queued.push({ due, request });
      }
      setImmediate(look);
    };
    look();
  });
  return latencies;
}

/** Milliseconds to the next arrival: exponentially distributed, which makes the arrivals a Poisson process. */
const untilNext = (perSecond: number) => (-Math.log(1 - Math.random()) / perSecond) * 1000;

type Run = (done: () => void, failed: (error: Error) => void) => void;

/** Connections that are open before the clock runs. What breaks on any of them ends the whole loop. */
async function openLanes(port: number, count: number) {
  const broken = new AbortController();
  const fail = (error: Error) => broken.abort(error);
  const connections = await Promise.all(Array.from({ length: count }, () => connect(port, fail)));
  return {
    connections,
    async run(start: Run): Promise<void> {
      const late = setTimeout(() => fail(new Error(`not all requests were answered in ${patience} ms`)), patience);
      try {
        await new Promise<void>((resolve, reject) => {
          broken.signal.addEventListener('abort', () => reject(broken.signal.reason), { once: true });
          broken.signal.throwIfAborted();
          start(resolve, fail);
        });
      } finally {
        clearTimeout(late);
        for (const connection of connections) connection.close();
      }
    },
  };
}

function inspect({ status, body }: HttpBytes, { member, seen }: Expected, failed: (error: Error) => void): boolean {
  const good = status === 200 && body.includes(member);
  if (good) seen?.(body);
  else failed(new Error(`a request was not answered as it should be: ${status} ${body}`));
  return good;
}
