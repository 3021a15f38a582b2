// Keeps what is behind the handles that were given out.

import { eq, getTableColumns } from 'drizzle-orm';
import type { ForeignTokenRows } from '../foreign-tokens.ts';
import type { Parts } from './parts.ts';
import { command, db, p, reading, statementsOn } from './statement.ts';
import { foreignToken } from './tables.ts';

export function openForeignTokens({ client, writes, read }: Parts): ForeignTokenRows {
  const statements = statementsOn(client, handles);
  return {
    keepForeignToken: (row) =>
      writes.run(() => {
        statements.keep.run(row);
      }),
    findForeignToken: (jti) => read(() => statements.find.get({ jti })),
  };
}

const handles = {
  keep: command(() =>
    db.insert(foreignToken).values({ jti: p('jti'), sealed: p('sealed'), expiresAt: p('expiresAt') }),
  ),
  find: reading(getTableColumns(foreignToken), () =>
    db
      .select()
      .from(foreignToken)
      .where(eq(foreignToken.jti, p('jti'))),
  ),
};
