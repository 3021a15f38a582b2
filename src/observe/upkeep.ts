// Background upkeep: our keys stay current, and what has expired leaves the store in small bites.

import type { Broker } from '../broker.ts';

/** How often keys are looked at: what another process rotated is in use here this much later at most. */
const keysEveryMs = 5_000;
const sweepEveryMs = 10_000;
/** Seconds a row is kept beyond its time: a request is judged by when it came and may commit this much later. */
const sweepMargin = 60;
/** Rows per bite: small enough that no request waits for it noticeably. */
const bite = 500;

/** Starts upkeep; the answer stops it and waits for what is under way. */
export function startUpkeep({
  signer,
  store,
  now,
  log,
}: Pick<Broker, 'signer' | 'store' | 'now' | 'log'>): () => Promise<void> {
  const chores = [
    chore(keysEveryMs, () => signer.refresh()),
    chore(sweepEveryMs, async () => {
      while ((await store.sweep(Math.floor(now() / 1000) - sweepMargin, bite)) === bite);
    }),
  ];
  return async () => {
    await Promise.all(chores.map((stop) => stop()));
  };

  function chore(everyMs: number, work: () => Promise<unknown>): () => Promise<void> {
    let running: Promise<unknown> = Promise.resolve();
    const run = () => {
      running = running.then(work).catch((err: unknown) => log.warn({ err }, 'upkeep failed; it will be tried again'));
    };
    const timer = setInterval(run, everyMs);
    timer.unref();
    return async () => {
      clearInterval(timer);
      await running;
    };
  }
}
