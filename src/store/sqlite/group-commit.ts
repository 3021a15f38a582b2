// One transaction, and so one fsync, for everything that arrived while the last transaction ran.

import type { Database } from 'better-sqlite3';
import { StoreUnavailable } from '../store.ts';
import type { ChainWriter } from './chain-writer.ts';
import { busyTimeout } from './connection.ts';
import { isBusy, isStateOfFile, translateFailure } from './failure.ts';
import { whenNeeded } from './when-needed.ts';

/** Reads and writes inside the transaction, synchronously. What it throws undoes it alone; it may be run again then. */
export type Unit<Result> = () => Result;

export type GroupCommit = {
  /** Resolves when the unit is durable. Rejects with StoreUnavailable when its transaction failed: nothing was written. */
  run<Result>(unit: Unit<Result>): Promise<Result>;
  /** As run, for what an operator ordered: it waits longer, and looks without a pause whether the file is free. */
  order<Result>(unit: Unit<Result>): Promise<Result>;
  /** Writes what waits at once and refuses what comes later. */
  close(): void;
};

/** What is kept in memory of the database, and follows it: settled before each COMMIT, taken back with what is undone. */
export type Follower = Pick<ChainWriter, 'settle' | 'mark'>;

/** `perform` runs a unit and returns how to answer it once everything is durable. `until`: how long it may wait for the file. */
type Waiting = {
  readonly perform: () => () => void;
  readonly reject: (reason: unknown) => void;
  readonly until: number;
  readonly ordered: boolean;
};

/**
 * Milliseconds a unit waits for its turn at a file that other processes keep busy; below limits.requestMs, so that the caller is
 * told. SQLite knows no queue: with its own wait of a second alone, one of three busy processes went away empty.
 */
const usualPatience = 3_000;

/** Milliseconds for what operators do, longer than for requests: what they stop must not go on because everybody is busy. */
const ordersPatience = 10_000;

/** Milliseconds between two looks: short, and never the same, so that nobody always comes when the others have the file. */
const pause = () => 1 + Math.random() * 4;

/** Units after which the write-ahead log is moved into the database: a thousand pages and a bit, some milliseconds. */
const checkpointEvery = 512;

/** Collects units in each turn of the event loop and writes them in one BEGIN IMMEDIATE … COMMIT. */
export function groupCommit(client: Database, follower: Follower, patience = usualPatience): GroupCommit {
  const statement = (sql: string) => whenNeeded(() => client.prepare(sql));
  const [begin, commit, rollback] = [statement('BEGIN IMMEDIATE'), statement('COMMIT'), statement('ROLLBACK')];
  const [mark, undo, release] = [statement('SAVEPOINT unit'), statement('ROLLBACK TO unit'), statement('RELEASE unit')];
  let waiting: Waiting[] = [];
  let closed = false;
  let sinceCheckpoint = 0;

  const isTheStores = (error: unknown) => !client.inTransaction || isStateOfFile(error);

  /** A failure of the unit alone undoes only the unit. */
  function performApart({ perform, reject }: Waiting): () => void {
    const goBack = follower.mark();
    mark().run();
    try {
      const answer = perform();
      release().run();
      return answer;
    } catch (error) {
      if (isTheStores(error)) throw error;
      undo().run();
      release().run();
      goBack();
      return () => reject(error);
    }
  }

  function transact(batch: readonly Waiting[], perform: (entry: Waiting) => () => void): (() => void)[] {
    const goBack = follower.mark();
    begin().run();
    try {
      const answers = batch.map(perform);
      follower.settle();
      commit().run();
      return answers;
    } catch (error) {
      goBack();
      if (client.inTransaction) rollback().run();
      throw error;
    }
  }

  /** Savepoints copy every page a unit touches, so they are taken only once a unit has failed: then all are run again. */
  function writeAll(batch: readonly Waiting[]): (() => void)[] {
    try {
      return transact(batch, ({ perform }) => perform());
    } catch (error) {
      if (isStateOfFile(error)) throw error;
      return transact(batch, performApart);
    }
  }

  function flush(): void {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    // Who comes again looks by himself: SQLite's own wait sleeps for milliseconds between its looks.
    const pressing = !closed && batch.some(({ ordered }) => ordered);
    try {
      if (pressing) client.pragma('busy_timeout = 0');
      for (const answer of writeAll(batch)) answer();
    } catch (error) {
      comeAgain(batch, error);
      return;
    } finally {
      if (pressing && client.open) client.pragma(`busy_timeout = ${busyTimeout}`);
    }
    sinceCheckpoint += batch.length;
    if (sinceCheckpoint < checkpointEvery) return;
    sinceCheckpoint = 0;
    setImmediate(checkpoint);
  }

  /** Where the file is busy, those wait on who still may, and who comes meanwhile waits with them; the others are told. */
  function comeAgain(batch: readonly Waiting[], error: unknown): void {
    const now = isBusy(error) && !closed ? performance.now() : Number.POSITIVE_INFINITY;
    const failure = whenNeeded(() => transactionFailure(error, client.name));
    for (const { until, reject } of batch) if (until <= now) reject(failure());
    waiting = batch.filter(({ until }) => until > now);
    if (waiting.length === 0) return;
    // Processes under load leave the file free for some microseconds only: an order finds them by looking all the time.
    if (waiting.some(({ ordered }) => ordered)) setImmediate(flush);
    else setTimeout(flush, pause());
  }

  /** After the answers have left, not inside a COMMIT that somebody waits for; waits for no other process. */
  function checkpoint(): void {
    if (!client.open) return;
    try {
      client.pragma('wal_checkpoint(PASSIVE)');
    } catch {
      // Everything is safe in the log; what keeps it from being moved (a full disk) fails the next commit too, which says so.
    }
  }

  function put<Result>(unit: Unit<Result>, kind: { readonly ordered: boolean; readonly patience: number }) {
    if (closed) return Promise.reject(new StoreUnavailable(`${client.name}: the store is closed`));
    return new Promise<Result>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      const perform = () => {
        const result = unit();
        return () => resolve(result);
      };
      waiting.push({ perform, reject, until: performance.now() + kind.patience, ordered: kind.ordered });
    });
  }

  return {
    run: (unit) => put(unit, { ordered: false, patience }),
    order: (unit) => put(unit, { ordered: true, patience: ordersPatience }),
    close() {
      closed = true;
      if (waiting.length === 0) return;
      // There is no later time to come again, and nobody else to be held up.
      client.pragma(`busy_timeout = ${patience}`);
      flush();
    },
  };
}

function transactionFailure(error: unknown, path: string): StoreUnavailable {
  const failure = translateFailure(error, path);
  if (failure instanceof StoreUnavailable) return failure;
  return new StoreUnavailable(`${path}: the transaction failed, nothing was written`, { cause: error });
}
