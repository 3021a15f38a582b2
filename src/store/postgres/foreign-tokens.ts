// Keeps what is behind the handles that were given out.

import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { ForeignTokenRows } from '../foreign-tokens.ts';
import type { Parts } from './parts.ts';
import { foreignToken } from './tables.ts';

export function openForeignTokens({ pool, read }: Parts): ForeignTokenRows {
  const db = drizzle(pool);
  return {
    keepForeignToken: (row) =>
      read(async () => {
        // Tried again after an answer that was lost, the same row is there already.
        await db.insert(foreignToken).values(row).onConflictDoNothing();
      }),
    findForeignToken: (jti) =>
      read(async () => (await db.select().from(foreignToken).where(eq(foreignToken.jti, jti))).at(0)),
  };
}
