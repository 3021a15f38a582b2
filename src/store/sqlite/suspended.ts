// Asks inside a transaction what is suspended: one look at one row, and the list is read again only when that is another.

import type { Database } from 'better-sqlite3';
import { asc, eq } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { Revised } from '../revisions.ts';
import { type FindSuspension, suspensionsIn } from '../suspended.ts';
import { revision, suspension } from './tables.ts';
import { whenNeeded } from './when-needed.ts';

/** Oldest first. */
export const selectSuspensions = (db: BetterSQLite3Database) =>
  db.select().from(suspension).orderBy(asc(suspension.at)).prepare();

export function openSuspended(client: Database): FindSuspension {
  const db = drizzle(client);
  const { sql } = db.select({ value: revision.value }).from(revision).where(eq(revision.name, '')).toSQL();
  // Runs for every request: the driver's own statement, as in statements.ts.
  const look = client.prepare<[name: Revised], string>(sql).pluck();
  const list = whenNeeded(() => selectSuspensions(db));
  let known = { revision: undefined as string | undefined, find: suspensionsIn([]) };
  return (named) => {
    const newest = look.get('suspensions');
    if (newest !== known.revision) known = { revision: newest, find: suspensionsIn(list().all()) };
    return known.find(named);
  };
}
