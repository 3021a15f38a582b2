// Reads the audit trail in the order of its numbers, and never past a number that is still on its way.

import { and, asc, eq, getTableColumns, gt, lte, type SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { parseRecord } from '../audit-row.ts';
import { type Store, StoreUnavailable } from '../store.ts';
import { pause } from './connection.ts';
import type { Read } from './reads.ts';
import { appending } from './statements.ts';
import { audit } from './tables.ts';
import type { Timing } from './timing.ts';

/** Waits until every record up to `seq` is there for good, or will never be. */
export type Settle = (seq: number) => Promise<void>;

/**
 * A number is given out before its transaction commits, so that record 9 may appear after record 10: who had read up to 10
 * would never see it, and miss a link of the chain. Whoever appends holds a lock until the commit; we wait for those that hold
 * it now, and for no later ones.
 */
export function settling(pool: Pool, place: string, timing: Timing): Settle {
  let settled = 0;
  return async (seq) => {
    if (seq <= settled) return;
    const deadline = performance.now() + timing.patience;
    let waitFor: ReadonlySet<string> = await appendingNow(pool);
    while (waitFor.size > 0) {
      if (performance.now() > deadline)
        throw new StoreUnavailable(`${place}: another process does not finish what it appends to the audit trail`);
      await pause(timing.firstPause / 10);
      const still = await appendingNow(pool);
      waitFor = new Set([...waitFor].filter((holder) => still.has(holder)));
    }
    settled = Math.max(settled, seq);
  };
}

/** The transactions that append now, by their virtual ids. */
async function appendingNow(pool: Pool): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ readonly holder: string }>({
    name: 'appending_now',
    text: `SELECT virtualtransaction AS holder FROM pg_locks
           WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND objsubid = 2 AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    values: [appending.classId, appending.objectId],
  });
  return new Set(rows.map(({ holder }) => holder));
}

/** The reads of the store that follow the trail. */
export function openTrail(pool: Pool, read: Read, settle: Settle): Pick<Store, 'auditPage' | 'findAudit'> {
  const db = drizzle(pool);
  const { traceId, ...columns } = getTableColumns(audit);
  const select = (where: SQL | undefined) => db.select(columns).from(audit).where(where).orderBy(asc(audit.seq));
  return {
    auditPage: (after, limit) =>
      read(async () => {
        const [last] = (await select(gt(audit.seq, after)).limit(limit)).slice(-1);
        if (last === undefined) return [];
        await settle(last.seq);
        const rows = await select(and(gt(audit.seq, after), lte(audit.seq, last.seq))).limit(limit);
        return rows.map(parseRecord);
      }),
    findAudit: (trace) => read(async () => (await select(eq(traceId, trace))).map(parseRecord)),
  };
}
