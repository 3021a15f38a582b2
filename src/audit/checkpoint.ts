// What joins the chains and lets them be cut: the records that say where chains ended, and up to where they were pruned.

import type { AuditRecord, ChainEnd, StoredAuditRecord } from './record.ts';
import { closeTrace, openTrace } from './trace.ts';

/** The record that chains ended like this at `now` (milliseconds). Cutting off what it names is found out from then on. */
export function checkpointRecord(ends: readonly ChainEnd[], now: number): AuditRecord {
  return { ...closeTrace(openTrace('audit.checkpoint', now)), checkpoint: ends };
}

/** The record that the oldest records were removed up to these, at `now` (milliseconds), because they had been kept long enough. */
export function pruneRecord(cut: readonly ChainEnd[], now: number): AuditRecord {
  return { ...closeTrace(openTrace('audit.prune', now)), pruned: cut };
}

/**
 * What has to be said when `removed` (in the order of `seq`) go: the last record of each chain among them, and what statements
 * among them said of other chains that go on (`goesOn`: has records that stay), whose beginning nothing would explain any more.
 */
export function cutOf(
  removed: readonly Pick<StoredAuditRecord, 'chain' | 'seq' | 'hash' | 'record'>[],
  goesOn: (chain: string) => boolean,
): readonly ChainEnd[] {
  const said = removed.flatMap(({ record }) => record.pruned ?? []).filter(({ chain }) => goesOn(chain));
  const ends = removed.map(({ chain, seq, hash }) => ({ chain, seq, hash }));
  const cut = new Map<string, ChainEnd>();
  for (const end of [...said, ...ends]) if (end.seq > (cut.get(end.chain)?.seq ?? 0)) cut.set(end.chain, end);
  return [...cut.values()];
}
