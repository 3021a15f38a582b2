// Our signing keys, and what else many processes change that no request waits for.

import { desc, gt, isNull, lte, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import type { Store } from '../store.ts';
import { withFailures } from './failure.ts';
import type { Read } from './reads.ts';
import { signingKey } from './tables.ts';

/** Where it is told that something changed; the text says what: `keys`, or what an operator did. */
export const channel = 'crossgrant';

/** The writes of the store that change keys. Each tells all processes when it commits. */
export function openKeys(pool: Pool, place: string, read: Read): Pick<Store, 'addKey' | 'forgetKeys'> {
  const db = drizzle(pool);
  const tell = sql`SELECT pg_notify(${channel}, 'keys')`;
  return {
    addKey: (key, expectedNewest, retire) =>
      // Never again by itself: a first try that was committed unheard would make the second one say that somebody was quicker.
      withFailures(place, () =>
        db.transaction(async (transaction) => {
          await transaction.execute(sql`LOCK TABLE ${signingKey} IN SHARE ROW EXCLUSIVE MODE`);
          const newest = await transaction
            .select({ kid: signingKey.kid })
            .from(signingKey)
            .orderBy(desc(signingKey.position))
            .limit(1);
          if ((newest[0]?.kid ?? null) !== expectedNewest) return false;
          if (retire) {
            // Also keys that were to sign until later than that: an emergency key takes over from all.
            const signsLater = or(isNull(signingKey.retireAt), gt(signingKey.retireAt, retire.retireAt));
            await transaction.update(signingKey).set(retire).where(signsLater);
          }
          await transaction.insert(signingKey).values(key);
          await transaction.execute(tell);
          return true;
        }),
      ),
    forgetKeys: (now) =>
      read(() =>
        db.transaction(async (transaction) => {
          const { rowCount } = await transaction.delete(signingKey).where(lte(signingKey.forgetAt, now));
          if (rowCount) await transaction.execute(tell);
          return rowCount ?? 0;
        }),
      ),
  };
}
