// Removes the oldest audit records, and says in the trail up to where.

import type { Client, Pool } from 'pg';
import { canonicalRecord } from '../../audit/chain.ts';
import { cutOf } from '../../audit/checkpoint.ts';
import type { AuditRecord, ChainEnd, StoredAuditRecord } from '../../audit/record.ts';
import { parseRecord } from '../audit-row.ts';
import { append } from './rows.ts';
import { recordStatement, type SpendRow, spendStatement } from './statements.ts';
import type { Settle } from './trail.ts';
import type { Work } from './writer.ts';

/** Of all processes one prunes at a time: two would each remove what the other has looked at. */
const pruneLock = { classId: 0x78_67_72_74, objectId: 2 } as const;

export type Pruning = {
  /** Milliseconds; `record.at`. */
  readonly before: number;
  readonly limit: number;
  readonly tell: (cut: readonly ChainEnd[]) => AuditRecord;
  readonly settle: Settle;
};

/** A bite as work of the writer; answers how many records were removed. */
export function pruneWork(
  { before, limit, tell, settle }: Pruning,
  resolve: (count: number) => void,
  reject: (reason: unknown) => void,
): Work {
  return {
    async prepare(client, tip) {
      const removed = await oldest(client, before, limit, settle);
      const upTo = removed.at(-1)?.seq;
      if (upTo === undefined) return { xid: '', keep: false, tip, answer: () => resolve(0) };
      // Before anything is said of a chain: who appends to it waits for us, and begins another one when it is gone.
      await client.query('DELETE FROM crossgrant.audit_chain WHERE seq <= $1', [upTo]);
      const { rows } = await client.query<{ readonly chain: string; readonly hash: string }>(
        'SELECT chain, hash FROM crossgrant.audit_chain',
      );
      const goingOn = new Map(rows.map(({ chain, hash }) => [chain, hash]));
      const record = tell(cutOf(removed));
      const xid = await beginAppending(client);
      await client.query('DELETE FROM crossgrant.audit WHERE seq = ANY ($1::bigint[])', [
        removed.map(({ seq }) => seq),
      ]);
      const entry = { traceId: record.traceId, at: record.at, text: canonicalRecord(record) };
      const appended = append([entry], tip && goingOn.get(tip.name) === tip.hash ? tip : undefined);
      const last = recordStatement(appended.tip.name, appended.records);
      return { xid, keep: true, last, tip: appended.tip, answer: () => resolve(removed.length) };
    },
    reject,
    split: () => [],
  };
}

/** Whether there is anything to do, asked without the writer: most of the time there is not. */
export async function hasOlder(pool: Pool, before: number): Promise<boolean> {
  const { rows } = await pool.query({
    name: 'oldest_record',
    text: 'SELECT seq::float8 AS seq, chain, previous, hash, record FROM crossgrant.audit ORDER BY seq LIMIT 1',
  });
  return rows.map(parseRecord).some(({ record }) => record.at < before);
}

/** The oldest records up to the first younger one; none while another process prunes. */
async function oldest(
  client: Client,
  before: number,
  limit: number,
  settle: Settle,
): Promise<readonly StoredAuditRecord[]> {
  const { rows: locks } = await client.query<{ readonly mine: boolean }>(
    `SELECT pg_try_advisory_xact_lock(${pruneLock.classId}, ${pruneLock.objectId}) AS mine`,
  );
  if (!locks[0]?.mine) return [];
  const read = async () => {
    const { rows } = await client.query(
      'SELECT seq::float8 AS seq, chain, previous, hash, record FROM crossgrant.audit ORDER BY seq LIMIT $1',
      [limit],
    );
    const records = rows.map(parseRecord);
    const younger = records.findIndex(({ record }) => record.at >= before);
    return younger < 0 ? records : records.slice(0, younger);
  };
  const upTo = (await read()).at(-1)?.seq;
  if (upTo === undefined) return [];
  // A lower number that is still on its way would stand before the cut, where nothing may be left.
  await settle(upTo);
  return (await read()).filter(({ seq }) => seq <= upTo);
}

/** Takes the lock of those who append; answers the number of the transaction. */
async function beginAppending(client: Client): Promise<string> {
  const { rows } = await client.query<SpendRow>(spendStatement([], [], undefined));
  const [row] = rows;
  if (row === undefined) throw new Error('the server did not say which transaction this is');
  return row.xid;
}
