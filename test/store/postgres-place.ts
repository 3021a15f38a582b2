// Stores on one PostgreSQL database that a test breaks, directly or over a wire it can cut, and what they must have kept.

import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/store.ts';
import type { Store } from '../../src/store/store.ts';
import { type PostgresDatabase, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type Wire, wireTo } from '../support/postgres-proxy.ts';
import { aCommit, aRecord, aSpend, aToken, wholeTrail } from './samples.ts';

export type Place = {
  readonly server: PostgresServer;
  /** Of the test that runs. */
  readonly database: PostgresDatabase;
  /** A store that is closed with the test. */
  open(changes?: Partial<PostgresOptions>): Promise<Store>;
  /** A store over a wire of its own. */
  wired(changes?: Partial<PostgresOptions>): Promise<{ readonly wire: Wire; readonly store: Store }>;
};

/** The message as it is on the wire; BEGIN says COMMITTED. */
export const commitMessage = 'COMMIT\0';

/** Starts a server for the tests of a suite, with a database for each. */
export function usePlace(): () => Place {
  let server: PostgresServer | undefined;
  let place: Place | undefined;
  const stores: Store[] = [];
  const wires: Wire[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    if (server === undefined) throw new Error('the server did not start');
    place = await openPlace(server, stores, wires);
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await Promise.all(wires.splice(0).map((wire) => wire.close()));
    await place?.database.drop();
  });
  return () => {
    if (place === undefined) throw new Error('the place is there only while tests run');
    return place;
  };
}

async function openPlace(server: PostgresServer, stores: Store[], wires: Wire[]): Promise<Place> {
  const database = await server.database();
  const open: Place['open'] = async (changes = {}) => {
    const store = await openPostgresStore({ ...database.options, ...changes });
    stores.push(store);
    return store;
  };
  return {
    server,
    database,
    open,
    async wired(changes = {}) {
      const wire = await wireTo(server.port);
      wires.push(wire);
      return { wire, store: await open({ host: '127.0.0.1', port: wire.port, ...changes }) };
    },
  };
}

/** A unit that can be found again by its id, in every table. */
export const unitNamed = (id: string) =>
  aCommit({ spends: [aSpend(id)], issued: aToken(id), record: aRecord({ traceId: id }) });

/** Everything there is of these units: each exactly once, and the chains whole. */
export async function expectOnce(ids: readonly string[], reader: Store): Promise<void> {
  const trail = await wholeTrail(reader);
  expect(await verifyChain(trail)).toMatchObject({ ok: true });
  const counts = new Map(ids.map((id) => [id, 0]));
  for (const { record } of trail) counts.set(record.traceId, (counts.get(record.traceId) ?? 0) + 1);
  expect(ids.filter((id) => counts.get(id) !== 1)).toEqual([]);
  for (const id of ids.slice(0, 20)) expect(await reader.findToken(id)).toBeDefined();
}

/** Ends every connection to the database but that of the administrator. */
export const killConnections = (database: PostgresDatabase) =>
  database.sql(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
    [database.name],
  );
