// Keys are fetched in the background before they are stale: in time, spread, few at once, and none that nobody needs.

import { describe, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import { type Brought, type Fetched, type LastGood, lastGood, type Memory } from '../../src/trust/last-good.ts';
import { openRefresher } from '../../src/trust/refresh.ts';

const maxAge = 300;
const start = 1_795_000_000;

/** A clock in seconds, and sources that answer at once, fail, or keep whoever asks waiting. */
function openWorld() {
  const world = { seconds: start };
  const clock = () => world.seconds * 1000;
  type Options = { readonly random?: () => number; readonly inUse?: number; readonly memory?: Memory<string> };
  const source = (
    says: () => Promise<string>,
    { random = () => 0.5, inUse = limits.keysInUse, ...more }: Options = {},
  ) => {
    const asked: number[] = [];
    const load = async (): Promise<Brought<string>> => {
      asked.push(world.seconds);
      return { value: await says(), maxAge };
    };
    const held = lastGood({ what: 'it', load, same: Object.is, inUse, now: clock, clock, random, ...more });
    return { ...held, asked };
  };
  const refresherOf = (...sources: readonly LastGood<string>[]) => openRefresher(() => sources, clock);
  /** Second by second, as upkeep looks. */
  const pass = async (seconds: number, look: () => void) => {
    for (let turn = 0; turn < seconds; turn += 1) {
      world.seconds += 1;
      look();
      await settled();
    }
  };
  return { source, refresherOf, pass };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const sound = () => Promise.resolve('keys');
const never = () => new Promise<string>(() => {});
const down = () => Promise.reject(new Error('down'));

describe('what is in use', () => {
  it('is fetched before it is stale, so that nobody ever waits', async () => {
    const { source, refresherOf, pass } = openWorld();
    const keys = source(sound);
    await keys.get();
    const look = refresherOf(keys);
    for (let minute = 0; minute < 60; minute += 1) {
      await pass(60, look);
      expect(keys.get()).toBe('keys');
    }
    const pauses = keys.asked.slice(1).map((at, index) => at - (keys.asked[index] ?? 0));
    expect(pauses.length).toBeGreaterThan(10);
    for (const pause of pauses) expect(pause).toBeLessThan(maxAge);
  });

  it('is fetched at another moment by every process', async () => {
    const { source, refresherOf, pass } = openWorld();
    const processes = [0, 0.25, 0.5, 0.75, 0.99].map((part) => source(sound, { random: () => part }));
    await Promise.all(processes.map((keys) => keys.get()));
    await pass(maxAge, refresherOf(...processes));
    const times = processes.map(({ asked }) => asked[1]);
    expect(new Set(times).size).toBe(5);
    for (const at of times) {
      expect(at).toBeGreaterThanOrEqual(start + maxAge * 0.7);
      expect(at).toBeLessThanOrEqual(start + maxAge * 0.9 + 1);
    }
  });

  it('is tried again every half minute or so while it fails, and then as before', async () => {
    const { source, refresherOf, pass } = openWorld();
    let says = sound;
    const keys = source(() => says());
    await keys.get();
    says = down;
    await pass(600, refresherOf(keys));
    const tries = keys.asked.length;
    expect(tries).toBeGreaterThan(8);
    expect(tries).toBeLessThan(14);
    says = sound;
    await pass(60, refresherOf(keys));
    expect(keys.health()).not.toHaveProperty('failedAt');
  });
});

describe('what nobody needs', () => {
  it('is not fetched before somebody asks', async () => {
    const { source, refresherOf, pass } = openWorld();
    const keys = source(sound);
    await pass(600, refresherOf(keys));
    expect(keys.asked).toEqual([]);
  });

  it('is not fetched any more once nobody has asked for long', async () => {
    const { source, refresherOf, pass } = openWorld();
    const keys = source(sound, { inUse: 600 });
    await keys.get();
    await pass(600, refresherOf(keys));
    const before = keys.asked.length;
    expect(before).toBeGreaterThan(1);
    await pass(3600, refresherOf(keys));
    expect(keys.asked).toHaveLength(before);
  });
});

describe('many at once', () => {
  it('are fetched few at a time, the longest due first', async () => {
    const { source, refresherOf, pass } = openWorld();
    const waiting: (() => void)[] = [];
    const slow = () => new Promise<string>((resolve) => waiting.push(() => resolve('keys')));
    let says = sound;
    const all = Array.from({ length: 50 }, (_, at) => source(() => says(), { random: () => 1 - at / 50 }));
    await Promise.all(all.map((keys) => keys.get()));
    await pass(maxAge * 0.65, () => {});
    says = slow;
    const look = refresherOf(...all);
    await pass(maxAge * 0.3, look);
    expect(waiting).toHaveLength(limits.backgroundFetches);
    expect(all.slice(-limits.backgroundFetches).every(({ asked }) => asked.length === 2)).toBe(true);
    while (waiting.length > 0) {
      waiting.splice(0).forEach((end) => void end());
      await settled();
      look();
      await settled();
    }
    expect(all.every(({ asked }) => asked.length === 2)).toBe(true);
  });

  it('that hang hold up each other, and nobody else', async () => {
    const { source, refresherOf, pass } = openWorld();
    let hang: () => Promise<string> = down;
    const hanging = Array.from({ length: 40 }, () => source(() => hang()));
    const others = Array.from({ length: 40 }, () => source(sound));
    await Promise.all([...hanging, ...others].map(async (keys) => keys.get()).map((got) => got.catch(() => {})));
    hang = never;
    await pass(2 * maxAge, refresherOf(...hanging, ...others));
    expect(hanging.filter(({ asked }) => asked.length > 1)).toHaveLength(limits.backgroundRetries);
    expect(others.filter(({ asked }) => asked.length < 3)).toEqual([]);
  });
});

describe('what a memory holds that outlives the process', () => {
  const memoryOf = (found: Fetched<string> | undefined) => {
    const kept: Fetched<string>[] = [];
    const memory: Memory<string> = { recall: async () => found, keep: (fetched) => void kept.push(fetched) };
    return { memory, kept };
  };
  const ago = (seconds: number) => ({ value: 'kept', maxAge, fetchedAt: (start - seconds) * 1000 });

  it('is served at once while it is fresh, and fetched anew in time though nobody asks', async () => {
    const { source, refresherOf, pass } = openWorld();
    const keys = source(sound, { memory: memoryOf(ago(60)).memory });
    expect(await keys.get()).toBe('kept');
    expect(keys.asked).toEqual([]);
    await pass(maxAge, refresherOf(keys));
    expect(keys.asked).toHaveLength(1);
  });

  it('is fetched anew after a start, before anybody needs it, and not by all processes in the same second', async () => {
    const { source, refresherOf, pass } = openWorld();
    const { memory } = memoryOf(ago(maxAge));
    const processes = [0, 0.5, 0.9].map((part) => source(sound, { memory, random: () => part }));
    await pass(limits.wakeSpread + 1, refresherOf(...processes));
    expect(processes.map(({ asked }) => asked.length)).toEqual([1, 1, 1]);
    expect(new Set(processes.map(({ asked }) => asked[0])).size).toBe(3);
    expect(processes.map((keys) => keys.get())).toEqual(['keys', 'keys', 'keys']);
  });

  it('is not fetched again by a process that finds what another one fetched meanwhile', async () => {
    const { source, refresherOf, pass } = openWorld();
    let found = ago(60);
    const memory: Memory<string> = { recall: async () => found, keep: () => {} };
    const keys = source(sound, { memory });
    await keys.get();
    await pass(120, () => {});
    found = { ...ago(0), value: 'newer', fetchedAt: (start + 120) * 1000 };
    await pass(60, refresherOf(keys));
    expect(keys.asked).toEqual([]);
    expect(keys.get()).toBe('newer');
  });

  it('does not count when it says that it was fetched tomorrow', async () => {
    const { source } = openWorld();
    const keys = source(sound, { memory: memoryOf(ago(-86_400)).memory });
    expect(await keys.get()).toBe('keys');
  });

  it('is told of what was fetched, and of nothing else', async () => {
    const { source } = openWorld();
    const { memory, kept } = memoryOf(undefined);
    const failing = source(down, { memory });
    await expect((async () => failing.get())()).rejects.toThrow('no it');
    expect(kept).toEqual([]);
    await source(sound, { memory }).get();
    expect(kept).toEqual([{ value: 'keys', maxAge, fetchedAt: start * 1000 }]);
  });
});
