// Who keeps workers running: one first, then the others; the dead are replaced, all are changed one by one, and nobody is left behind.

import { describe, expect, it } from 'vitest';
import { WorkersKeepDying } from '../../src/workers/posts.ts';
import { type Supervisor, supervise } from '../../src/workers/supervise.ts';
import { type Ending, type Listening, type Orders, type Worker, WorkerEnded } from '../../src/workers/worker.ts';

type Acted = {
  readonly pid: number;
  readonly orders: Orders;
  readonly worker: Worker;
  listens(text?: string): void;
  ends(ending?: Partial<Ending>): void;
  /** What the primary did to it. */
  readonly asked: ('stop' | 'relieve' | 'kill')[];
};

/** How workers take a wish to finish: at once, when the test lets them, or not at all. */
type Manners = { readonly slow?: boolean; readonly deaf?: boolean };

/** Processes that do as the test says. */
function stage({ slow = false, deaf = false }: Manners) {
  const actors: Acted[] = [];
  const waiting: { pid: number; met: (actor: Acted) => void }[] = [];
  const fork = (orders: Orders): Worker => {
    const pid = actors.length + 1;
    const asked: Acted['asked'] = [];
    const listening = toBeSettled<Listening>();
    const ended = toBeSettled<Ending>();
    listening.promise.catch(() => {});
    const ends = (ending: Partial<Ending> = {}) => {
      const whole = { code: 0, signal: null, ...ending };
      ended.resolve(whole);
      listening.reject(new WorkerEnded(whole));
    };
    const worker: Worker = {
      pid,
      listening: listening.promise,
      ended: ended.promise,
      stop: (replaced) => {
        asked.push(replaced ? 'relieve' : 'stop');
        if (!deaf && !slow) ends();
      },
      kill: () => {
        asked.push('kill');
        ends({ code: null, signal: 'SIGKILL' });
      },
    };
    const actor = {
      pid,
      orders,
      worker,
      asked,
      ends,
      listens: (text = 'first') => listening.resolve(listeningBy(text)),
    };
    actors.push(actor);
    for (const { met } of waiting.filter((one) => one.pid === pid)) met(actor);
    return worker;
  };
  /** The worker that is started as the `pid`-th. */
  const actor = (pid: number): Promise<Acted> =>
    new Promise((met) => {
      const there = actors[pid - 1];
      if (there) met(there);
      else waiting.push({ pid, met });
    });
  return { fork, actor, actors };
}

function toBeSettled<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}

const listeningBy = (text: string): Listening => ({
  issuer: 'https://as.example',
  address: '127.0.0.1',
  port: 8700,
  tls: false,
  drain: 0,
  snapshot: { texts: { 'crossgrant.yaml': text }, folders: {} },
  fixed: { issuer: 'digest' },
});
const snapshotOf = (text: string) => listeningBy(text).snapshot;

/** A primary with its workers, a log that remembers, and pauses that take no time. */
function primary(count: number, options: Manners & { signal?: AbortSignal } = {}) {
  const logged: string[] = [];
  const pauses: number[] = [];
  let at = 0;
  const write = (_fields: object, message: string) => void logged.push(message);
  const { fork, actor, actors } = stage(options);
  const started = supervise({
    count,
    fork,
    log: { info: () => {}, warn: write, error: write },
    clock: () => at,
    pause: (ms, until) => {
      // Who was asked to finish does so in time, unless it is deaf; a slow one takes longer than its successors wait.
      if (until && !options.deaf && !(options.slow && ms <= 2000))
        return new Promise((over) => until.addEventListener('abort', () => over()));
      pauses.push(ms);
      return Promise.resolve();
    },
    ...(options.signal && { signal: options.signal }),
  });
  started.catch(() => {});
  const pass = (ms: number) => {
    at += ms;
  };
  return { started, actor, actors, logged, pauses, pass };
}

