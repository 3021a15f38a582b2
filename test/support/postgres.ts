// A real PostgreSQL for tests: a server for a file of tests, with a database for each of them.

import { Client } from 'pg';
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/store.ts';
import type { Database } from '../store/database.ts';
import { cached, hashOf } from './cached.ts';
import { admin, type PostgresProcess, type ServerTls, startProcess, version } from './postgres-process.ts';

export { hasPostgres } from './postgres-process.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

export type PostgresDatabase = Database & {
  readonly name: string;
  /** How a store reaches it; lay changes over it. */
  readonly options: PostgresOptions;
  /** As the configuration writes it. */
  readonly url: string;
  /** A connection of the administrator, to be ended by the test. */
  connect(): Promise<Client>;
  /** Runs SQL as the administrator. */
  sql(text: string, values?: readonly unknown[]): Promise<Rows>;
};

export type PostgresServer = Pick<PostgresProcess, 'port' | 'folder' | 'start' | 'halt' | 'stop'> & {
  /** A database with nothing of ours in it, or one that was migrated and holds nothing; those are used again once dropped. */
  database(from?: 'empty' | 'migrated'): Promise<PostgresDatabase>;
  /** Runs SQL as the administrator, in a database that no test uses. */
  sql(text: string): Promise<Rows>;
  /** Backs up what is ours in one database and restores it into another, as an administrator does. */
  copy(from: PostgresDatabase, to: PostgresDatabase): Promise<void>;
  restart: PostgresProcess['halt'];
  /** Makes it a standby, as a server is that lost its place to another; `promote` ends that. */
  demote(): Promise<void>;
  promote(): Promise<void>;
};

/** The role stores come as. */
export const role = { user: 'broker', password: 'password-of-the-broker' } as const;

/** The database that others are copied from. */
const migrated = 'migrated';
const madeFrom = [
  'migrations/postgres',
  'src/store/postgres',
  'test/support/postgres.ts',
  'test/support/postgres-process.ts',
];

/** Files of a server with the role, and with a database that was migrated and holds nothing. */
async function prepared(): Promise<string> {
  return cached(`postgres-${await version()}-${hashOf(madeFrom)}`, async (made) => {
    const server = await startProcess();
    const place = { host: server.folder, port: server.port };
    try {
      await query(place, admin, `CREATE ROLE ${role.user} LOGIN PASSWORD '${role.password}'`);
      await query(place, admin, `CREATE DATABASE ${migrated} OWNER ${role.user}`);
      await (await openPostgresStore(optionsOf(place, migrated))).close();
      await server.keep(made);
    } finally {
      await server.stop();
    }
  });
}

/** Starts a server; `settings` as `name=value`. */
export async function startPostgres(settings: readonly string[] = [], tls?: ServerTls): Promise<PostgresServer> {
  const server = await startProcess({ from: await prepared(), settings, tls });
  const { port, folder, start, halt, stop, tool } = server;
  const place = { host: folder, port };
  const sql = (text: string) => query(place, admin, text);
  const clean: string[] = [];
  let count = 0;

  async function create(from: 'empty' | 'migrated'): Promise<string> {
    count += 1;
    const name = `test_${count}`;
    await sql(`CREATE DATABASE ${name} OWNER ${role.user} TEMPLATE ${from === 'migrated' ? migrated : 'template0'}`);
    return name;
  }

  async function restart(mode?: 'fast' | 'immediate'): Promise<void> {
    await halt(mode);
    await start();
  }

  return {
    port,
    folder,
    start,
    halt,
    stop,
    sql,
    restart,
    async database(from = 'migrated') {
      const name = (from === 'migrated' ? clean.pop() : undefined) ?? (await create(from));
      return databaseAt(place, name, async () => {
        // What is left goes with the server: dropping a database takes longer than the test that used it.
        if (from !== 'migrated') return;
        await query(place, name, wipe);
        clean.push(name);
      });
    },
    async copy(from, to) {
      const dump = `${folder}/${from.name}.sql`;
      await tool('pg_dump', ['-n', 'crossgrant', '-f', dump, from.name]);
      await tool('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-f', dump, to.name]);
    },
    async demote() {
      await server.markStandby();
      await restart();
    },
    async promote() {
      await sql('SELECT pg_promote()');
    },
  };
}

type Address = { readonly host: string; readonly port: number };

const optionsOf = (place: Address, database: string): PostgresOptions => ({
  ...place,
  ...role,
  database,
  tls: { mode: 'off' },
  connections: 5,
});

function databaseAt(place: Address, name: string, drop: () => Promise<void>): PostgresDatabase {
  const options = optionsOf(place, name);
  return {
    name,
    options,
    url: `postgres://${role.user}:${role.password}@127.0.0.1:${place.port}/${name}`,
    open: () => openPostgresStore(options),
    connect: () => connectTo(place, name),
    sql: (text, values) => query(place, name, text, values),
    drop,
  };
}

async function connectTo(place: Address, database: string): Promise<Client> {
  const client = new Client({ ...place, user: admin, database });
  await client.connect();
  return client;
}

async function query(place: Address, database: string, text: string, values: readonly unknown[] = []): Promise<Rows> {
  const client = await connectTo(place, database);
  try {
    return (await client.query(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Ends every connection to a database but this one, and removes every row of ours. */
const wipe = `DO $$ DECLARE name text; BEGIN
  PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
  FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'crossgrant'::regnamespace AND relkind = 'r' AND relname <> '__drizzle_migrations'
  LOOP EXECUTE format('DELETE FROM crossgrant.%I', name); END LOOP;
END $$`;
