// The worker processes that are alive, and how each is ended in bounded time.

import type { Log } from '../broker.ts';
import type { Orders, Worker } from './worker.ts';

/**
 * A worker that was asked to finish has ended so long after its drain (milliseconds), or is ended: its requests and last
 * commits take a few seconds.
 */
const finishWithin = 20_000;

export type Crew = {
  /** One that starts too late is asked to finish at once. */
  start(orders: Orders): Worker;
  /** Lets a worker end that another one replaces; resolves when it has ended. */
  relieve(worker: Worker): Promise<void>;
  /** Nobody starts any more; resolves when all have ended. */
  disband(): Promise<void>;
  readonly disbanded: boolean;
};

export type CrewOptions = {
  readonly fork: (orders: Orders) => Worker;
  readonly log: Log;
  readonly pause: Pause;
};

/** Resolves after so many milliseconds, or when the signal aborts. */
export type Pause = (ms: number, until?: AbortSignal) => Promise<void>;

export function openCrew({ fork, log, pause }: CrewOptions): Crew {
  /** With how long each drains, in milliseconds. */
  const alive = new Map<Worker, number>();
  let disbanded = false;

  const finish = async (worker: Worker, replaced: boolean) => {
    worker.stop(replaced);
    const over = new AbortController();
    const ended = worker.ended.then(() => over.abort());
    await pause(finishWithin + (alive.get(worker) ?? 0), over.signal);
    if (!over.signal.aborted) {
      log.warn({ worker: worker.pid }, 'a worker did not finish in time and is ended');
      worker.kill();
    }
    await ended;
  };
  return {
    get disbanded() {
      return disbanded;
    },
    start(orders) {
      const worker = fork(orders);
      alive.set(worker, 0);
      void worker.ended.then(() => alive.delete(worker));
      void worker.listening.then(
        ({ drain }) => {
          if (alive.has(worker)) alive.set(worker, drain * 1000);
          log.info({ worker: worker.pid }, 'a worker takes connections');
        },
        () => {},
      );
      if (disbanded) void finish(worker, false);
      return worker;
    },
    relieve: (worker) => finish(worker, true),
    async disband() {
      disbanded = true;
      await Promise.all([...alive.keys()].map((worker) => finish(worker, false)));
    },
  };
}
