// Which store a configuration means: a file here, or a database there and how the way to it is protected.

import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { readPostgresUrl } from '../../src/config/postgres-url.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { cli } from '../support/cli.ts';
import { env, folder, problems } from './config-folder.ts';

const written = (store: string) =>
  `issuer: https://broker.example\nkeys: { encrypt_with: { env: CROSSGRANT_KEY } }\nstore: ${store}\n`;
const storeOf = async (path: string, more = {}) => (await loadConfig(path, { ...env, ...more })).settings.store;

const there = {
  kind: 'postgres',
  host: 'db.example',
  port: 5432,
  user: 'broker',
  password: '',
  database: 'crossgrant',
};

describe('the store', () => {
  it('is a file beside the configuration', async () => {
    const path = await folder({ 'crossgrant.yaml': written('sqlite:data/broker.db') });
    expect(await storeOf(path)).toEqual({ kind: 'sqlite', path: join(dirname(path), 'data/broker.db') });
  });

  it('is a database by its URL', async () => {
    const path = await folder({ 'crossgrant.yaml': written('postgres://broker@db.example/crossgrant') });
    expect(await storeOf(path)).toEqual({ ...there, tls: { mode: 'verify' }, connections: 10 });
  });

  it.each(['{ url: { env: STORE }, connections: 25 }', '{ url: { file: store.url }, connections: 25 }'])(
    'is a database by a URL that is a secret: %s',
    async (store) => {
      const url = 'postgresql://broker:p%40ss%2Fword@db.example:6432/crossgrant';
      const path = await folder({ 'crossgrant.yaml': written(store), 'store.url': `${url}\n` });
      const password = 'p@ss/word';
      const expected = { ...there, port: 6432, password, tls: { mode: 'verify' }, connections: 25 };
      expect(await storeOf(path, { STORE: url })).toEqual(expected);
    },
  );

  it('believes the authority that is named, instead of those of the system', async () => {
    const { ca } = await testCertificates(Date.now());
    const store = '{ url: "postgres://broker@db.example/crossgrant", ca: { file: ca.pem } }';
    const path = await folder({ 'crossgrant.yaml': written(store), 'ca.pem': ca });
    expect(await storeOf(path)).toMatchObject({ tls: { mode: 'verify', ca } });
  });

  it('is named by check, never with the password, and with what is wrong about the way there', async () => {
    const path = await folder({ 'crossgrant.yaml': written('{ url: { env: STORE } }') });
    const says = async (url: string) => {
      const { stdout } = await cli(['check', '--config', path], { env: { ...env, STORE: url } });
      return stdout.split('\n')[1];
    };
    const kept = 'keys, tokens and the audit trail are kept in postgres://broker@db.example:5432/crossgrant';
    expect(await says('postgres://broker:hunter2@db.example/crossgrant')).toBe(kept);
    expect(await says('postgres://broker:hunter2@db.example/crossgrant?sslmode=disable')).toBe(
      `${kept}, over a connection that is not encrypted`,
    );
  });

  it('never quotes a secret URL that it does not understand', async () => {
    const path = await folder({
      'crossgrant.yaml': written('{ url: { file: store.url } }'),
      'store.url': 'broker:hunter2@db',
    });
    expect(await problems(path)).toEqual([
      'crossgrant.yaml:3:10 store.url: the URL it leads to must be postgres://user@host:port/database',
    ]);
  });
});

describe('a URL of PostgreSQL', () => {
  it.each([
    ['postgres://u@localhost/d', { host: 'localhost', tls: false }],
    ['postgres://u@127.0.0.1/d', { host: '127.0.0.1', tls: false }],
    ['postgres://u@[::1]:5433/d', { host: '::1', port: 5433, tls: false }],
    ['postgres://u@%2Fvar%2Frun%2Fpostgresql/d', { host: '/var/run/postgresql', tls: false }],
    ['postgres://u@localhost/d?sslmode=verify-full', { host: 'localhost', tls: true }],
    ['postgres://u@db/d', { host: 'db', tls: true }],
    ['postgres://u@127.0.0.1.evil.example/d', { tls: true }],
    ['postgres://u@db/d?sslmode=disable', { host: 'db', tls: false }],
    ['postgres://u%20v@db/my%20db', { user: 'u v', database: 'my db' }],
  ])('%s is understood', (url, expected) => {
    expect(readPostgresUrl(url)).toMatchObject(expected);
  });

  it.each([
    ['postgres://', 'must be postgres://user@host:port/database'],
    ['mysql://u@db/d', 'must be postgres://user@host:port/database'],
    ['postgres://u@db:70000/d', 'must be postgres://user@host:port/database'],
    ['postgres://u:%zz@db/d', 'with %XX for special characters'],
    ['postgres://u:secret#1@db/d', 'must be'],
    ['postgres://u@db/d#f', 'has a # in it'],
    ['postgres://u@db/d/e', 'names no database'],
    ['postgres://u@db:0/d', 'has the port 0'],
    ['postgres://u@db/d?sslmode=disable&sslmode=verify-full', 'has sslmode twice'],
    ['postgres://u@db/d?sslmode=no-verify', 'does not say who must answer'],
    ['postgres://u@db/d?sslrootcert=/ca.pem', 'ca: { file: … }'],
    ['postgres://u@%2Frun/d?sslmode=verify-full', 'over a Unix socket'],
  ])('%s is refused', (url, said) => {
    const read = readPostgresUrl(url);
    expect('fault' in read && read.fault).toContain(said);
    expect(JSON.stringify(read)).not.toContain('secret');
  });
});
