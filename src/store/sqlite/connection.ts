// Opens a database file so that what is committed survives a power loss and two processes can share it.

import Database from 'better-sqlite3';
import { StoreUnavailable } from '../store.ts';
import { isBusy, translateFailure } from './failure.ts';
import { keepStatements } from './kept.ts';
import { migrate } from './migrate.ts';
import { createPrivately, emptyTables } from './new-file.ts';

/** Milliseconds opening waits for another process that starts on the same file, migrations included. */
const openTimeout = 5000;

/**
 * Milliseconds a statement waits for another process. This whole process waits with it, and SQLite looks ever more seldom: so it
 * is short, and whoever gets nothing comes again (group-commit.ts, read-patiently.ts).
 */
export const busyTimeout = 20;

/** Page cache of a connection: keys of single use come in no order, and a million of them need every page again and again. */
const cacheKiB = 64 * 1024;

/** The write-ahead log is moved into the file between transactions (group-commit.ts); at this length inside one, at last. */
const logPages = 16_000;

const settings = `
  PRAGMA synchronous = FULL;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -${cacheKiB};
  PRAGMA wal_autocheckpoint = ${logPages};
  PRAGMA busy_timeout = ${busyTimeout};`;

/** How often the journal mode is tried: each time another process had the file, and has made progress. */
const modeAttempts = 5;

/**
 * Opens or creates the database at `path` and brings its tables up to date. Throws an Error that names the file when it is
 * no SQLite file, belongs to another program or cannot be opened; StoreUnavailable when its state is to blame.
 */
export function openDatabase(path: string, migrationsFolder: string, unsynced = false): Database.Database {
  try {
    createPrivately(path, migrationsFolder, unsynced);
    const client = prepareFile(keepStatements(new Database(path, { timeout: openTimeout })), migrationsFolder);
    if (unsynced) client.exec('PRAGMA synchronous = OFF');
    return client;
  } catch (error) {
    throw explain(error, path);
  }
}

/** A database that no file holds and nobody else sees; it is gone when it is closed. */
export function openMemory(): Database.Database {
  return keepStatements(new Database(emptyTables()));
}

function prepareFile(client: Database.Database, migrationsFolder: string): Database.Database {
  try {
    migrate(client, migrationsFolder);
    writeAhead(client);
    client.exec(settings);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** SQLite does not wait where it changes the mode: SQLITE_BUSY at once while another process starts on the file too. */
function writeAhead(client: Database.Database): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const mode = client.pragma('journal_mode = WAL', { simple: true });
      if (mode === 'wal') return;
      throw new Error(`${client.name} cannot be written ahead (WAL) where it is: put it on a local disk`);
    } catch (error) {
      if (!isBusy(error) || attempt === modeAttempts) throw error;
      client.exec('BEGIN IMMEDIATE; COMMIT');
    }
  }
}

function explain(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code === 'SQLITE_NOTADB') {
    return new Error(`${path} is not a SQLite database: name another file in \`store\``, { cause: error });
  }
  const failure = translateFailure(error, path);
  if (failure instanceof StoreUnavailable) return failure;
  return new Error(`the database ${path} cannot be opened: ${error.code} (${error.message})`, { cause: error });
}
