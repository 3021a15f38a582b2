// On Node 24.21 a collected statement of better-sqlite3 ends the process: what a store prepares is never collected.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { keepStatements } from '../../src/store/sqlite/kept.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Whether a statement nobody holds is still there after a collection. */
async function outlives(client: Sqlite.Database): Promise<boolean> {
  const statement = new WeakRef(client.prepare('SELECT 1'));
  // A WeakRef holds its target until the end of the turn in which it was made.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return statement.deref() !== undefined;
}

it('keeps statements that the library alone would let go', async () => {
  expect(await outlives(keepStatements(new Sqlite(':memory:')))).toBe(true);
});

it('prepares each pragma once, and answers as the library does', () => {
  const [kept, plain] = [keepStatements(new Sqlite(':memory:')), new Sqlite(':memory:')];
  for (const source of ['synchronous = FULL', 'synchronous', 'application_id', 'busy_timeout = 5', 'busy_timeout']) {
    expect(kept.pragma(source, { simple: true })).toEqual(plain.pragma(source, { simple: true }));
  }
  expect(kept.pragma('database_list')).toEqual(plain.pragma('database_list'));
});
