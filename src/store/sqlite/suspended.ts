// Asks inside a transaction what is suspended: one look at one row, and the list is read again only when that is another.

import type { Database } from 'better-sqlite3';
import { asc, eq, getTableColumns } from 'drizzle-orm';
import type { Revised } from '../revisions.ts';
import { type FindSuspension, suspensionsIn } from '../suspended.ts';
import { db, p, raw, reading, statementsOn } from './statement.ts';
import { revision, suspension } from './tables.ts';

/** Oldest first. */
export const listSuspensions = reading(getTableColumns(suspension), () =>
  db.select().from(suspension).orderBy(asc(suspension.at)),
);

export function openSuspended(client: Database): FindSuspension {
  const { look, list } = statementsOn(client, { look: lookAtRevision, list: listSuspensions });
  let known = { revision: undefined as string | undefined, find: suspensionsIn([]) };
  return (named) => {
    const newest = look.get('suspensions')?.value;
    if (newest !== known.revision) known = { revision: newest, find: suspensionsIn(list.all()) };
    return known.find(named);
  };
}

const lookAtRevision = raw<[name: Revised], { readonly value: string }>(() =>
  db
    .select({ value: revision.value })
    .from(revision)
    .where(eq(revision.name, p('name'))),
);
