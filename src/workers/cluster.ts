// Worker processes by node:cluster: they share the listening socket, and talk with the primary over a pipe nobody else has.

import cluster, { type Worker as Forked } from 'node:cluster';
import { type Ending, type Listening, type Orders, type Worker, WorkerEnded } from './worker.ts';

type ToPrimary = { readonly say: 'ready for orders' } | { readonly say: 'listening'; readonly listening: Listening };
type ToWorker =
  | { readonly say: 'serve'; readonly orders: Orders }
  | { readonly say: 'stop'; readonly replaced: boolean };

/** The primary's end of the pipe to this process; undefined in a process that is no worker. */
export type PrimaryLink = {
  readonly orders: Promise<Orders>;
  /** Aborts when the primary wants this process to finish; the reason is `replaced` when another one takes its place. */
  readonly stop: AbortSignal;
  tell(listening: Listening): void;
  /** Lets go of the pipe: it would keep this process alive. */
  leave(): void;
};

/** Starts this program once more, with the same arguments, as a worker. */
export function forkWorker(orders: Orders): Worker {
  const forked = cluster.fork();
  const ended = new Promise<Ending>((resolve) => {
    forked.once('exit', (code, signal) => resolve({ code, signal }));
    // A process that could not be started has no exit.
    forked.once('error', () => forked.process.pid === undefined && resolve({ code: 1, signal: null }));
  });
  const listening = new Promise<Listening>((resolve, reject) => {
    forked.on('message', (message: ToPrimary) => {
      if (message.say === 'listening') resolve(message.listening);
      if (message.say === 'ready for orders') send(forked, { say: 'serve', orders });
    });
    void ended.then((ending) => reject(new WorkerEnded(ending)));
  });
  // Who waits for it hears of it; who does not must not bring down the primary.
  listening.catch(() => {});
  return {
    pid: forked.process.pid ?? 0,
    listening,
    ended,
    stop: (replaced) => send(forked, { say: 'stop', replaced }),
    kill: () => forked.process.kill('SIGKILL'),
  };
}

/** A worker that is gone hears nothing, which is no failure of ours. */
function send(forked: Forked, message: ToWorker): void {
  if (forked.isConnected()) forked.send(message, () => {});
}

/** Why a process finishes: new connections reach another one already, nobody has to be told to go elsewhere. */
export const replaced = 'replaced';

/** The link to the primary, in a worker. */
export function linkToPrimary(): PrimaryLink | undefined {
  const { worker } = cluster;
  if (worker === undefined) return undefined;
  const stop = new AbortController();
  const orders = new Promise<Orders>((resolve) => {
    worker.on('message', (message: ToWorker) => {
      if (message.say === 'serve') resolve(message.orders);
      if (message.say === 'stop') stop.abort(message.replaced ? replaced : undefined);
    });
  });
  const tell = (message: ToPrimary) => worker.send(message, () => {});
  tell({ say: 'ready for orders' });
  return {
    orders,
    stop: stop.signal,
    tell: (listening) => tell({ say: 'listening', listening }),
    leave: () => worker.disconnect(),
  };
}
