// The primary process: starts the workers, changes all of them one by one for another configuration, and ends them.

import type { Log } from '../broker.ts';
import { openCrew, type Pause } from './crew.ts';
import { openPosts, type WorkersKeepDying } from './posts.ts';
import { type Listening, type Orders, type Worker, WorkerEnded } from './worker.ts';

export type SupervisorOptions = {
  /** How many workers, at least one. */
  readonly count: number;
  readonly fork: (orders: Orders) => Worker;
  readonly log: Log;
  /** Aborts when the workers shall finish, also while they start. */
  readonly signal?: AbortSignal;
  /** Milliseconds, never going back; default: the clock of the process. */
  readonly clock?: () => number;
  readonly pause?: Pause;
};

export type Supervisor = {
  /** Where all of them listen. */
  readonly listening: Listening;
  /**
   * Replaces the workers one by one by others that read the configuration anew; each listens before its predecessor finishes,
   * so that no request fails. When it cannot be used the log says why, and everything stays. Never rejects.
   */
  reload(): Promise<void>;
  /** Lets all finish and end, in bounded time. */
  stop(): Promise<void>;
  /** Resolves when it is no use to replace the dead any more; `stop` is still to be called. */
  readonly failure: Promise<WorkersKeepDying>;
};

/** So long (milliseconds) the next worker waits for a predecessor to end: machines are not made for twice the number. */
const relieveWithin = 2_000;

/**
 * Starts the workers. The first is alone while it reads and checks the configuration, updates the tables and makes the first
 * signing key, so that nobody races it there; the others get the configuration as it was read. Rejects with WorkerEnded.
 */
export async function supervise(options: SupervisorOptions): Promise<Supervisor> {
  const { count, fork, log, signal, clock = () => performance.now(), pause = wait } = options;
  const crew = openCrew({ fork, log, pause });
  signal?.addEventListener('abort', () => void crew.disband(), { once: true });
  let giveUp: (error: WorkersKeepDying) => void = () => {};
  const failure = new Promise<WorkersKeepDying>((resolve) => {
    giveUp = resolve;
  });

  const startAll = async () => {
    const first = crew.start({});
    const told = await first.listening;
    const others = Array.from({ length: count - 1 }, () => crew.start({ snapshot: told.snapshot }));
    await Promise.all(others.map((worker) => worker.listening));
    return { told, workers: [first, ...others] };
  };
  const { told, workers } = await startAll().catch(async (error: unknown) => {
    await crew.disband();
    throw error;
  });
  let current = told;
  const orders = () => ({ snapshot: current.snapshot });
  const posts = openPosts({ crew, orders, giveUp, log, clock, pause });
  for (const [post, worker] of workers.entries()) posts.take(post, worker);

  /** `goOn` resolves when it has ended, or soon: a client that sends slowly must not put off what the others shall learn. */
  const relieve = (worker: Worker) => {
    const over = new AbortController();
    const ended = crew.relieve(worker).then(() => over.abort());
    return { ended, goOn: pause(relieveWithin, over.signal) };
  };
  const replaceAll = async () => {
    const finishing: Promise<void>[] = [];
    for (let post = 0; post < count; post += 1) {
      if (crew.disbanded) return;
      const next = crew.start(post === 0 ? { fixed: current.fixed } : orders());
      const listening = await next.listening;
      current = listening;
      const before = posts.take(post, next);
      if (before === undefined) continue;
      const { ended, goOn } = relieve(before);
      finishing.push(ended);
      await goOn;
    }
    await Promise.all(finishing);
    log.info({ workers: count }, 'all workers serve by the configuration as it is now');
  };
  const reload = inTurn(() =>
    replaceAll().catch((error: unknown) => {
      if (!(error instanceof WorkerEnded)) throw error;
      if (!crew.disbanded) log.error({ ...error.ending }, 'the workers that were not replaced go on as they are');
    }),
  );
  return { listening: told, reload, stop: crew.disband, failure };
}

/** One at a time; who asks while one waits shares it. */
function inTurn(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  return () => {
    waiting ??= running.then(() => {
      waiting = undefined;
      running = work();
      return running;
    });
    return waiting;
  };
}

function wait(ms: number, until?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    until?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
