// Removes the oldest audit records, and says in the trail up to where.

import { cutOf } from '../../audit/checkpoint.ts';
import type { AuditRecord, ChainEnd, StoredAuditRecord } from '../../audit/record.ts';
import { parseRecord } from '../audit-row.ts';
import type { ChainWriter } from './chain-writer.ts';
import type { Statements } from './statements.ts';

/** Inside a transaction; returns how many were removed. Only one process writes at a time, so a range is exactly what was read. */
export function pruneAudit(
  statements: Statements,
  chain: ChainWriter,
  before: number,
  limit: number,
  tell: (cut: readonly ChainEnd[]) => AuditRecord,
): number {
  const removed = oldest(statements, before, limit);
  const upTo = removed.at(-1)?.seq;
  if (upTo === undefined) return 0;
  // The statement comes first: SQLite numbers a record after the last one there is, and an empty table would begin anew.
  chain.append(tell(cutOf(removed)));
  statements.pruneRecords.run({ upTo });
  statements.dropChains.run({ upTo });
  return removed.length;
}

/** The oldest records up to the first that is younger; where nothing is old enough, one record is read. */
function oldest(statements: Statements, before: number, limit: number): readonly StoredAuditRecord[] {
  const [first] = statements.oldestRecords.all(1).map(parseRecord);
  if (first === undefined || first.record.at >= before) return [];
  // Not one by one: an iterator of the library must not be collected either (kept.ts).
  const found = statements.oldestRecords.all(limit).map(parseRecord);
  const young = found.findIndex(({ record }) => record.at >= before);
  return young < 0 ? found : found.slice(0, young);
}