/** All workers listen. */
async function running(count: number, options: Manners = {}) {
  const stand = primary(count, options);
  for (let pid = 1; pid <= count; pid += 1) (await stand.actor(pid)).listens();
  const supervisor: Supervisor = await stand.started;
  return { ...stand, supervisor };
}

describe('the start', () => {
  it('is made by one worker alone; the others serve by what it read', async () => {
    const { started, actor, actors } = primary(3);
    const first = await actor(1);
    expect(actors.map(({ orders }) => orders)).toEqual([{}]);
    first.listens('as it was read');
    for (const pid of [2, 3]) (await actor(pid)).listens();
    expect((await started).listening.port).toBe(8700);
    expect(actors.slice(1).map(({ orders }) => orders)).toEqual([
      { snapshot: snapshotOf('as it was read') },
      { snapshot: snapshotOf('as it was read') },
    ]);
  });

  it('ends with the exit code of a first worker that cannot start, and tries no second one', async () => {
    const { started, actor, actors, pauses } = primary(3);
    (await actor(1)).ends({ code: 2 });
    await expect(started).rejects.toMatchObject({ name: 'WorkerEnded', ending: { code: 2 } });
    expect({ processes: actors.length, pauses }).toEqual({ processes: 1, pauses: [] });
  });

  it('leaves no worker behind when another one cannot start', async () => {
    const { started, actor } = primary(3);
    const first = await actor(1);
    first.listens();
    (await actor(2)).ends({ code: 1 });
    await expect(started).rejects.toBeInstanceOf(WorkerEnded);
    expect([first.asked, (await actor(3)).asked]).toEqual([['stop'], ['stop']]);
  });

  it('can be called off', async () => {
    const wish = new AbortController();
    const { started, actor } = primary(2, { signal: wish.signal });
    const first = await actor(1);
    wish.abort();
    await expect(started).rejects.toBeInstanceOf(WorkerEnded);
    expect(first.asked).toEqual(['stop']);
  });
});

describe('a worker that dies', () => {
  it('is replaced by one that serves by the configuration that was checked, not by what the files say meanwhile', async () => {
    const { actor, logged, supervisor } = await running(2);
    (await actor(1)).ends({ code: null, signal: 'SIGKILL' });
    expect((await actor(3)).orders).toEqual({ snapshot: snapshotOf('first') });
    expect(logged).toEqual(['a worker died; another one takes its place']);
    await supervisor.stop();
  });

  it('again and again right after its start ends the whole, after longer and longer pauses', async () => {
    const { actor, supervisor, pauses } = await running(2);
    (await actor(2)).ends({ code: 1 });
    for (const pid of [3, 4, 5, 6]) (await actor(pid)).ends({ code: 1 });
    const failure = await supervisor.failure;
    expect(failure).toBeInstanceOf(WorkersKeepDying);
    expect(failure.message).toBe('workers die right after their start: 5 in a row, the last with exit code 1');
    expect(pauses).toEqual([100, 200, 400, 800]);
    await supervisor.stop();
    expect((await actor(1)).asked).toEqual(['stop']);
  });

  it('now and then is replaced each time without a long pause', async () => {
    const { actor, supervisor, pauses, pass } = await running(1);
    for (const pid of [1, 2, 3, 4, 5, 6, 7]) {
      const worker = await actor(pid);
      pass(10_000);
      worker.ends({ code: 1 });
    }
    await actor(8);
    expect(new Set(pauses)).toEqual(new Set([100]));
    await supervisor.stop();
  });
});

