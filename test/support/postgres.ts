// A real PostgreSQL for tests: a server of its own in a temporary folder, with a database for each test.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/store.ts';
import type { Database } from '../store/database.ts';

const run = promisify(execFile);

export type PostgresDatabase = Database & {
  readonly name: string;
  /** How a store reaches it; lay changes over it. */
  readonly options: PostgresOptions;
  /** As the configuration writes it. */
  readonly url: string;
  /** A connection of the administrator, to be ended by the test. */
  connect(): Promise<Client>;
  /** Runs SQL as the administrator, and answers its rows. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
};

export type PostgresServer = {
  readonly port: number;
  /** The folder of the socket. */
  readonly folder: string;
  /** A database with nothing of ours in it, or one that was migrated and holds nothing; those are used again once dropped. */
  database(from?: 'empty' | 'migrated'): Promise<PostgresDatabase>;
  /** Runs SQL as the administrator, in a database that no test uses. */
  sql(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** `immediate` is a crash: what had not been committed is gone. Ready when it resolves. */
  restart(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Makes it a standby, as a server is that lost its place to another; `promote` ends that. */
  demote(): Promise<void>;
  promote(): Promise<void>;
  /** Stops it; `start` again. */
  halt(mode?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
};

/** The administrator, and the role stores come as. */
const admin = 'postgres';
export const role = { user: 'broker', password: 'password-of-the-broker' } as const;

/** Where the programs of PostgreSQL are; undefined: it is not installed. */
function findPrograms(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const installed = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...installed.map((version) => join(versions, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

const programs = findPrograms();

/** Whether tests with PostgreSQL run here. Where tests decide (CI) it has to be there; elsewhere one line says that it is not. */
export const hasPostgres = programs !== undefined;
if (!hasPostgres) {
  if (process.env['CI']) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  process.stderr.write('PostgreSQL is not installed: its tests are left out\n');
}

/** Certificate chain and private key, PEM. */
export type ServerTls = { readonly cert: string; readonly key: string };

/** Starts a server; `settings` as `name=value`. Without fsync unless told otherwise: the disk is not what is tested. */
export async function startPostgres(settings: readonly string[] = [], tls?: ServerTls): Promise<PostgresServer> {
  if (programs === undefined) throw new Error('PostgreSQL is not installed');
  const owner = await unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'crossgrant-pg-'));
  if (owner) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  await run(
    join(programs, 'initdb'),
    [
      '-D',
      data,
      '-U',
      admin,
      '--auth-local=trust',
      '--auth-host=scram-sha-256',
      '--encoding=UTF8',
      '--no-locale',
      '--no-sync',
    ],
    { ...owner, cwd: folder },
  );
  const port = await freePort();
  const usual = [`port=${port}`, `unix_socket_directories=${folder}`, 'listen_addresses=127.0.0.1', 'fsync=off'];
  const secured = tls ? await writeTls(tls, folder, owner) : [];
  const flags = [...usual, 'shared_buffers=16MB', ...secured, ...settings].flatMap((setting) => ['-c', setting]);
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    server = spawn(join(programs ?? '', 'postgres'), ['-D', data, ...flags], {
      ...owner,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await ready(server);
  }

  async function halt(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const child = server;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await gone;
  }

  async function connectTo(database: string): Promise<Client> {
    const client = new Client({ host: folder, port, user: admin, database });
    await client.connect();
    return client;
  }

  async function sql(database: string, text: string, values: readonly unknown[] = []) {
    const client = await connectTo(database);
    try {
      const { rows } = await client.query(text, [...values]);
      return rows;
    } finally {
      await client.end();
    }
  }

  await start();
  await sql(admin, `CREATE ROLE ${role.user} LOGIN PASSWORD '${role.password}'`);
  await sql(admin, `CREATE DATABASE migrated OWNER ${role.user}`);
  const optionsOf = (database: string): PostgresOptions => ({
    host: folder,
    port,
    ...role,
    database,
    tls: { mode: 'off' },
    connections: 5,
  });
  await (await openPostgresStore(optionsOf('migrated'))).close();

  const clean: string[] = [];
  let count = 0;

  async function create(from: 'empty' | 'migrated'): Promise<string> {
    count += 1;
    const template = from === 'migrated' ? 'migrated' : 'template0';
    await sql(admin, `CREATE DATABASE test_${count} OWNER ${role.user} TEMPLATE ${template}`);
    return `test_${count}`;
  }

  return {
    port,
    folder,
    async database(from = 'migrated') {
      const name = (from === 'migrated' ? clean.pop() : undefined) ?? (await create(from));
      const options = optionsOf(name);
      return {
        name,
        options,
        url: `postgres://${role.user}:${role.password}@127.0.0.1:${port}/${name}`,
        open: () => openPostgresStore(options),
        connect: () => connectTo(name),
        sql: (text, values) => sql(name, text, values),
        drop: async () => {
          // What is left goes with the server: dropping a database takes longer than the test that used it.
          if (from !== 'migrated') return;
          await sql(name, wipe);
          clean.push(name);
        },
      };
    },
    sql: (text) => sql(admin, text),
    async demote() {
      await halt();
      const signal = join(data, 'standby.signal');
      await writeFile(signal, '');
      if (owner) await chown(signal, owner.uid, owner.gid);
      await start();
    },
    async promote() {
      await sql(admin, 'SELECT pg_promote()');
    },
    halt,
    start,
    async restart(mode) {
      await halt(mode);
      await start();
    },
    async stop() {
      await halt('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Owner = { readonly uid: number; readonly gid: number };

/** Writes both files as the server wants them; the answer is what it has to be told. */
async function writeTls(
  { cert, key }: ServerTls,
  folder: string,
  owner: Owner | undefined,
): Promise<readonly string[]> {
  const files = [
    ['ssl_cert_file', 'server.crt', cert],
    ['ssl_key_file', 'server.key', key],
  ] as const;
  for (const [, name, text] of files) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    if (owner) await chown(join(folder, name), owner.uid, owner.gid);
  }
  return ['ssl=on', ...files.map(([setting, name]) => `${setting}=${join(folder, name)}`)];
}

/** Ends every connection to a database but this one, and removes every row of ours. */
const wipe = `DO $$ DECLARE name text; BEGIN
  PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
  FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'crossgrant'::regnamespace AND relkind = 'r' AND relname <> '__drizzle_migrations'
  LOOP EXECUTE format('DELETE FROM crossgrant.%I', name); END LOOP;
END $$`;

/** PostgreSQL does not run as root; then it runs as nobody. */
async function unprivileged(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'nobody'])).stdout)),
  );
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** Resolves when the server says that it is ready; rejects with what it said when it ends before. */
function ready(server: ChildProcess): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${said.join('\n')}`)));
    if (server.stderr === null) return;
    createInterface(server.stderr).on('line', (line) => {
      if (said.length < 50) said.push(line);
      if (line.includes('database system is ready to accept')) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
