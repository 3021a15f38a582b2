// Tells what went wrong with the database file, and what an operator does about it.

import Database from 'better-sqlite3';
import { StoreUnavailable } from '../store.ts';

const remedies: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'another process holds the file locked: end it, or close the tool that has it open',
  SQLITE_FULL: 'the disk is full: free space or move the file',
  SQLITE_READONLY: 'the file or its directory cannot be written: fix owner and permissions',
  SQLITE_CANTOPEN: 'the file or its directory cannot be opened: fix owner and permissions',
  SQLITE_IOERR: 'the disk reports errors: look at the system log, the free space, and whether it was made read-only',
  SQLITE_CORRUPT: 'the file is damaged: stop, keep a copy, restore a backup',
  SQLITE_NOTADB: 'the file was overwritten by something else: stop, restore a backup',
};

/** Turns what SQLite throws for the state of `path` into StoreUnavailable; anything else is a bug and stays as it is. */
export function translateFailure(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const remedy = remedyFor(error.code);
  if (remedy === undefined) return error;
  return new StoreUnavailable(`${path}: ${error.code} (${error.message}): ${remedy}`, { cause: error });
}

/** Whether `translateFailure` makes it StoreUnavailable: asked often of what nobody is told in the end. */
export function isStateOfFile(error: unknown): boolean {
  return error instanceof Database.SqliteError && remedyFor(error.code) !== undefined;
}

function remedyFor(code: string): string | undefined {
  const [, primary = ''] = /^(SQLITE_[A-Z]+)/.exec(code) ?? [];
  return remedies[primary];
}

/** Whether another process had the file locked for longer than we wait. */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/** Runs `work` with its failures translated. */
export function withFailures<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw translateFailure(error, path);
  }
}
