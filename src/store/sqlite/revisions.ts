// Marks what many keep in memory as changed.

import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import type { Revised } from '../revisions.ts';
import { command, db, p } from './statement.ts';
import { revision } from './tables.ts';

/** Inside a transaction: whoever looks at the revision `name` afterwards sees another one. */
export type Revise = (name: Revised) => void;

/** A value is never used twice, so that what was undone, or lost with a file that was restored, is not taken for what came after. */
export function openRevisions(client: Database): Revise {
  const save = saveRevision(client);
  return (name) => {
    save.run({ name, value: randomUUID() });
  };
}

const saveRevision = command(() =>
  db
    .insert(revision)
    .values({ name: p('name'), value: p('value') })
    .onConflictDoUpdate({ target: revision.name, set: { value: sql`excluded.value` } }),
);
