// What keeps a broker from starting is said in one line with what to do, ends it with exit code 1, and leaves nothing locked.

import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { type Parties, writeParties } from '../soak/parties.ts';
import { cli, temporaryFolder } from '../support/cli.ts';

const now = () => Math.floor(Date.now() / 1000);
const serve = ({ config, env }: Parties) => cli(['serve', '--config', config], { env });

/** A server of somebody else; its port. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('the port is taken', () => {
  it('is named, with what to do; the database is free for the next start', async () => {
    const port = await takenPort();
    const parties = writeParties(temporaryFolder(), now, { listen: { port } });
    const { code, stdout, stderr } = await serve(parties);
    expect(stderr).toMatch(
      new RegExp(
        `^crossgrant: listen EADDRINUSE: address already in use 127\\.0\\.0\\.1:${port}: .*set another listen\\.port\n$`,
      ),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    // Only who has the file alone may change its journal.
    const client = new Database(parties.database, { timeout: 0 });
    expect(client.pragma('journal_mode = DELETE', { simple: true })).toBe('delete');
    client.close();
  });
});

describe('the database', () => {
  const mistakes: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    [
      'is a text',
      (path) => writeFileSync(path, 'issuer: x\n'.repeat(100)),
      /is not a SQLite database: name another file/,
    ],
    [
      'belongs to another program',
      (path) => new Database(path).exec('CREATE TABLE notes (text)').close(),
      /is a SQLite database of another program: name another file/,
    ],
    ['is a folder', (path) => mkdirSync(path), /SQLITE_CANTOPEN.*fix owner and permissions/],
  ];
  it.each(mistakes)('%s: nothing is started, and it is left as it was', async (_, prepare, said) => {
    const parties = writeParties(temporaryFolder(), now);
    prepare(parties.database);
    const { code, stdout, stderr } = await serve(parties);
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(new RegExp(`^crossgrant: [^\n]*${parties.database}[^\n]*\n$`));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('is damaged: it says to restore a backup, and damages it no further', async () => {
    const parties = writeParties(temporaryFolder(), now);
    await (await openSqliteStore(parties.database)).close();
    const bytes = readFileSync(parties.database);
    const damaged = bytes.fill(0xff, bytes.readUInt16BE(16));
    writeFileSync(parties.database, damaged);
    const { code, stderr } = await serve(parties);
    expect(stderr).toMatch(
      /^crossgrant: .*SQLITE_CORRUPT.*the file is damaged: stop, keep a copy, restore a backup\n$/,
    );
    expect(code).toBe(1);
    expect(readFileSync(parties.database).equals(damaged)).toBe(true);
  });
});
