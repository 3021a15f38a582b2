// One process that serves: opens everything, listens, and ends without cutting anybody off.

import { type App, openApp } from '../app.ts';
import type { Log } from '../broker.ts';
import type { Loaded } from '../config/compile.ts';
import { type Listener, listen } from '../listen.ts';
import { processReport } from '../observe/process.ts';
import type { Report } from '../observe/report.ts';
import { replaced } from '../workers/cluster.ts';
import { aborted } from './aborted.ts';

export type ServingOptions = {
  readonly log: Log;
  /** Aborts when this process shall finish; with the reason `replaced`, without waiting for load balancers to notice. */
  readonly stop: AbortSignal;
  /** Opens what lets operators ask for reports, if anything does; open until the last request has been answered. */
  readonly watch?: (process: Watched) => Promise<Pick<Listener, 'stop'> | undefined>;
  /** Called when connections are taken. */
  readonly listening: (app: App, port: number) => void;
};

/** What a process tells to whoever watches it. */
export type Watched = { readonly report: () => Promise<Report>; readonly explain: App['answerQuestion'] };

/** Serves by a loaded configuration until it is told to stop; requests under way are finished first. */
export async function serveUntilStopped(loaded: Loaded, options: ServingOptions): Promise<void> {
  const { log, stop, watch, listening } = options;
  const app = await openApp(loaded, { log });
  let watching: Pick<Listener, 'stop'> | undefined;
  try {
    const report = processReport(() => app.report(stop.aborted));
    watching = await watch?.({ report, explain: app.answerQuestion });
    const listener = await listen(app, { ...loaded.settings.listen, log });
    listening(app, listener.port);
    await aborted(stop);
    await listener.stop(stop.reason === replaced ? { drainMs: 0 } : {});
  } finally {
    await watching?.stop();
    await app.close();
  }
}
