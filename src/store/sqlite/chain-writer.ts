// Appends to the audit chain of this process: nobody else writes to it, so its end is known without asking the database.

import { canonicalRecord, chainName, genesis, linkHash } from '../../audit/chain.ts';
import type { AuditRecord, ChainEnd } from '../../audit/record.ts';
import type { Statements } from './statements.ts';

export type ChainWriter = {
  /** Inside a transaction. `text` is the canonical record when it was prepared before. */
  append(record: AuditRecord, text?: string): void;
  /** At the end of a transaction: writes down where the chain ends now. */
  settle(): void;
  /** Remembers where the chain ends; the answer goes back there, for what is undone in the database. */
  mark(): () => void;
};

/** A writer whose chain begins with its first record. */
export function chainWriter(statements: Statements): ChainWriter {
  let end: ChainEnd | undefined;
  /** Whether this transaction appended something. */
  let moved = false;

  /** A chain that was idle until all of it was pruned does not go on: nothing would explain where it begins. */
  function current(): ChainEnd | undefined {
    if (!moved && end && !statements.findChain.get(end.chain)) return undefined;
    return end;
  }

  return {
    append(record, text = canonicalRecord(record)) {
      const { chain, hash: previous } = current() ?? { chain: chainName(record.at), hash: genesis };
      const hash = linkHash(previous, text);
      const { lastInsertRowid } = statements.appendRecord.run(chain, previous, hash, record.traceId, text);
      end = { chain, seq: Number(lastInsertRowid), hash };
      moved = true;
    },
    settle() {
      if (moved && end) statements.saveChain.run(end.chain, end.seq, end.hash);
      moved = false;
    },
    mark() {
      const before = { end, moved };
      return () => {
        ({ end, moved } = before);
      };
    },
  };
}
