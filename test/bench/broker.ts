// A child that runs the broker as `serve` does: configuration files, a SQLite file with durable commits, HTTP on loopback.

import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { App } from '../../src/app.ts';
import { serveUntilStopped } from '../../src/cli/serving.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openLog } from '../../src/observe/log.ts';
import { answerCalls } from './calls.ts';
import { environment } from './configuration.ts';
import { fillSingleUses } from './fill.ts';
import { measuredCommands } from './measured.ts';

const folder = process.argv[2] ?? '';
const stop = new AbortController();
const loaded = await loadConfig(join(folder, 'crossgrant.yaml'), environment);
const { app, port, ended } = await serve();
const { store } = app.broker;
const durableCommit = store.commit;

/** Resolves once it listens. */
function serve(): Promise<{ readonly app: App; readonly port: number; readonly ended: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const running = serveUntilStopped(loaded, {
      // Refusals are logged at info; asking for a nonce is one.
      log: openLog('warn'),
      stop: stop.signal,
      listening: (opened, at) => resolve({ app: opened, port: at, ended: running }),
    });
    running.catch(reject);
  });
}

const commands = {
  ...measuredCommands(port),
  /** How many records the audit trail has, as another connection to the file sees it. */
  records(): number {
    const reader = new Database(join(folder, 'crossgrant.db'), { readonly: true });
    try {
      return Number(reader.prepare('SELECT count(*) FROM audit').pluck().get());
    } finally {
      reader.close();
    }
  },
  fill: (count: number): Promise<void> => fillSingleUses(store, count),
  /** Size of the database file, bytes. */
  fileBytes(): number {
    const reader = new Database(join(folder, 'crossgrant.db'), { readonly: true });
    try {
      return (
        Number(reader.pragma('page_count', { simple: true })) * Number(reader.pragma('page_size', { simple: true }))
      );
    } finally {
      reader.close();
    }
  },
  /** Takes the store out of the path, or puts it back: to see what durability costs in latency. */
  keepNothing(nothing: boolean): void {
    store.commit = nothing ? async () => ({ outcome: 'committed' }) : durableCommit;
  },
};
export type BrokerCommands = typeof commands;
answerCalls(commands, async () => {
  stop.abort();
  await ended;
});
