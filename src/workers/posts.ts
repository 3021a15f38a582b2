// As many posts as there shall be workers: when one dies at its post another one takes it, until that is plainly no use.

import type { Log } from '../broker.ts';
import type { Crew, Pause } from './crew.ts';
import { describeEnding, type Ending, type Orders, type Worker } from './worker.ts';

/** A worker that lived this long (milliseconds) did not die of how it started. */
const settledAfter = 10_000;
/** Deaths in a row at one post, each before that: the same would only happen again. */
const deathsInARow = 5;
/** Milliseconds; doubled with each further death in a row. */
const firstPause = 100;

/** Workers died again and again, right after their start. */
export class WorkersKeepDying extends Error {
  override readonly name = 'WorkersKeepDying';
}

export type PostsOptions = {
  readonly crew: Crew;
  /** What a worker that takes over serves by. */
  readonly orders: () => Orders;
  readonly giveUp: (error: WorkersKeepDying) => void;
  readonly log: Log;
  /** Milliseconds, never going back. */
  readonly clock: () => number;
  readonly pause: Pause;
};

export type Posts = {
  /** Puts a worker in the place of the one that was there, which is returned. */
  take(post: number, worker: Worker): Worker | undefined;
};

export function openPosts({ crew, orders, giveUp, log, clock, pause }: PostsOptions): Posts {
  const held = new Map<number, Worker>();

  const settle = (post: number, worker: Worker, deaths: number) => {
    held.set(post, worker);
    const since = clock();
    void worker.ended.then((ending) => {
      const early = clock() - since < settledAfter;
      return succeed(post, worker, early ? deaths + 1 : 1, ending);
    });
  };
  const isVacant = (post: number, worker: Worker) => held.get(post) === worker && !crew.disbanded;

  /** Where somebody else took the post, or all shall end, a death is nothing to repair. */
  async function succeed(post: number, dead: Worker, deaths: number, ending: Ending): Promise<void> {
    if (!isVacant(post, dead)) return;
    log.error({ worker: dead.pid, deaths, ...ending }, 'a worker died; another one takes its place');
    if (deaths >= deathsInARow) {
      const last = describeEnding(ending);
      giveUp(new WorkersKeepDying(`workers die right after their start: ${deaths} in a row, the last with ${last}`));
      return;
    }
    await pause(firstPause * 2 ** (deaths - 1));
    if (isVacant(post, dead)) settle(post, crew.start(orders()), deaths);
  }

  return {
    take(post, worker) {
      const before = held.get(post);
      settle(post, worker, 0);
      return before;
    },
  };
}
