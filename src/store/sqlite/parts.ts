// What the commands on one open file share.

import type { Database } from 'better-sqlite3';
import type { ChainWriter } from './chain-writer.ts';
import type { GroupCommit, Unit } from './group-commit.ts';
import type { Revise } from './revisions.ts';

export type Parts = {
  readonly client: Database;
  readonly writes: GroupCommit;
  readonly chain: ChainWriter;
  readonly revise: Revise;
  /** Runs what an operator does: `writes.order`. */
  act<Result>(unit: Unit<Result>): Promise<Result>;
  /** Runs a read. Rejects with StoreUnavailable for the state of the file. */
  read<Result>(work: () => Result): Promise<Result>;
};
