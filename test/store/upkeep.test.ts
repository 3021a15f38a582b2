// Upkeep beside requests: what is over leaves in bites, chains are joined, keys are read again, and stopping is quick.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { startUpkeep, type Upkeep } from '../../src/observe/upkeep.ts';
import type { Store } from '../../src/store/store.ts';
import { aCommit, aKey, aRecord, aSpend, wholeTrail } from './samples.ts';
import { type SqliteDatabase, sqliteDatabase } from './sqlite-database.ts';

const day = 86_400;
const now = 1_700_000_000_000;

let database: SqliteDatabase;
let store: Store;
let warnings: string[];
let stop: () => Promise<void>;

/** Starts upkeep whose clock stands still; only its timers are ours. */
function start(changes: Partial<Upkeep> = {}): void {
  const log = { info: () => {}, warn: (_: object, message: string) => warnings.push(message), error: () => {} };
  const signer = { refresh: vi.fn(async () => {}) };
  const suspensions = { refresh: vi.fn(async () => {}) };
  stop = startUpkeep({ store, now: () => now, log, auditKeep: () => undefined, signer, suspensions, ...changes });
}

const records = async () => (await wholeTrail(store)).map(({ record }) => record.action);

beforeEach(async () => {
  database = await sqliteDatabase();
  store = await database.open();
  warnings = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await stop();
  await store.close();
  await database.drop();
});

describe('what has expired', () => {
  const expired = now / 1000 - 61;

  it('leaves within a second, in bites that let a request through between them', async () => {
    await store.commit(
      aCommit({ spends: Array.from({ length: 600 }, (_, i) => aSpend(`${i}`, { expiresAt: expired })) }),
    );
    const order: string[] = [];
    let request: Promise<unknown> = Promise.resolve();
    const sweep: Store['sweep'] = async (...args) => {
      const swept = store.sweep(...args);
      if (order.length === 0) request = store.commit(aCommit()).then(() => order.push('request'));
      order.push(`bite of ${await swept}`);
      return swept;
    };
    start({ store: { ...store, sweep } });
    vi.advanceTimersByTime(1000);
    await vi.waitFor(() => expect(order).toContain('bite of 100'));
    await request;
    expect(order).toEqual(['bite of 250', 'request', 'bite of 250', 'bite of 100']);
  });

  it('is kept a minute longer: a request that came in time may still be under way', async () => {
    await store.commit(aCommit({ spends: [aSpend('young', { expiresAt: expired + 2 })] }));
    start();
    vi.advanceTimersByTime(3000);
    await stop();
    const again = await store.commit(aCommit({ spends: [aSpend('young')] }));
    expect(again).toMatchObject({ outcome: 'replayed' });
  });
});

describe('what was counted of use', () => {
  it('leaves by the day after half a year, within ten minutes', async () => {
    const count = { domain: 'contoso', rule: 'r', client: 'c', scope: '', outcome: 'granted', count: 1, lastAt: 1 };
    // `now` is 2023-11-14.
    const days = ['2023-05-17', '2023-05-18', '2023-11-14'];
    await store.addUsage(days.map((each) => ({ ...count, day: each })));
    start();
    vi.advanceTimersByTime(10 * 60_000);
    await stop();
    expect((await store.usageSince('')).map((each) => each.day)).toEqual(days.slice(1));
  });
});

describe('audit records', () => {
  const write = (at: number) => store.commit(aCommit({ record: aRecord({ at }) }));

  it('are kept for good unless the configuration says how long', async () => {
    await write(1);
    start();
    vi.advanceTimersByTime(10_000);
    await stop();
    expect(await records()).toEqual(['token-exchange', 'audit.checkpoint']);
  });

  it('leave when they are older than that, bite by bite, and what stays verifies', async () => {
    await Promise.all(Array.from({ length: 300 }, (_, i) => write(now - 31 * day * 1000 + i)));
    await write(now - 29 * day * 1000);
    start({ auditKeep: () => 30 * day });
    vi.advanceTimersByTime(1000);
    await vi.waitFor(async () => expect(await records()).toEqual(['token-exchange', 'audit.prune', 'audit.prune']));
    expect(await verifyChain(await wholeTrail(store))).toMatchObject({ ok: true, count: 3 });
  });

  it('leave when a change of the configuration says so', async () => {
    await write(now - 31 * day * 1000);
    let keep: number | undefined;
    start({ auditKeep: () => keep });
    vi.advanceTimersByTime(1000);
    expect(await records()).toEqual(['token-exchange']);
    keep = 30 * day;
    vi.advanceTimersByTime(1000);
    await vi.waitFor(async () => expect(await records()).toEqual(['audit.prune']));
  });

  it('are witnessed every minute, and when the process ends', async () => {
    start();
    await write(now);
    vi.advanceTimersByTime(60_000);
    await vi.waitFor(async () => expect(await records()).toEqual(['token-exchange', 'audit.checkpoint']));
    vi.advanceTimersByTime(60_000);
    await write(now);
    await stop();
    expect((await records()).slice(2)).toEqual(['token-exchange', 'audit.checkpoint']);
  });
});

describe('signing keys', () => {
  it('are read again as soon as another process has changed them, and from time to time anyway', async () => {
    const refresh = vi.fn(async () => {});
    start({ signer: { refresh } });
    const other = await database.open();
    await other.addKey(aKey('first'), null, null);
    await other.close();
    vi.advanceTimersByTime(1000);
    await vi.waitFor(() => expect(refresh).toHaveBeenCalledTimes(1));
    vi.advanceTimersByTime(4000);
    await vi.waitFor(() => expect(refresh).toHaveBeenCalledTimes(2));
  });
});

describe('upkeep that fails', () => {
  it('is told, tried again, and keeps nobody from stopping', async () => {
    const sweep = vi.fn(async () => {
      throw new Error('no disk');
    });
    start({ store: { ...store, sweep } });
    vi.advanceTimersByTime(2000);
    await vi.waitFor(() => expect(sweep).toHaveBeenCalledTimes(2));
    await stop();
    expect(new Set(warnings)).toEqual(new Set(['upkeep failed; it will be tried again']));
  });

  it('ends after the bite under way, however much is left', async () => {
    await store.commit(aCommit({ spends: Array.from({ length: 600 }, (_, i) => aSpend(`${i}`, { expiresAt: 1 })) }));
    const sweep = vi.fn(store.sweep);
    start({ store: { ...store, sweep } });
    vi.advanceTimersByTime(1000);
    await stop();
    expect(sweep.mock.calls.length).toBeLessThanOrEqual(1);
    expect(await store.sweep(2, 1000)).toBeGreaterThanOrEqual(350);
  });
});
