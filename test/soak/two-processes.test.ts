// Two processes on one database, one killed under load and its database restarted under the other: nothing is lost, nothing doubled.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { cli } from '../support/cli.ts';
import { hasPostgres, startPostgres } from '../support/postgres.ts';
import { type BrokerProcess, startBrokerProcess } from './broker-process.ts';
import { ask, emptyLedger, type Ledger, nextWish, type Wish } from './load.ts';
import { type Parties, writeParties } from './parties.ts';
import { acceptedAgain, brokenInStore } from './promises.ts';
import { chosenSeed, type Random, seeded } from './random.ts';

const kills = 3;
const crashes = 2;
const clients = 8;
/** Answers between one event and the next. */
const aWhile = 150;

let folder: string;
let seed: number;
let random: Random;
const running = new Set<BrokerProcess>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crossgrant-two-'));
  seed = chosenSeed();
  random = seeded(seed);
});
afterEach(async () => {
  await Promise.all([...running].map((broker) => broker.kill()));
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

const say = (line: string) => process.stdout.write(`${line}\n`);

function start(parties: Parties): BrokerProcess {
  const broker = startBrokerProcess(parties);
  running.add(broker);
  return broker;
}

it('SQLite: a process is killed again and again under load beside another one', async () => {
  const { parties, load, one, other } = await underLoad();
  const places = [one, other];
  for (let round = 0; round < kills; round += 1) {
    await load.answers(random.between(aWhile / 2, aWhile));
    await places[round % 2]?.kill();
    await load.answers(aWhile);
    const successor = start(parties);
    places[round % 2] = successor;
    load.origins[round % 2] = await successor.origin;
  }
  await load.answers(aWhile);
  await judge(parties, await load.end(), load.origins);
});

it.runIf(hasPostgres)('PostgreSQL: a process is killed, and the server crashes under the other one', async () => {
  const server = await startPostgres(['fsync=on']);
  onTestFinished(() => server.stop());
  const { url } = await server.database('empty');
  const { parties, load, one, other } = await underLoad({ store: { url: { env: 'STORE' } } }, { STORE: url });
  const places = [one, other];
  for (let round = 0; round < crashes; round += 1) {
    await load.answers(random.between(aWhile / 2, aWhile));
    await places[round % 2]?.kill();
    await load.answers(aWhile / 2);
    await server.restart(round % 2 === 0 ? 'immediate' : 'fast');
    // The other one goes on by itself.
    await load.answers(aWhile);
    const successor = start(parties);
    places[round % 2] = successor;
    load.origins[round % 2] = await successor.origin;
  }
  await load.answers(aWhile);
  await judge(parties, await load.end(), load.origins);
});

/** Two processes, and clients that ask both. */
async function underLoad(changes: Settings = {}, secrets: Parties['env'] = {}) {
  const written = writeParties(folder, () => Math.floor(Date.now() / 1000), changes);
  const parties = { ...written, env: { ...written.env, ...secrets } };
  const [one, other] = [start(parties), start(parties)];
  const load = startLoad([await one.origin, await other.origin], parties);
  return { parties, load, one, other };
}

/** Nothing lost, nothing doubled, and both still serve. */
async function judge(parties: Parties, ledger: Ledger, origins: readonly string[]): Promise<void> {
  const { settings } = await loadConfig(parties.config, parties.env);
  const store = await openStore(settings);
  try {
    expect(await brokenInStore(ledger, store), `seed ${seed}`).toEqual([]);
  } finally {
    await store.close();
  }
  expect(doubled(ledger), `seed ${seed}`).toEqual([]);
  for (const origin of origins) {
    expect(await acceptedAgain(ledger, origin, parties), `seed ${seed}`).toEqual([]);
    expect(await ask(origin, nextWish(parties, random), emptyLedger())).toBe(true);
  }
  const audit = await cli(['audit', 'verify', '--config', parties.config], { env: parties.env });
  expect(audit.code, audit.stdout).toBe(0);
  expect(ledger.told.length).toBeGreaterThan(crashes * aWhile);
  expect(ledger.untold.length).toBeGreaterThan(0);
  say(`seed ${seed}: ${ledger.told.length} answers, ${ledger.untold.length} requests without one`);
}

/** Grants that two clients were given a token for. */
function doubled({ told }: Ledger): readonly string[] {
  const redeemed = told.flatMap(({ status, grant }) => (status === 200 && grant !== undefined ? [grant] : []));
  return redeemed.filter((grant, at) => redeemed.indexOf(grant) !== at);
}

type Load = {
  /** Where clients ask; a place that is exchanged is asked from the next request on. */
  readonly origins: string[];
  /** Resolves when `count` more answers came that promise something. */
  answers(count: number): Promise<void>;
  /** Ends the load, and gives what every client was told. */
  end(): Promise<Ledger>;
};

/** Each client asks both places at once; a grant goes to both, with credentials of its own at each. */
function startLoad(origins: string[], parties: Parties): Load {
  const ledger = emptyLedger();
  const waiting = new Set<() => void>();
  let ending = false;
  const client = async () => {
    while (!ending) {
      const wishes = twice(nextWish(parties, random), parties);
      await Promise.all(wishes.map((wish, at) => ask(origins[at] ?? '', wish, ledger)));
      for (const look of waiting) look();
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    origins,
    answers: (count) => {
      const answered = () => acknowledged(ledger).told.length;
      const wanted = answered() + count;
      return new Promise((enough) => {
        const look = () => {
          if (answered() < wanted) return;
          waiting.delete(look);
          enough();
        };
        waiting.add(look);
      });
    },
    end: async () => {
      ending = true;
      await all;
      return acknowledged(ledger);
    },
  };
}

/** The same grant once more, or something else. */
function twice(wish: Wish, parties: Parties): readonly [Wish, Wish] {
  if (wish.grant === undefined) return [wish, nextWish(parties, random)];
  const clientAssertion = parties.credentials();
  return [wish, { ...wish, clientAssertion, fields: parties.redeem(wish.grant, clientAssertion) }];
}

/** "Try again later" promises nothing: whoever got it knows as little as who got no answer. */
function acknowledged({ told, untold }: Ledger): Ledger {
  return {
    told: told.filter(({ status }) => status !== 503),
    untold: [...untold, ...told.filter(({ status }) => status === 503)],
  };
}
