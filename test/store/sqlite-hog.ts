// A process that keeps the SQLite file it is given locked, but for a moment now and then, as busy writers do; until it is killed.

import Sqlite from 'better-sqlite3';

const client = new Sqlite(process.argv[2] ?? '', { timeout: 10_000 });
const cell = new Int32Array(new SharedArrayBuffer(4));
const spend = (ms: number) => void Atomics.wait(cell, 0, 0, ms);
process.stdout.write('ready');
for (;;) {
  client.exec('BEGIN IMMEDIATE');
  spend(40);
  client.exec('COMMIT');
  spend(1);
}
