// A new database: its tables are made once in memory, and a file of it is whole from the moment it is there.

import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { keepStatements } from './kept.ts';
import { migrate, packagedMigrations } from './migrate.ts';
import { whenNeeded } from './when-needed.ts';

/** The tables before anything is written: copying them takes a tenth of making them. */
export const emptyTables = whenNeeded(() => {
  const client = keepStatements(new Database(':memory:'));
  migrate(client, packagedMigrations);
  const image = client.serialize();
  client.close();
  return image;
});

/**
 * Makes the file where there is none; it can be read by its owner only, and SQLite gives its companions the same mode. A file
 * that is there is not opened: closing it would drop the locks (POSIX) that another connection of this process holds on it.
 */
export function createPrivately(path: string, migrationsFolder: string, unsynced: boolean): void {
  if (existsSync(path)) return;
  if (migrationsFolder === packagedMigrations && placeWhole(path, unsynced)) return;
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (isThere(error)) return;
    throw new Error(`the database ${path} cannot be made: ${whyNot(error)}`, { cause: error });
  }
}

/**
 * Writes the tables beside the path and links them there: whoever starts at the same moment, or after we were killed, finds all
 * of the file or none. False where that cannot be done: the tables are made in place then, and SQLite says what is wrong.
 */
function placeWhole(path: string, unsynced: boolean): boolean {
  const beside = `${path}.${randomUUID()}.new`;
  try {
    writeNew(beside, writtenAhead(emptyTables()), unsynced);
    linkSync(beside, path);
    return true;
  } catch (error) {
    return isThere(error);
  } finally {
    removeIfThere(beside);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It could not be made.
  }
}

function writeNew(path: string, content: Buffer, unsynced: boolean): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (let written = 0; written < content.length; ) written += writeSync(file, content, written);
    if (!unsynced) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** SQLite's file format §1.3.3: with 2 in these places the file is written ahead, as it would be switched to otherwise. */
function writtenAhead(image: Buffer): Buffer {
  const copy = Buffer.from(image);
  copy[18] = 2;
  copy[19] = 2;
  return copy;
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '');
const isThere = (error: unknown) => codeOf(error) === 'EEXIST';

/** What a machine says where there can be no new file, and what an operator does about it. */
function whyNot(error: unknown): string {
  const remedy = remedies[codeOf(error)];
  return remedy ?? (error instanceof Error ? error.message : String(error));
}

const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist; make it, or name another file in `store`',
  ENOTDIR: 'what should be its folder is a file; name another one in `store`',
  EACCES: 'this user may not write into its folder; fix owner and permissions',
  EROFS: 'its file system is mounted read-only; mount it writable, or name another folder in `store`',
};
