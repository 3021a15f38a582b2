// One transaction, and so one fsync, for everything that arrived while the last transaction ran.

import type { Database } from 'better-sqlite3';
import { StoreUnavailable } from '../store.ts';
import type { ChainWriter } from './chain-writer.ts';
import { translateFailure } from './failure.ts';

/** Reads and writes inside the transaction, synchronously. With `keep: false` all it wrote is undone. */
export type Unit<Result> = () => { readonly keep: boolean; readonly result: Result };

export type GroupCommit = {
  /** Resolves when the unit is durable. Rejects with StoreUnavailable when its transaction failed: nothing was written. */
  run<Result>(unit: Unit<Result>): Promise<Result>;
  /** Writes what waits at once and refuses what comes later. */
  close(): void;
};

/** What is kept in memory of the database, and follows it: settled before each COMMIT, taken back with what is undone. */
export type Follower = Pick<ChainWriter, 'settle' | 'mark'>;

type Waiting = { readonly perform: () => () => void; readonly reject: (reason: unknown) => void };

/** Collects units in each turn of the event loop and writes them in one BEGIN IMMEDIATE … COMMIT, each in a savepoint. */
export function groupCommit(client: Database, follower: Follower): GroupCommit {
  const sql = {
    begin: client.prepare('BEGIN IMMEDIATE'),
    commit: client.prepare('COMMIT'),
    rollback: client.prepare('ROLLBACK'),
    mark: client.prepare('SAVEPOINT unit'),
    undo: client.prepare('ROLLBACK TO unit'),
    release: client.prepare('RELEASE unit'),
  };
  let waiting: Waiting[] = [];
  let closed = false;

  /** Runs one unit; returns how to answer it once everything is durable. A failure of the unit alone undoes only the unit. */
  function perform<Result>(unit: Unit<Result>, resolve: (result: Result) => void, reject: Waiting['reject']) {
    const goBack = follower.mark();
    const undo = () => {
      sql.undo.run();
      goBack();
    };
    sql.mark.run();
    try {
      const { keep, result } = unit();
      if (!keep) undo();
      sql.release.run();
      return () => resolve(result);
    } catch (error) {
      if (!client.inTransaction || translateFailure(error, client.name) instanceof StoreUnavailable) throw error;
      undo();
      sql.release.run();
      return () => reject(error);
    }
  }

  function writeAll(batch: readonly Waiting[]): (() => void)[] {
    const goBack = follower.mark();
    sql.begin.run();
    try {
      const answers = batch.map((entry) => entry.perform());
      follower.settle();
      sql.commit.run();
      return answers;
    } catch (error) {
      goBack();
      if (client.inTransaction) sql.rollback.run();
      throw error;
    }
  }

  function flush(): void {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      for (const answer of writeAll(batch)) answer();
    } catch (error) {
      const failure = transactionFailure(error, client.name);
      for (const entry of batch) entry.reject(failure);
    }
  }

  return {
    run(unit) {
      if (closed) return Promise.reject(new StoreUnavailable(`${client.name}: the store is closed`));
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ perform: () => perform(unit, resolve, reject), reject });
      });
    },
    close() {
      closed = true;
      flush();
    },
  };
}

function transactionFailure(error: unknown, path: string): StoreUnavailable {
  const failure = translateFailure(error, path);
  if (failure instanceof StoreUnavailable) return failure;
  return new StoreUnavailable(`${path}: the transaction failed, nothing was written`, { cause: error });
}
