// Marks what many keep in memory as changed.

import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import type { Revised } from '../revisions.ts';
import { revision } from './tables.ts';
import { whenNeeded } from './when-needed.ts';

/** Inside a transaction: whoever looks at the revision `name` afterwards sees another one. */
export type Revise = (name: Revised) => void;

/** A value is never used twice, so that what was undone, or lost with a file that was restored, is not taken for what came after. */
export function openRevisions(client: Database): Revise {
  const save = whenNeeded(() =>
    drizzle(client)
      .insert(revision)
      .values({ name: sql.placeholder('name'), value: sql.placeholder('value') })
      .onConflictDoUpdate({ target: revision.name, set: { value: sql`excluded.value` } })
      .prepare(),
  );
  return (name) => {
    save().run({ name, value: randomUUID() });
  };
}
