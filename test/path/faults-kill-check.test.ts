// The check after kill -9 (npm run soak) can fail: each way a store could lie about what it has written is found out.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { silentLog } from '../../src/observe/log.ts';
import { rooms, routes } from '../../src/routes.ts';
import { type Commit, type CommitResult, type Store, StoreUnavailable } from '../../src/store/store.ts';
import { openSite, type Site } from '../../src/testkit/http.ts';
import { ask, emptyLedger, type Ledger, nextWish } from '../soak/load.ts';
import { type Parties, writeParties } from '../soak/parties.ts';
import { acceptedAgain, brokenInStore, retryUntold } from '../soak/promises.ts';
import { seeded } from '../soak/random.ts';

const now = () => 1_795_000_000;
const wishes = 16;

let folder: string;
let site: Site;
let parties: Parties;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crossgrant-lies-'));
  site = await openSite();
  parties = writeParties(folder, now);
});
afterEach(async () => {
  await site.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** How a store commits. */
type Committing = (commit: Commit, store: Store) => Promise<CommitResult>;
const committed: CommitResult = { outcome: 'committed' };
const honest: Committing = (commit, store) => store.commit(commit);

/** Serves requests by a store that commits in that way, puts an honest one in its place as a restart would, and checks. */
async function check(committing: Committing): Promise<{ readonly broken: readonly string[]; readonly ledger: Ledger }> {
  const app = await openApp(await loadConfig(parties.config, parties.env), { log: silentLog, now: () => now() * 1000 });
  const { store } = app.broker;
  const lying = { ...app.broker, store: { ...store, commit: (commit: Commit) => committing(commit, store) } };
  site.serve(
    routes(() => lying),
    rooms(() => lying),
  );
  const ledger = emptyLedger();
  const random = seeded(7);
  for (let sent = 0; sent < wishes; sent += 1) await ask(site.origin, nextWish(parties, random), ledger);
  site.serve(app.http, app.rooms);
  // Who is told to come again later is as wise as one whose answer was lost.
  const told = ledger.told.filter(({ status }) => status < 500);
  const seen = { told, untold: ledger.told.filter((one) => !told.includes(one)) };
  const { broken } = await retryUntold(seen, site.origin, parties, store);
  const again = await acceptedAgain(seen, site.origin, parties);
  const inStore = await brokenInStore(seen, store);
  await app.close();
  return { broken: [...broken, ...again, ...inStore], ledger };
}

it('an honest store breaks no promise', async () => {
  const { broken, ledger } = await check(honest);
  expect(broken).toEqual([]);
  expect(new Set(ledger.told.map(({ kind, status }) => `${kind} ${status}`))).toEqual(
    new Set(['exchange 200', 'redeem 200', 'refused 400']),
  );
});

const lies: readonly (readonly [string, Committing, readonly string[]])[] = [
  [
    'answers before it has written, and then loses it',
    async () => committed,
    ['has no record', 'grant .* again: 200', 'assertion of .* again: 200'],
  ],
  [
    'writes no single-use keys',
    (commit, store) => store.commit({ ...commit, spends: [] }),
    ['grant .* again: 200', 'assertion of .* again: 200', 'was redeemed 2 times'],
  ],
  [
    'spends credentials but no grants',
    (commit, store) => store.commit({ ...commit, spends: commit.spends.filter(({ kind }) => kind !== 'grant') }),
    ['grant .* again: 200', 'was redeemed 2 times'],
  ],
  [
    'forgets the token it recorded',
    ({ issued: _, ...commit }, store) => store.commit(commit),
    ['is recorded, and not remembered'],
  ],
  [
    'records something else',
    (commit, store) => store.commit({ ...commit, record: { ...commit.record, decision: 'refused', issued: null } }),
    ['was answered 200 with .*, and its record says refused'],
  ],
  [
    'records it twice',
    async (commit, store) => {
      await store.commit({ spends: [], record: commit.record });
      return store.commit(commit);
    },
    ['has 2 records'],
  ],
  [
    'spends a grant, and fails before anything else is written',
    async ({ spends, record }, store) => {
      await store.commit({ spends, record: { ...record, decision: 'refused', issued: null } });
      throw new StoreUnavailable('half of it is written');
    },
    ['answer was lost, done: false, again: 400'],
  ],
];

it.each(lies)('is found out: a store that %s', async (_, committing, complaints) => {
  const { broken } = await check(committing);
  for (const complaint of complaints) expect(broken).toContainEqual(expect.stringMatching(complaint));
});
