// What 10 000 requests leave on the disk, for each thing that is kept: the numbers to plan a disk by.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { silentLog } from '../../src/observe/log.ts';
import { encodeForm } from '../../src/testkit/http.ts';
import { type Parties, writeParties } from './parties.ts';

const requests = 10_000;
const atOnce = 50;

/** Tables, and bytes a row may take with its indexes: a quarter more than README.md says. */
const allowed = { audit: 1350, issued_token: 290, single_use: 75 } as const;

it('SQLite: an audit record, an issued token and a single-use key take as many bytes as the README says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crossgrant-sizes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const parties = writeParties(folder, () => Math.floor(Date.now() / 1000));
  await fill(parties);
  const database = new Database(parties.database, { readonly: true });
  onTestFinished(() => void database.close());
  for (const [table, most] of Object.entries(allowed)) {
    const bytes = bytesPerRow(database, table);
    process.stdout.write(`${table}: ${bytes} bytes a row, indexes included\n`);
    expect(bytes).toBeLessThan(most);
  }
});

/** Half of the requests are exchanges, half redemptions; all are granted. */
async function fill(parties: Parties): Promise<void> {
  const app = await openApp(await loadConfig(parties.config, parties.env), { log: silentLog });
  const ask = async (turn: number): Promise<number> => {
    const assertion = parties.credentials();
    const fields = turn % 2 === 0 ? parties.exchange(assertion) : parties.redeem(parties.grant(), assertion);
    const { status } = await app.http.request('https://broker.acme.example/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: encodeForm(fields),
    });
    return status;
  };
  try {
    for (let done = 0; done < requests; done += atOnce) {
      const statuses = await Promise.all(Array.from({ length: atOnce }, (_, turn) => ask(turn)));
      expect(new Set(statuses)).toEqual(new Set([200]));
    }
  } finally {
    await app.close();
  }
}

/** SQLite's own account of its pages, shared out among the rows. */
function bytesPerRow(database: Database.Database, table: string): number {
  const pages = database
    .prepare('SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = ?)')
    .pluck();
  const rows = database.prepare(`SELECT count(*) FROM ${table}`).pluck();
  return Math.round(Number(pages.get(table)) / Number(rows.get()));
}
