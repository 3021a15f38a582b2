// A PostgreSQL server as a process in a temporary folder: found, run by a user it accepts, waited for, and made to fail.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The administrator; he needs no password over the socket. */
export const admin = 'postgres';

/** `immediate` is a crash: what had not been committed is gone. */
export type Halt = 'fast' | 'immediate';

/** Certificate chain and private key, PEM. */
export type ServerTls = { readonly cert: string; readonly key: string };

export type PostgresProcess = {
  /** On loopback; roles show a password there. */
  readonly port: number;
  /** Where its socket and its files are. */
  readonly folder: string;
  /** Ready when it resolves. */
  start(): Promise<void>;
  /** Ends it; `start` again. */
  halt(mode?: Halt): Promise<void>;
  /** It will start as a standby. */
  markStandby(): Promise<void>;
  /** Runs a tool such as `pg_dump` as the administrator. */
  tool(name: string, args: readonly string[]): Promise<void>;
  /** Ends it, and leaves a copy of its files in a folder. */
  keep(at: string): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
};

/** Where the programs of PostgreSQL are; undefined: it is not installed. */
function findPrograms(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const installed = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  const places = installed.map((version) => join(versions, version, 'bin'));
  const folders = [...places, ...(process.env['PATH'] ?? '').split(':')];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

const programs = findPrograms();

/** Whether tests with PostgreSQL run here. Where tests decide (CI) it has to be there; elsewhere one line says that it is not. */
export const hasPostgres = programs !== undefined;
if (!hasPostgres) {
  if (process.env['CI']) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  process.stderr.write('PostgreSQL is not installed: its tests are left out\n');
}

/** The version of what is installed, such as 15.18: files of one are not for another. */
export async function version(): Promise<string> {
  const { stdout } = await run(join(installed(), 'postgres'), ['--version']);
  return /\d+(\.\d+)*/.exec(stdout)?.[0] ?? '';
}

export type Start = {
  /** A folder where another one left its files: it starts with a copy of them. */
  readonly from?: string;
  /** As `name=value`. */
  readonly settings?: readonly string[];
  readonly tls?: ServerTls | undefined;
};

/** A server that runs. Without fsync unless told otherwise: the disk is not what is tested. */
export async function startProcess({ from, settings = [], tls }: Start = {}): Promise<PostgresProcess> {
  const owner = await unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'crossgrant-pg-'));
  const data = join(folder, 'data');
  if (from) await run('cp', ['-R', join(from, 'data'), data]);
  if (owner) await run('chown', ['-R', `${owner.uid}:${owner.gid}`, folder]);
  if (!from) await initialise(data, { ...owner, cwd: folder });
  const port = await freePort();
  const place = [`port=${port}`, `unix_socket_directories=${folder}`, 'listen_addresses=127.0.0.1'];
  const secured = tls ? await writeTls(tls, folder, owner) : [];
  const usual = [...place, 'fsync=off', 'shared_buffers=16MB', ...secured];
  const flags = ['-D', data, ...[...usual, ...settings].flatMap((setting) => ['-c', setting])];
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    server = spawn(join(installed(), 'postgres'), flags, {
      ...owner,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await ready(server);
  }

  async function halt(mode: Halt = 'fast'): Promise<void> {
    const child = server;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await gone;
  }

  await start();
  return {
    port,
    folder,
    start,
    halt,
    markStandby: () => writeOwned(join(data, 'standby.signal'), '', owner),
    async tool(name, args) {
      await run(join(installed(), name), ['-h', folder, '-p', String(port), '-U', admin, ...args]);
    },
    async keep(at) {
      await halt();
      await run('cp', ['-R', data, join(at, 'data')]);
    },
    async stop() {
      await halt('immediate');
      // A thousand files: removed one by one from here they cost more than the server did.
      await run('rm', ['-rf', folder]);
    },
  };
}

function installed(): string {
  if (programs === undefined) throw new Error('PostgreSQL is not installed');
  return programs;
}

async function initialise(data: string, as: Partial<Owner> & { readonly cwd: string }): Promise<void> {
  const access = ['--auth-local=trust', '--auth-host=scram-sha-256'];
  const initdb = ['-D', data, '-U', admin, ...access, '--encoding=UTF8', '--no-locale', '--no-sync'];
  await run(join(installed(), 'initdb'), initdb, as);
}

type Owner = { readonly uid: number; readonly gid: number };

/** PostgreSQL does not run as root; then it runs as nobody. */
async function unprivileged(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = async (flag: string) => Number((await run('id', [flag, 'nobody'])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

/** Writes both files as the server wants them; the answer is what it has to be told. */
async function writeTls({ cert, key }: ServerTls, folder: string, owner: Owner | undefined) {
  await writeOwned(join(folder, 'server.crt'), cert, owner);
  await writeOwned(join(folder, 'server.key'), key, owner);
  return ['ssl=on', `ssl_cert_file=${join(folder, 'server.crt')}`, `ssl_key_file=${join(folder, 'server.key')}`];
}

async function writeOwned(path: string, text: string, owner: Owner | undefined): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (owner) await chown(path, owner.uid, owner.gid);
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
