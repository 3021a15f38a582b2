// The database file is taken away, replaced or damaged while the broker runs: nothing leaves unrecorded, and it goes on by itself.

import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import type { HttpAnswer } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { basic, expectRefusal, openWorld, type World } from '../support/http.ts';

const unavailable = { reason: 'store.unavailable', status: 503, error: 'temporarily_unavailable' } as const;

let world: World;
let path: string;
beforeEach(async () => {
  world = await openWorld();
  path = join(world.folder, 'contoso', 'crossgrant.db');
  expect(await redeem()).toMatchObject({ status: 200 });
});
afterEach(() => world.stop());

const redeem = (form = world.form()) => world.partner.token(form);
const introspect = (token: string) =>
  world.partner.post('introspect', { token }, basic(names.calendarServer, names.calendarSecret));
const companions = () => ['', '-wal', '-shm'].map((suffix) => path + suffix);

/** What the operator reads of the last request that failed. */
const lastFailure = () => String(world.logged.findLast(({ message }) => message === 'a request failed')?.fields['err']);

/** A sound copy of the database as it is now, as an operator would make one while the broker runs. */
function backUp(): string {
  const copy = join(world.folder, 'backup.db');
  const client = new Database(path);
  client.prepare('VACUUM INTO ?').run(copy);
  client.close();
  return copy;
}

/** Traces in the file that now stands at the path, read by somebody else. */
function tracesInFile(): readonly unknown[] {
  const client = new Database(path, { readonly: true });
  const traces = client.prepare('SELECT trace_id FROM audit').pluck().all();
  client.close();
  return traces;
}
const traceOf = ({ headers }: HttpAnswer) => headers.get('crossgrant-trace-id');

async function expectTrailHolds(): Promise<void> {
  expect(await verifyChain(await world.partner.broker.store.auditPage(0, 1000))).toMatchObject({ ok: true });
}

describe('the database file is gone', () => {
  it('nothing is written to a file that nobody would find; put back, the very same request is granted', async () => {
    const away = companions().map((name) => [name, `${name}.away`] as const);
    for (const [name, hidden] of away) renameSync(name, hidden);
    const form = world.form();
    expectRefusal(await redeem(form), unavailable);
    expectRefusal(await introspect('any'), unavailable);
    expect(lastFailure()).toContain(`${path} was deleted or moved away while it was open: put it back`);
    for (const [name, hidden] of away) renameSync(hidden, name);
    const answer = await redeem(form);
    expect(answer).toMatchObject({ status: 200 });
    expect(tracesInFile()).toContain(traceOf(answer));
    await expectTrailHolds();
  });
});

describe('the database file is replaced', () => {
  it('by a backup: it is taken up without a restart, and what is answered is recorded in it', async () => {
    const copy = backUp();
    const token = await world.accessToken();
    for (const name of companions()) rmSync(name);
    renameSync(copy, path);
    const answer = await redeem();
    expect(answer).toMatchObject({ status: 200 });
    expect(tracesInFile()).toContain(traceOf(answer));
    // What was issued after the backup is not known any more: a backup is older than what it replaces.
    expect(await introspect(token)).toMatchObject({ body: { active: false } });
    await expectTrailHolds();
  });

  it('beside the log of the one before: it is not touched until that log is away, which would be written into it', async () => {
    renameSync(backUp(), path);
    const form = world.form();
    expectRefusal(await redeem(form), unavailable);
    expect(lastFailure()).toContain(`remove ${path}-wal and ${path}-shm`);
    rmSync(`${path}-wal`);
    rmSync(`${path}-shm`);
    expect(await redeem(form)).toMatchObject({ status: 200 });
    await expectTrailHolds();
  });

  it('by something else: 503 and its name, until a database of ours is there', async () => {
    const copy = backUp();
    for (const name of companions()) rmSync(name);
    writeFileSync(path, 'issuer: https://broker.acme.example\n'.repeat(100));
    const form = world.form();
    expectRefusal(await redeem(form), unavailable);
    expect(lastFailure()).toContain(`${path} is not a SQLite database`);
    expect(readFileSync(path, 'utf8')).toContain('issuer');
    renameSync(copy, path);
    await expect.poll(async () => (await redeem(form)).status, { timeout: 5000 }).toBe(200);
  });

  it('its log is deleted: what was in it is saved, and nothing that was answered is lost', async () => {
    const before = await redeem();
    rmSync(`${path}-wal`);
    rmSync(`${path}-shm`);
    const after = await redeem();
    expect(after).toMatchObject({ status: 200 });
    expect(await introspect(String(before.body['access_token']))).toMatchObject({ body: { active: true } });
    expect(tracesInFile()).toEqual(expect.arrayContaining([before, after].map(traceOf)));
    await expectTrailHolds();
  });
});

describe('the database file is damaged', () => {
  it('503 with what to do; a sound file in its place is taken up without a restart', async () => {
    const copy = backUp();
    overwriteAllButTheFirstPage();
    const form = world.form();
    expectRefusal(await redeem(form), unavailable);
    expect(lastFailure()).toMatch(/SQLITE_CORRUPT.*restore a backup/);
    for (const name of companions()) rmSync(name);
    renameSync(copy, path);
    expect(await redeem(form)).toMatchObject({ status: 200 });
    await expectTrailHolds();
  });
});

/** As a failing disk might; the log is emptied first, because what is in it would be read instead. */
function overwriteAllButTheFirstPage(): void {
  const client = new Database(path);
  client.pragma('wal_checkpoint(TRUNCATE)');
  const pageSize = Number(client.pragma('page_size', { simple: true }));
  const pages = Number(client.pragma('page_count', { simple: true }));
  client.close();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(pageSize * (pages - 1), 0xff), 0, pageSize * (pages - 1), pageSize);
  closeSync(file);
}
