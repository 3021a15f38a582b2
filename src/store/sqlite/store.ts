// The store in one SQLite file, for a broker on one machine: one or several processes may share the file.

import type { Database } from 'better-sqlite3';
import { parseRecord } from '../audit-row.ts';
import { type Store, StoreUnavailable } from '../store.ts';
import { chainWriter } from './chain-writer.ts';
import { commitUnit } from './commit.ts';
import { openDatabase, openMemory } from './connection.ts';
import { withFailures } from './failure.ts';
import { followFile } from './follow-file.ts';
import { openForeignTokens } from './foreign-tokens.ts';
import { groupCommit } from './group-commit.ts';
import { applicationId, packagedMigrations } from './migrate.ts';
import { openPartners } from './partners.ts';
import type { Parts } from './parts.ts';
import { openProcesses } from './processes.ts';
import { pruneAudit } from './prune.ts';
import { readPatiently } from './read-patiently.ts';
import { openRevisions } from './revisions.ts';
import { prepareStatements } from './statements.ts';
import { openSuspended } from './suspended.ts';
import { openSuspensions } from './suspensions.ts';
import { openUsage } from './usage.ts';
import { openVersions } from './versions.ts';
import { openLook, watchChanges } from './watch.ts';

export type SqliteOptions = {
  /** Where the generated migrations are; those of the package unless told otherwise. */
  readonly migrationsFolder?: string;
  /** True: all that is written is an order of an operator, and pressing (group-commit.ts). */
  readonly orders?: boolean;
  /** Milliseconds a request waits for a file that other processes keep busy; default: as in group-commit.ts. */
  readonly patience?: number;
  /** True: nothing is synced, and lost when the machine stops: for files that nobody reads then. */
  readonly unsynced?: boolean;
  /** Milliseconds between two looks for what other processes changed; default: as in watch.ts. */
  readonly lookMs?: number | undefined;
};

/**
 * Opens or creates the SQLite file at `path` and brings its tables up to date; two processes may do so at once.
 * Rejects with an Error that names the file when it cannot be opened or is not a database of ours.
 */
export function openSqliteStore(path: string, options: SqliteOptions = {}): Promise<Store> {
  const { migrationsFolder = packagedMigrations, unsynced } = options;
  return followFile(path, async () => storeOn(openDatabase(path, migrationsFolder, unsynced), options));
}

/** A store that forgets everything when it is closed: for tests. */
export async function openMemoryStore(): Promise<Store> {
  return storeOn(openMemory());
}

/** The store on a database that was opened. */
function storeOn(client: Database, { orders = false, patience, lookMs }: SqliteOptions = {}): Store {
  const path = client.name;
  const statements = prepareStatements(client);
  const chain = chainWriter(statements);
  const group = groupCommit(client, chain, patience);
  const writes = orders ? { ...group, run: group.order } : group;
  const read: Parts['read'] = async (work) => {
    if (!client.open) throw new StoreUnavailable(`${path}: the store is closed`);
    return readPatiently(() => withFailures(path, work));
  };
  const act: Parts['act'] = writes.order;
  const parts: Parts = { client, writes, act, chain, read, revise: openRevisions(client) };
  const findSuspension = openSuspended(client);
  const look = openLook(client);
  const stops = new Set<() => void>();

  return {
    commit: async (commit) => writes.run(commitUnit(statements, chain, findSuspension, commit)),
    findToken: (jti) => read(() => statements.findToken.get({ jti })),
    findLink: (issuer, tenant, sub) => read(() => statements.findLink.get({ issuer, tenant, sub })),

    listKeys: () => read(() => statements.listKeys.all()),
    addKey: (key, expectedNewest, retire) =>
      writes.run(() => {
        const newest = statements.newestKey.get()?.kid ?? null;
        if (newest !== expectedNewest) return false;
        if (retire) statements.retireKeys.run(retire);
        statements.insertKey.run(key);
        return true;
      }),
    forgetKeys: (now) => writes.run(() => statements.forgetKeys.run({ now }).changes),

    auditPage: (after, limit) => read(() => statements.auditPage.all({ after, limit }).map(parseRecord)),
    findAudit: (traceId) => read(() => statements.auditOfTrace.all({ traceId }).map(parseRecord)),
    chainEnds: () => read(() => statements.chainEnds.all()),
    pruneAudit: (before, limit, tell) => writes.run(() => pruneAudit(statements, chain, before, limit, tell)),
    ...openVersions(parts),
    ...openSuspensions(parts),
    ...openProcesses(parts),
    ...openPartners(parts),
    ...openUsage(parts),
    ...openForeignTokens(parts),
    watch(heard) {
      const stop = watchChanges(look, heard, lookMs);
      stops.add(stop);
      return stop;
    },

    sweep: (now, limit) =>
      writes.run(() => {
        let swept = statements.sweepSingleUses.run({ now, limit }).changes;
        swept += statements.sweepTokens.run({ now, limit: limit - swept }).changes;
        return swept + statements.sweepForeignTokens.run({ now, limit: limit - swept }).changes;
      }),
    ping: async () => {
      await writes.run(() => client.pragma(`application_id = ${applicationId}`));
    },
    close: async () => {
      for (const stop of stops) stop();
      writes.close();
      client.close();
    },
  };
}
