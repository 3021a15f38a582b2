// What the commands on one database share.

import type { Pool } from 'pg';
import type { Queue } from './queue.ts';
import type { Read } from './reads.ts';

export type Parts = {
  readonly pool: Pool;
  /** The database as it may be shown. */
  readonly place: string;
  readonly queue: Queue;
  readonly read: Read;
};
