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

/** Asks the database over a connection of its own. */
function readFile<T>(ask: (reader: Database.Database) => T): T {
  const reader = new Database(join(folder, 'crossgrant.db'), { readonly: true });
  try {
    return ask(reader);
  } finally {
    reader.close();
  }
}

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
  /** The number of the last audit record, as another connection to the file sees it. */
  records: () => readFile((reader) => Number(reader.prepare('SELECT coalesce(max(seq), 0) FROM audit').pluck().get())),
  fill: (count: number): Promise<void> => fillSingleUses(store, count),
  /** Size of the database file, bytes. */
  fileBytes: () =>
    readFile((reader) =>
      Number(reader.prepare('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size').pluck().get()),
    ),
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
