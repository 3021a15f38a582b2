// What an operator does, with its audit record, in one transaction; everybody is told when it commits.

import type { Client } from 'pg';
import { canonicalRecord } from '../../audit/chain.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { channel } from './keys.ts';
import { append } from './rows.ts';
import { recordStatement, type SpendRow, spendStatement } from './statements.ts';
import type { Work } from './writer.ts';

/** `record` absent: there was nothing to do, and what was written is undone. */
export type Done<Result> = { readonly result: Result; readonly record?: AuditRecord };

/** Inside the transaction, perhaps again after it was undone. */
export type Act<Result> = (client: Client) => Promise<Done<Result>>;

/** `about`: what everybody is told has changed. */
export function recordedWork<Result>(
  about: string,
  act: Act<Result>,
  resolve: (result: Result) => void,
  reject: (reason: unknown) => void,
): Work {
  return {
    async prepare(client, tip) {
      const { result, record } = await act(client);
      const answer = () => resolve(result);
      if (record === undefined) return { xid: '', keep: false, tip, answer };
      await client.query('SELECT pg_notify($1, $2)', [channel, about]);
      const { rows } = await client.query<SpendRow>(spendStatement([], [], tip));
      const [row] = rows;
      if (row === undefined) throw new Error('the server did not say which transaction this is');
      const entry = { traceId: record.traceId, at: record.at, text: canonicalRecord(record) };
      const { records, tip: end } = append([entry], row.goesOn ? tip : undefined);
      return { xid: row.xid, keep: true, last: recordStatement(end.name, records), tip: end, answer };
    },
    reject,
    split: () => [],
  };
}
