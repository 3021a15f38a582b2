// Keeps what is behind the handles that were given out.

import { eq, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { ForeignTokenRows } from '../foreign-tokens.ts';
import type { Parts } from './parts.ts';
import { foreignToken } from './tables.ts';
import { whenNeeded } from './when-needed.ts';

export function openForeignTokens({ client, writes, read }: Parts): ForeignTokenRows {
  const statements = whenNeeded(() => prepare(drizzle(client)));
  return {
    keepForeignToken: (row) =>
      writes.run(() => {
        statements().keep.run(row);
      }),
    findForeignToken: (jti) => read(() => statements().find.get({ jti })),
  };
}

function prepare(db: BetterSQLite3Database) {
  /** A named parameter. */
  const p = sql.placeholder;
  return {
    keep: db
      .insert(foreignToken)
      .values({ jti: p('jti'), sealed: p('sealed'), expiresAt: p('expiresAt') })
      .prepare(),
    find: db
      .select()
      .from(foreignToken)
      .where(eq(foreignToken.jti, p('jti')))
      .prepare(),
  };
}
