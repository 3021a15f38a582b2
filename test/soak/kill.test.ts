// kill -9 at random moments under load: whatever was acknowledged is there afterwards, and the broker goes on by itself.

import { existsSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { postForm } from '../../src/testkit/http.ts';
import { cli } from '../support/cli.ts';
import { type BrokerProcess, startBrokerProcess } from './broker-process.ts';
import { ask, emptyLedger, keepAsking, type Ledger, nextWish } from './load.ts';
import { type Parties, writeParties } from './parties.ts';
import { acceptedAgain, brokenInStore, retryUntold } from './promises.ts';
import { chosenSeed, type Random, seeded } from './random.ts';

const rounds = 40;
const firstStarts = 8;
const atOnce = 16;

let folder: string;
let seed: number;
let random: Random;
const running = new Set<BrokerProcess>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crossgrant-kill-'));
  seed = chosenSeed();
  random = seeded(seed);
});
afterEach(async () => {
  await Promise.all([...running].map((broker) => broker.kill()));
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

const now = () => Math.floor(Date.now() / 1000);
const say = (line: string) => process.stdout.write(`${line}\n`);

function start(parties: Parties): BrokerProcess {
  const broker = startBrokerProcess(parties);
  running.add(broker);
  return broker;
}

it('what was acknowledged survives kill -9 under load, and nothing happens twice', async () => {
  const parties = writeParties(folder, now);
  const all = emptyLedger();
  const seen = { done: 0, undone: 0 };
  let broker = start(parties);
  for (let round = 1; round <= rounds; round += 1) {
    const ledger = await loadUntilKilled(broker, parties);
    broker = start(parties);
    const { broken, done, undone } = await afterwards(ledger, await broker.origin, parties);
    expect(broken, `seed ${seed}, round ${round}`).toEqual([]);
    expect(broker.said()).toBe('');
    all.told.push(...ledger.told);
    all.untold.push(...ledger.untold);
    seen.done += done;
    seen.undone += undone;
  }
  expect(await broker.stop()).toBe(0);
  const store = await openSqliteStore(parties.database);
  expect(await brokenInStore(all, store)).toEqual([]);
  await store.close();
  expect(await cli(['audit', 'verify', '--config', parties.config], { env: parties.env })).toMatchObject({ code: 0 });
  const lost = `${seen.done} lost answers of redemptions had been written, ${seen.undone} had not`;
  say(`seed ${seed}: ${rounds} kills, ${all.told.length} acknowledged, ${all.untold.length} unacknowledged; ${lost}`);
  expect(all.untold.length).toBeGreaterThan(0);
});

/** Sends load to a broker and kills it some answers and some milliseconds later. */
async function loadUntilKilled(broker: BrokerProcess, parties: Parties): Promise<Ledger> {
  const ledger = emptyLedger();
  const answers = random.between(1, 120);
  let killed: Promise<void> | undefined;
  const killSoon = async () => {
    // Answers come right behind a commit; the rest of the time is to be hit as well.
    await pause(random.between(0, 12));
    await broker.kill();
  };
  const enough = ({ told }: Ledger) => {
    if (told.length >= answers) killed ??= killSoon();
    return false;
  };
  await keepAsking({ origin: await broker.origin, parties, random, atOnce, enough }, ledger);
  await killed;
  expect(told5xx(ledger)).toEqual([]);
  return ledger;
}

const told5xx = ({ told }: Ledger) => told.filter(({ status }) => status >= 500);

/** Everything a restarted broker owes for `ledger`, and that it serves new requests. */
async function afterwards(ledger: Ledger, origin: string, parties: Parties) {
  const store = await openSqliteStore(parties.database);
  const inStore = await brokenInStore(ledger, store);
  const { broken, ...retried } = await retryUntold(ledger, origin, parties, store);
  const again = await acceptedAgain(ledger, origin, parties);
  await store.close();
  const fresh = await postForm(`${origin}/token`, parties.exchange(parties.credentials()));
  const serves = fresh.status === 200 ? [] : [`a new request is answered ${fresh.status}`];
  return { ...retried, broken: [...inStore, ...broken, ...again, ...serves] };
}

it('a start that is killed while it makes its tables is made good by the next one', async () => {
  const halfway: string[] = [];
  for (let round = 1; round <= firstStarts; round += 1) {
    const place = join(folder, String(round));
    const parties = writeParties(place, now);
    await killAtFirstSight(parties);
    halfway.push(tablesOf(parties.database));
    const broker = start(parties);
    const ledger = emptyLedger();
    expect(await ask(await broker.origin, nextWish(parties, random), ledger)).toBe(true);
    expect({ said: broker.said(), status: ledger.told[0]?.status }).toMatchObject({ said: '' });
    expect(await broker.stop()).toBe(0);
    expect(tablesOf(parties.database), `seed ${seed}, round ${round}`).toBe('whole');
  }
  const count = (state: string) => halfway.filter((one) => one === state).length;
  say(
    `seed ${seed}: ${firstStarts} kills at the first start: ${count('none')} before the tables, ${count('whole')} after`,
  );
  expect(count('none') + count('whole')).toBe(firstStarts);
});

/** Kills a first start some moments after its file appears. */
async function killAtFirstSight(parties: Parties): Promise<void> {
  const watcher = watch(dirname(parties.database));
  const appeared = new Promise<void>((seen) => {
    watcher.on('change', (_, name) => {
      if (String(name).startsWith('crossgrant.db')) seen();
    });
  });
  const broker = start(parties);
  await Promise.race([appeared, broker.origin]);
  watcher.close();
  await pause(random.between(0, 20));
  await broker.kill();
}

/** A migration is whole or it is not there: what a reader finds in the file. */
function tablesOf(database: string): string {
  if (!existsSync(database)) return 'none';
  const client = new Database(database);
  const names = client.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
  client.close();
  if (names.length === 0) return 'none';
  return names.includes('audit') && names.includes('single_use') && names.includes('__drizzle_migrations')
    ? 'whole'
    : `half: ${names.join(', ')}`;
}
