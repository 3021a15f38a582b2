// SQLite files for tests, each in a directory of its own that goes away with it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Database } from './database.ts';

export type SqliteDatabase = Database & { readonly path: string };

export async function sqliteDatabase(): Promise<SqliteDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'crossgrant-store-'));
  const path = join(folder, 'broker.db');
  return { path, open: () => openSqliteStore(path), drop: () => rm(folder, { recursive: true }) };
}
