// What is remembered of partners: last good keys, pinned keys, how they are doing.

import { and, asc, desc, eq, inArray, isNull, notInArray } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Client } from 'pg';
import { mostUnapproved, type Partners } from '../partners.ts';
import { withFailures } from './failure.ts';
import type { Parts } from './parts.ts';
import { recordedWork } from './recorded.ts';
import { revise } from './revisions.ts';
import { partnerKeys, partnerState, pinnedKey } from './tables.ts';

export function openPartners({ pool, place, queue, read }: Parts): Partners {
  const db = drizzle(pool);
  const { issuer: issuerOf, thumbprint, firstSeen, approvedAt } = pinnedKey;
  const isOf = (issuer: string) => eq(issuerOf, issuer);

  return {
    savePartnerKeys: (keys) =>
      read(async () => {
        await db.insert(partnerKeys).values(keys).onConflictDoUpdate({ target: partnerKeys.place, set: keys });
      }),
    findPartnerKeys: (where) =>
      read(async () => (await db.select().from(partnerKeys).where(eq(partnerKeys.place, where))).at(0)),

    listPinnedKeys: (issuer) =>
      read(() => db.select().from(pinnedKey).where(isOf(issuer)).orderBy(asc(firstSeen), asc(thumbprint))),
    notePinnedKey: (key) =>
      // Never again by itself: a first try that was committed unheard would make the second one say that it was noted before.
      withFailures(place, async () => {
        const { rowCount } = await db.insert(pinnedKey).values(key).onConflictDoNothing();
        if (rowCount === 0) return false;
        await dropWaiting(db, key.issuer);
        return true;
      }),
    approveKeys(issuer, thumbprints, author, at, record) {
      const act = async (client: Client) => {
        const { rowCount } = await drizzle(client)
          .update(pinnedKey)
          .set({ approvedAt: at, approvedBy: author })
          .where(and(isOf(issuer), isNull(approvedAt), inArray(thumbprint, [...thumbprints])));
        if (!rowCount) return { result: 0 };
        await revise(client, 'approvals');
        return { result: rowCount, record };
      };
      return queue.run<number>((resolve, reject) => recordedWork('approvals', act, resolve, reject));
    },

    savePartnerState: (change) =>
      read(async () => {
        await db.insert(partnerState).values(change).onConflictDoUpdate({ target: partnerState.domain, set: change });
      }),
    listPartnerStates: () => read(() => db.select().from(partnerState).orderBy(asc(partnerState.domain))),
  };
}

/** All but the newest keys that wait for approval make room. */
async function dropWaiting(db: NodePgDatabase, issuer: string): Promise<void> {
  const { thumbprint, firstSeen, approvedAt } = pinnedKey;
  const isWaiting = and(eq(pinnedKey.issuer, issuer), isNull(approvedAt));
  const newest = db
    .select({ thumbprint })
    .from(pinnedKey)
    .where(isWaiting)
    .orderBy(desc(firstSeen))
    .limit(mostUnapproved);
  await db.delete(pinnedKey).where(and(isWaiting, notInArray(thumbprint, newest)));
}
