// Stopping in three steps, so that whoever sends on an open connection gets an answer: drain, close what is idle, cut what is left.

import type { Connections } from './connections.ts';

/** Milliseconds. */
export type StopOptions = {
  /** For so long new connections are still taken, while whoever asks for readiness is told no. */
  readonly drainMs?: number;
  /** How long after that an idle connection may still bring a request. */
  readonly idleMs?: number;
  /** How long after the drain the last answer may take. */
  readonly graceMs?: number;
};

/** What of a listener takes part. */
export type Stoppable = {
  readonly connections: Pick<Connections, 'partWithAll' | 'cutSilent' | 'cutAll'>;
  /** Takes no more connections; `closed` is called when the last one has gone. */
  refuseNew(closed: () => void): void;
  cutIdle(): void;
  end(): void;
};

/** Resolves when the last connection has gone: after `drainMs` and `graceMs` at the latest. */
export async function stopGracefully(
  { connections, refuseNew, cutIdle, end }: Stoppable,
  { drainMs, idleMs, graceMs }: Required<StopOptions>,
): Promise<void> {
  connections.partWithAll();
  if (drainMs > 0) await new Promise((resolve) => setTimeout(resolve, drainMs));
  const idle = () => {
    cutIdle();
    connections.cutSilent();
  };
  const timers = [setTimeout(idle, idleMs), setTimeout(() => connections.cutAll(), graceMs)];
  if (idleMs === 0) idle();
  await new Promise<void>((resolve) => refuseNew(resolve));
  for (const timer of timers) clearTimeout(timer);
  end();
}
