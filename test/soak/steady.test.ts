// Mixed load for a while: no answer of ours fails, nothing grows that has no end, and what has expired leaves meanwhile.

import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { type BrokerProcess, startBrokerProcess } from './broker-process.ts';
import { emptyLedger, keepAsking, type Ledger } from './load.ts';
import { type Parties, writeParties } from './parties.ts';
import { brokenInStore } from './promises.ts';
import { chosenSeed, seeded } from './random.ts';

/** The clock of everybody runs as much ahead: minutes of expiry pass in seconds. */
const speed = 20;
const atOnce = 16;
/** Milliseconds. Until the first look, what is made once (code, statements, connections, caches) is made. */
const [warmUp, span] = [5000, 10_000];
const mostGrowth = 5 * 1024 * 1024;
/** ID Tokens of as many sign-ins, each exchanged again and again: what is remembered of them has its size after the warm-up. */
const signIns = 200;

type Look = { readonly heap: number; readonly handles: number };

/** Heap after a collection, and open files and sockets where the system tells. */
async function lookAt({ child }: BrokerProcess): Promise<Look> {
  child.send('look');
  const [{ heapUsed }] = (await once(child, 'message')) as [{ heapUsed: number }];
  const open = `/proc/${child.pid}/fd`;
  return { heap: heapUsed, handles: existsSync(open) ? readdirSync(open).length : 0 };
}

it('memory and handles stay where they are, expired rows leave under load, and there is no 5xx', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crossgrant-steady-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const epoch = Date.now();
  const now = () => Math.floor((epoch + (Date.now() - epoch) * speed) / 1000);
  const parties = withSignIns(writeParties(folder, now));
  const env = { ...parties.env, SOAK_EPOCH: String(epoch), SOAK_SPEED: String(speed) };
  const probe = new URL('probe.mjs', import.meta.url).href;
  const broker = startBrokerProcess({ ...parties, env }, ['--expose-gc', '--import', probe]);
  onTestFinished(() => broker.kill());
  const origin = await broker.origin;
  const seed = chosenSeed();
  const random = seeded(seed);
  const ledger = emptyLedger();
  const loadFor = (ms: number) => {
    const end = performance.now() + ms;
    return keepAsking({ origin, parties, random, atOnce, enough: () => performance.now() > end }, ledger);
  };

  await loadFor(warmUp);
  const before = await lookAt(broker);
  await loadFor(span);
  const after = await lookAt(broker);

  const client = new Database(parties.database, { readonly: true });
  const kept = Number(client.prepare('SELECT count(*) FROM single_use').pluck().get());
  client.close();
  const spent = spentBy(ledger);
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
  const heap = `heap ${megabytes(before.heap)} → ${megabytes(after.heap)} MB`;
  process.stdout.write(
    `seed ${seed}: ${ledger.told.length} answers, ${heap}, handles ${before.handles} → ${after.handles}, ${kept} of ${spent} single-use keys kept\n`,
  );
  expect(ledger.untold).toEqual([]);
  expect(ledger.told.filter(({ status }) => status >= 500)).toEqual([]);
  expect(after.heap - before.heap).toBeLessThan(mostGrowth);
  expect(after.handles).toBeLessThanOrEqual(before.handles + 2);
  expect(kept).toBeLessThan(spent * 0.75);
  expect(await broker.stop()).toBe(0);
  expect(broker.said()).toBe('');
  const store = await openSqliteStore(parties.database);
  expect((await brokenInStore(ledger, store)).filter((broken) => !broken.includes('not remembered'))).toEqual([]);
  await store.close();
});

function withSignIns(parties: Parties): Parties {
  const tokens = Array.from({ length: signIns }, () => parties.exchange('')['subject_token']);
  let turn = 0;
  return {
    ...parties,
    exchange(assertion, changes) {
      turn += 1;
      return parties.exchange(assertion, { subject_token: tokens[turn % signIns], ...changes });
    },
  };
}

/** An assertion for each request, and a grant for each that was redeemed. */
function spentBy({ told }: Ledger): number {
  return told.length + told.filter(({ grant, status }) => grant !== undefined && status === 200).length;
}
