// How far the tables of a file are behind this program: looked up without changing anything, for whoever only examines.

import Database from 'better-sqlite3';
import { missingIn, packagedMigrations } from './migrate.ts';

/** Migrations that opening the file at `path` would apply. Throws an Error that names it when it is not ours, newer, or unreadable. */
export function pendingMigrations(path: string, migrationsFolder = packagedMigrations): number {
  const client = new Database(path, { readonly: true, fileMustExist: true });
  try {
    return missingIn(client, migrationsFolder).length;
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    throw new Error(`the database ${path} cannot be read: ${error.code} (${error.message})`, { cause: error });
  } finally {
    client.close();
  }
}
