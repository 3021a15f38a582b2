// Audit records as stores keep them in a row, and give them back.

import type { StoredAuditRecord } from '../audit/record.ts';

/** A row of the audit trail; `record` is canonical JSON. */
export type AuditRow = Omit<StoredAuditRecord, 'record'> & { readonly record: string };

/** A record as it was given. Throws an Error that names it when somebody made it something else than JSON. */
export function parseRecord(row: AuditRow): StoredAuditRecord {
  try {
    return { ...row, record: JSON.parse(row.record) };
  } catch (error) {
    throw new Error(`audit record ${row.seq} of chain ${row.chain} is no JSON: it was changed by hand`, {
      cause: error,
    });
  }
}