describe('a reload', () => {
  it('replaces workers one by one: each predecessor is asked to finish when its successor listens', async () => {
    const { actor, supervisor, logged } = await running(2);
    const [one, two] = [await actor(1), await actor(2)];
    const reloaded = supervisor.reload();
    const three = await actor(3);
    expect(three.orders).toEqual({ fixed: { issuer: 'digest' } });
    expect([one.asked, two.asked]).toEqual([[], []]);
    three.listens('second');
    const four = await actor(4);
    expect(four.orders).toEqual({ snapshot: snapshotOf('second') });
    expect([one.asked, two.asked]).toEqual([['relieve'], []]);
    four.listens('second');
    await reloaded;
    expect([one, two, three, four].map(({ asked }) => asked)).toEqual([['relieve'], ['relieve'], [], []]);
    expect(logged).toEqual([]);
    three.ends({ code: null, signal: 'SIGSEGV' });
    expect((await actor(5)).orders).toEqual({ snapshot: snapshotOf('second') });
    await supervisor.stop();
  });

  it('is not put off by a predecessor that takes its time; it is over when that one has ended', async () => {
    const { actor, supervisor } = await running(2, { slow: true });
    const [one, two] = [await actor(1), await actor(2)];
    let over = false;
    const reloaded = supervisor.reload().then(() => {
      over = true;
    });
    (await actor(3)).listens('second');
    (await actor(4)).listens('second');
    two.ends();
    await two.worker.ended;
    expect({ asked: one.asked, over }).toEqual({ asked: ['relieve'], over: false });
    one.ends();
    await reloaded;
    const stopped = supervisor.stop();
    for (const pid of [3, 4]) (await actor(pid)).ends();
    await stopped;
  });

  it('of a configuration that cannot be used leaves everybody where they are', async () => {
    const { actor, actors, supervisor, logged } = await running(2);
    const reloaded = supervisor.reload();
    (await actor(3)).ends({ code: 2 });
    await reloaded;
    expect(actors.map(({ asked }) => asked)).toEqual([[], [], []]);
    expect(logged).toEqual(['the workers that were not replaced go on as they are']);
    (await actor(1)).ends({ code: null, signal: 'SIGKILL' });
    expect((await actor(4)).orders).toEqual({ snapshot: snapshotOf('first') });
    await supervisor.stop();
  });

  it('asked for several times while one runs is done once more, and sees what was written last', async () => {
    const { actor, actors, supervisor } = await running(1);
    const first = supervisor.reload();
    const successor = await actor(2);
    const more = [supervisor.reload(), supervisor.reload(), supervisor.reload()];
    successor.listens('second');
    await first;
    (await actor(3)).listens('third');
    await Promise.all(more);
    expect(actors.length).toBe(3);
    await supervisor.stop();
  });

  it('takes the place of a worker that died meanwhile', async () => {
    const { actor, supervisor } = await running(1);
    const reloaded = supervisor.reload();
    const successor = await actor(2);
    (await actor(1)).ends({ code: 1 });
    const standIn = await actor(3);
    standIn.listens();
    successor.listens('second');
    await reloaded;
    expect([successor.asked, standIn.asked]).toEqual([[], ['relieve']]);
    await supervisor.stop();
  });
});

describe('the end', () => {
  it('comes when all workers have ended, and none is replaced', async () => {
    const { actor, actors, supervisor, logged } = await running(3);
    await supervisor.stop();
    expect(actors.map(({ asked }) => asked)).toEqual([['stop'], ['stop'], ['stop']]);
    expect({ processes: actors.length, logged }).toEqual({ processes: 3, logged: [] });
    expect((await actor(1)).asked).toEqual(['stop']);
  });

  it('is not put off by a worker that does not finish', async () => {
    const { actor, supervisor, logged } = await running(1, { deaf: true });
    await supervisor.stop();
    expect((await actor(1)).asked).toEqual(['stop', 'kill']);
    expect(logged).toEqual(['a worker did not finish in time and is ended']);
  });

  it('includes a successor that was about to start', async () => {
    const { actor, supervisor } = await running(1);
    const reloaded = supervisor.reload();
    const successor = await actor(2);
    await supervisor.stop();
    await reloaded;
    expect(successor.asked).toEqual(['stop']);
  });
});
