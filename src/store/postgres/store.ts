// The store in a PostgreSQL database, for any number of machines: what is single use is so for all of them.

import { randomBytes } from 'node:crypto';
import { type PostgresAddress, placeOf } from '../postgres-place.ts';
import type { Store } from '../store.ts';
import { clientConfig, connect, discard, readPool } from './connection.ts';
import { withFailures } from './failure.ts';
import { openForeignTokens } from './foreign-tokens.ts';
import { openKeys } from './keys.ts';
import { openLine } from './line.ts';
import { migrate, packagedMigrations } from './migrate.ts';
import { openPartners } from './partners.ts';
import type { Parts } from './parts.ts';
import { openProcesses } from './processes.ts';
import { hasOlder, pruneWork } from './prune.ts';
import { openQueue } from './queue.ts';
import { openReads, reading } from './reads.ts';
import { type SpendRow, spendStatement } from './statements.ts';
import { openSuspensions } from './suspensions.ts';
import { sweeping } from './sweep.ts';
import { type Timing, usualTiming } from './timing.ts';
import { openTrail, settling } from './trail.ts';
import { openUsage } from './usage.ts';
import { openVersions } from './versions.ts';
import { openEar } from './watch.ts';
import { openWriter, type Work } from './writer.ts';

export type PostgresOptions = PostgresAddress & {
  /** Connections of this process at most, at least 3: one writes, one listens, the others read. */
  readonly connections: number;
  /** False: refuses a database that holds nothing of ours, and leaves it so. */
  readonly create?: boolean;
  /** Where the generated migrations are; those of the package unless told otherwise. */
  readonly migrationsFolder?: string;
  readonly timing?: Partial<Timing>;
};

/** Connections that do not read: the writer and the ear. */
const otherConnections = 2;

/**
 * Opens the database and brings its tables up to date; many processes may do so at once. Rejects with an Error that names the
 * database when it is not ours or unfit, with StoreUnavailable when the server cannot be used now.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { connections, create = true, migrationsFolder = packagedMigrations } = options;
  const timing = { ...usualTiming, ...options.timing };
  const place = placeOf(options);
  const config = clientConfig(options, timing);
  const first = await withFailures(place, async () => {
    const connection = await connect({ ...config, pipeline: true });
    try {
      await migrate(connection.client, place, migrationsFolder, create);
      return connection;
    } catch (error) {
      discard(connection);
      throw error;
    }
  });

  const writer = openWriter(openLine({ ...config, pipeline: true }, timing, first), place, timing);
  const queue = openQueue(writer, place, timing);
  const pool = readPool(config, connections - otherConnections);
  const read = reading(pool, place, timing);
  const settle = settling(pool, place, timing);
  const ear = openEar(config, pool, timing);
  const parts: Parts = { pool, place, queue, read };
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    await queue.close();
    // A server that cannot be reached does not take the goodbye either.
    await within(timing.connect, Promise.all([ear.close(), writer.close(), pool.end()]));
  }

  return {
    commit: (commit) => queue.commit(commit),
    ...openReads(pool, read),
    ...openKeys(pool, place, read),
    ...openTrail(pool, read, settle),
    pruneAudit: async (before, limit, tell) => {
      if (!(await read(() => hasOlder(pool, before)))) return 0;
      return queue.run<number>((resolve, reject) => pruneWork({ before, limit, tell, settle }, resolve, reject));
    },
    ...openVersions(parts),
    ...openSuspensions(parts),
    ...openProcesses(parts),
    ...openPartners(parts),
    ...openUsage(parts),
    ...openForeignTokens(parts),
    watch: (heard) => ear.watch(heard),
    sweep: sweeping(pool, read),
    ping: () => queue.run(pingWork),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** Waits for `work`, but no longer than `milliseconds`; alone it keeps no process alive. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
  await Promise.race([work, late]);
}

/** Writes a row, takes it back and commits: through the connection that commits everything else. */
function pingWork(resolve: () => void, reject: (reason: unknown) => void): Work {
  const digest = randomBytes(16);
  return {
    async prepare(client, tip) {
      const { rows } = await client.query<SpendRow>(spendStatement([digest], [0], undefined));
      const last = { text: 'DELETE FROM crossgrant.single_use WHERE digest = $1', values: [digest] };
      return { xid: rows[0]?.xid ?? '', keep: true, last, tip, answer: resolve };
    },
    reject,
    split: () => [],
  };
}
