// One process that serves: opens everything, listens, and ends without cutting anybody off.

import { type App, openApp } from '../app.ts';
import type { Log } from '../broker.ts';
import type { Loaded } from '../config/compile.ts';
import { listen } from '../listen.ts';

export type ServingOptions = {
  readonly log: Log;
  /** Aborts when this process shall finish. */
  readonly stop: AbortSignal;
  /** Called when connections are taken. */
  readonly listening: (app: App, port: number) => void;
};

/** Serves by a loaded configuration until it is told to stop; requests under way are finished first. */
export async function serveUntilStopped(loaded: Loaded, { log, stop, listening }: ServingOptions): Promise<void> {
  const app = await openApp(loaded, { log });
  try {
    const listener = await listen(app, loaded.settings.listen);
    listening(app, listener.port);
    await aborted(stop);
    await listener.stop();
  } finally {
    await app.close();
  }
}

/** Resolves once the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
