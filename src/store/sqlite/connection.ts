// Opens a database file so that what is committed survives a power loss and two processes can share it.

import { closeSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { migrate } from './migrate.ts';

/** Milliseconds a transaction waits for that of another process. */
const busyTimeout = 5000;

/**
 * Opens or creates the database at `path` and brings its tables up to date.
 * Throws an Error that names the file when it cannot be opened, is no SQLite file, or belongs to another program.
 */
export function openDatabase(path: string, migrationsFolder: string): Database.Database {
  createPrivately(path);
  const client = new Database(path, { timeout: busyTimeout });
  try {
    client.pragma('foreign_keys = OFF');
    migrate(client, migrationsFolder);
    writeAhead(client);
    client.pragma('synchronous = FULL');
    client.pragma('temp_store = MEMORY');
    client.pragma('foreign_keys = ON');
    return client;
  } catch (error) {
    client.close();
    throw explain(error, path);
  }
}

/** A new file can be read by its owner only; SQLite gives its companions the same mode. */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw new Error(`the database ${path} cannot be opened: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

function writeAhead(client: Database.Database): void {
  const mode = client.pragma('journal_mode = WAL', { simple: true });
  if (mode === 'wal') return;
  throw new Error(`${client.name} cannot be written ahead (WAL) where it is: put it on a local disk`);
}

function explain(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code === 'SQLITE_NOTADB') {
    return new Error(`${path} is not a SQLite database: name another file in \`store\``, { cause: error });
  }
  return new Error(`the database ${path} cannot be opened: ${error.code} (${error.message})`, { cause: error });
}
