// The hash chain through the audit records: each hash covers the one before, so no row changes, leaves or moves unseen.

import { hash } from 'node:crypto';
import { canonicalize } from './canonical.ts';
import type { AuditRecord, StoredAuditRecord } from './record.ts';

/** What stands for the hash before the first record: 32 zero bytes in base64url. */
export const genesis = 'A'.repeat(43);

/** The canonical JSON of a record: what is written, and what its hash covers. A record is kept even if JSON cannot say all of it. */
export function canonicalRecord(record: AuditRecord): string {
  try {
    return canonicalize(record);
  } catch {
    return canonicalize(JSON.parse(JSON.stringify(record)));
  }
}

/** SHA-256 (base64url) over the hash before and a canonical record. All hashes are 43 characters, so nothing parts the two. */
export function linkHash(previous: string, canonical: string): string {
  return hash('sha256', previous + canonical, 'base64url');
}

/** The hash of `record` when it follows the record whose hash is `previous`. */
export function hashRecord(previous: string, record: AuditRecord): string {
  return linkHash(previous, canonicalRecord(record));
}

export type ChainVerdict =
  | { readonly ok: true; readonly count: number }
  /** The first record that does not fit. `expected` and `received` are hashes. */
  | { readonly ok: false; readonly seq: number; readonly expected: string; readonly received: string };

/**
 * Walks a chain from its first record. Finds changed, removed, added and reordered records;
 * records cut off at the end are found only by comparing with a checkpoint kept elsewhere.
 */
export async function verifyChain(
  records: AsyncIterable<StoredAuditRecord> | Iterable<StoredAuditRecord>,
): Promise<ChainVerdict> {
  let head = genesis;
  let count = 0;
  for await (const { seq, previous, hash: received, record } of records) {
    if (previous !== head) return { ok: false, seq, expected: head, received: previous };
    const expected = hashRecord(previous, record);
    if (received !== expected) return { ok: false, seq, expected, received };
    head = received;
    count += 1;
  }
  return { ok: true, count };
}
