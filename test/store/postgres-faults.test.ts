// What a broken wire, a restarting server and other processes do to the PostgreSQL store: nothing lost, nothing doubled.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/store.ts';
import { type Store, StoreUnavailable } from '../../src/store/store.ts';
import { hasPostgres, type PostgresDatabase, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type Wire, wireTo } from '../support/postgres-proxy.ts';
import { aCommit, aKey, aRecord, aSpend, aToken, wholeTrail } from './samples.ts';

/** The message as it is on the wire; BEGIN says COMMITTED. */
const commit = 'COMMIT\0';

describe.runIf(hasPostgres)('with faults', () => {
  let server: PostgresServer;
  let database: PostgresDatabase;
  const opened: Store[] = [];
  const wires: Wire[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await server.database();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await Promise.all(wires.splice(0).map((wire) => wire.close()));
    await database.drop();
  });

  async function open(changes: Partial<PostgresOptions> = {}): Promise<Store> {
    const store = await openPostgresStore({ ...database.options, ...changes });
    opened.push(store);
    return store;
  }

  /** A store over a wire that can be cut. */
  async function wired(
    changes: Partial<PostgresOptions> = {},
  ): Promise<{ readonly wire: Wire; readonly store: Store }> {
    const wire = await wireTo(server.port);
    wires.push(wire);
    return { wire, store: await open({ host: '127.0.0.1', port: wire.port, ...changes }) };
  }

  const unitNamed = (id: string) =>
    aCommit({ spends: [aSpend(id)], issued: aToken(id), record: aRecord({ traceId: id }) });

  /** Everything there is of these units: each exactly once, and the chains whole. */
  async function expectOnce(ids: readonly string[]): Promise<void> {
    const reader = await open();
    const trail = await wholeTrail(reader);
    expect(await verifyChain(trail)).toMatchObject({ ok: true });
    const counts = new Map(ids.map((id) => [id, 0]));
    for (const { record } of trail) counts.set(record.traceId, (counts.get(record.traceId) ?? 0) + 1);
    expect(ids.filter((id) => counts.get(id) !== 1)).toEqual([]);
    for (const id of ids.slice(0, 20)) expect(await reader.findToken(id)).toBeDefined();
  }

  describe('when the connection breaks at COMMIT', () => {
    it.each([
      ['and the server has committed', 'mute'],
      ['before the server heard of it', 'lose'],
    ] as const)('%s, the unit is written exactly once and acknowledged', async (_, how) => {
      const { wire, store } = await wired();
      await store.commit(unitNamed('before'));
      const cut = wire.cutAt(commit, how);
      const committing = store.commit(unitNamed('across'));
      await cut;
      expect(await committing).toEqual({ outcome: 'committed' });
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'across', 'after']);
      expect(await store.commit(aCommit({ spends: [aSpend('across')] }))).toMatchObject({ outcome: 'replayed' });
    });

    it('and nobody can be asked, it counts as failed, and the next record begins another chain', async () => {
      const { wire, store } = await wired({ timing: { inquiry: 300, patience: 300, connect: 200 } });
      await store.commit(unitNamed('before'));
      const cut = wire.cutAt(commit, 'mute');
      const committing = store.commit(unitNamed('unknown'));
      await cut;
      wire.open(false);
      await expect(committing).rejects.toThrow(StoreUnavailable);
      await expect(committing).rejects.toThrow(/transaction \d+ was committed is not known/);
      wire.open(true);
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      const trail = await wholeTrail(store);
      expect(await verifyChain(trail)).toMatchObject({ ok: true });
      expect(new Set(trail.map(({ chain }) => chain)).size).toBe(2);
    });

    it('the ping, too, finds out', async () => {
      const { wire, store } = await wired();
      const cut = wire.cutAt(commit, 'mute');
      const pinging = store.ping();
      await cut;
      await pinging;
    });
  });

  describe('when the connection breaks', () => {
    it.each(['BEGIN', 'single_use'])('at %s, the work is done again', async (text) => {
      const { wire, store } = await wired();
      // The first one has the statements prepared, so that their text passes the wire only after a new connection.
      const cut = wire.cutAt(text, 'lose');
      const committing = store.commit(unitNamed('again'));
      await cut;
      expect(await committing).toEqual({ outcome: 'committed' });
      await expectOnce(['again']);
    });

    it('while a read waits, the read is done again', async () => {
      const { wire, store } = await wired();
      await store.commit(unitNamed('read'));
      const cut = wire.cutAt('issued_token', 'mute');
      const reading = store.findToken('read');
      await cut;
      expect(await reading).toMatchObject({ jti: 'read' });
    });

    it('while nobody uses it, nothing happens but another connection', async () => {
      const { wire, store } = await wired();
      await Promise.all([store.commit(unitNamed('one')), store.listKeys()]);
      wire.open(false);
      wire.open(true);
      expect(await store.commit(unitNamed('two'))).toEqual({ outcome: 'committed' });
      await expectOnce(['one', 'two']);
    });
  });

  describe('when somebody took the tables away', () => {
    it('it says so, and works again when they are back', async () => {
      const store = await open();
      await store.commit(unitNamed('before'));
      await database.sql('ALTER TABLE crossgrant.single_use RENAME TO away');
      const both = [store.commit(unitNamed('one')), store.commit(unitNamed('two'))];
      for (const failing of await Promise.allSettled(both)) {
        expect(failing).toMatchObject({
          reason: { name: 'StoreUnavailable', message: expect.stringMatching(/42P01.*migrate/) },
        });
      }
      await database.sql('ALTER TABLE crossgrant.away RENAME TO single_use');
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'after']);
    });
  });

  describe('when the database is away', () => {
    it('a store closes all the same', async () => {
      const { wire, store } = await wired({ timing: { connect: 200, patience: 200 } });
      await Promise.all([store.commit(unitNamed('one')), store.listKeys()]);
      store.watch(() => undefined);
      wire.open(false);
      await store.close();
      await expect(store.commit(unitNamed('two'))).rejects.toThrow('the store is closed');
      await expect(store.addKey(aKey('k'), null, null)).rejects.toThrow('the store is closed');
    });

    it('requests wait a while, then fail with where it is and what to do, and work again when it is back', async () => {
      const { wire, store } = await wired({ timing: { patience: 200, connect: 200 } });
      wire.open(false);
      const failing = store.commit(unitNamed('away'));
      await expect(failing).rejects.toThrow(StoreUnavailable);
      await expect(failing).rejects.toThrow(`postgres://broker@127.0.0.1:${wire.port}/${database.name}`);
      await expect(store.findToken('away')).rejects.toThrow(StoreUnavailable);
      await expect(store.ping()).rejects.toThrow(StoreUnavailable);
      wire.open(true);
      expect(await store.commit(unitNamed('back'))).toEqual({ outcome: 'committed' });
      await store.ping();
      await expectOnce(['back']);
    });

    it('no more requests wait than there is room for', async () => {
      const { wire, store } = await wired({ timing: { patience: 300, connect: 200, queue: 10 } });
      wire.open(false);
      const all = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => store.commit(unitNamed(String(i)))));
      const reasons = all.map((one) => (one.status === 'rejected' ? one.reason : undefined));
      expect(reasons.every((reason) => reason instanceof StoreUnavailable)).toBe(true);
      expect(reasons.filter((reason) => /10 requests wait already/.test(reason?.message))).toHaveLength(20);
    });
  });

  describe('when the server restarts under load', () => {
    it.each(['fast', 'immediate'] as const)(
      '(%s), what was acknowledged is there once, and work goes on',
      async (mode) => {
        const stores = await Promise.all([open(), open()]);
        const acknowledged: string[] = [];
        const refused: unknown[] = [];
        let running = true;
        const workers = stores.flatMap((store, s) =>
          Array.from({ length: 8 }, async (_, w) => {
            for (let i = 0; running; i += 1) {
              const id = `${s}-${w}-${i}`;
              await store.commit(unitNamed(id)).then(
                () => acknowledged.push(id),
                (reason: unknown) => refused.push(reason),
              );
            }
          }),
        );
        const more = async (count: number) =>
          vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(count), { timeout: 15_000 });
        await more(100);
        await server.restart(mode);
        await more(acknowledged.length + 100);
        running = false;
        await Promise.all(workers);
        expect(refused.filter((reason) => !(reason instanceof StoreUnavailable))).toEqual([]);
        await expectOnce(acknowledged);
      },
      40_000,
    );

    it('connections that are killed in the middle of whatever they do cost nothing', async () => {
      const store = await open();
      const acknowledged: string[] = [];
      let running = true;
      const workers = Array.from({ length: 16 }, async (_, w) => {
        for (let i = 0; running; i += 1) {
          await store.commit(unitNamed(`${w}-${i}`));
          acknowledged.push(`${w}-${i}`);
        }
      });
      for (let kill = 0; kill < 25; kill += 1) {
        const before = acknowledged.length;
        await database.sql(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
          [database.name],
        );
        await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + kill), {
          timeout: 10_000,
          interval: 5,
        });
      }
      running = false;
      await Promise.all(workers);
      await expectOnce(acknowledged);
    }, 40_000);
  });

  describe('when another process holds what is wanted', () => {
    it('a peer that is stuck with the same key loses it, and we have it', async () => {
      const { wire, store: stuck } = await wired({ timing: { idleInTransaction: 200 } });
      const other = await open();
      await stuck.commit(unitNamed('prepared'));
      const held = wire.cutAt(commit, 'hold');
      const theirs = stuck.commit(aCommit({ spends: [aSpend('wanted')] }));
      await held;
      expect(await other.commit(aCommit({ spends: [aSpend('wanted')] }))).toEqual({ outcome: 'committed' });
      wire.release();
      expect(await theirs).toMatchObject({ outcome: 'replayed' });
    });

    it('a peer that is stuck for longer than we have patience makes us say so', async () => {
      const store = await open({ timing: { lock: 100, patience: 300 } });
      const other = await open();
      await other.commit(aCommit());
      const release = await lockTable(database);
      await expect(store.commit(unitNamed('x'))).rejects.toMatchObject({
        name: 'StoreUnavailable',
        message: expect.stringMatching(/55P03.*another process holds/),
      });
      await release();
      expect(await store.commit(unitNamed('x'))).toEqual({ outcome: 'committed' });
    });

    it('two that spend [a, b] and [b, a] again and again never block each other for good', async () => {
      const stores = await Promise.all([open(), open(), open()]);
      for (let round = 0; round < 40; round += 1) {
        const keys = [aSpend(`a${round}`), aSpend(`b${round}`), aSpend(`c${round}`)];
        const orders = [keys, keys.toReversed(), [...keys.slice(1), ...keys.slice(0, 1)]];
        const results = await Promise.all(
          stores.map((store, at) => store.commit(aCommit({ spends: orders[at] ?? [] }))),
        );
        expect(results.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
      }
    }, 30_000);

    it('of two that link each other’s subjects the wrong way round, one is undone and tried again', async () => {
      const stores = await Promise.all([open(), open()]);
      for (let round = 0; round < 20; round += 1) {
        const link = (sub: string, localSubject: string) => ({
          issuer: 'https://i.example',
          tenant: '',
          sub,
          localSubject,
        });
        const pairs = [
          [link(`a${round}`, `x${round}`), link(`b${round}`, `y${round}`)],
          [link(`b${round}`, `y${round}`), link(`a${round}`, `x${round}`)],
        ];
        const commits = stores.flatMap((store, at) =>
          (pairs[at] ?? []).map((one) => store.commit(aCommit({ link: one }))),
        );
        expect(await Promise.all(commits)).toEqual(Array(4).fill({ outcome: 'committed' }));
      }
    }, 30_000);
  });

  describe('when the database takes no writes', () => {
    it('it says so, reads go on, and writes work again when it does', async () => {
      const store = await open();
      await store.commit(unitNamed('before'));
      await server.sql(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
      await database.sql(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
        [database.name],
      );
      for (const write of [store.ping, () => store.commit(unitNamed('no'))]) {
        await expect(write()).rejects.toMatchObject({
          name: 'StoreUnavailable',
          message: expect.stringMatching(/25006.*takes no writes.*standby/),
        });
      }
      expect(await store.findToken('before')).toBeDefined();
      await server.sql(`ALTER DATABASE ${database.name} RESET default_transaction_read_only`);
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'after']);
    });
  });

  describe('when the server becomes a standby', () => {
    it('it says so, reads go on, and writes work again once a server is promoted', async () => {
      const store = await open();
      await store.commit(unitNamed('before'));
      await server.demote();
      try {
        const writes = [store.ping, () => store.commit(unitNamed('no')), () => store.addKey(aKey('no'), null, null)];
        for (const write of writes) {
          await expect(write()).rejects.toMatchObject({
            name: 'StoreUnavailable',
            message: expect.stringMatching(/it takes no writes: is it a standby/),
          });
        }
        expect(await store.findToken('before')).toBeDefined();
      } finally {
        await server.promote();
      }
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'after']);
    });
  });

  describe('when a server takes over that had not heard of the last records', () => {
    it('another chain begins, so that what is there verifies', async () => {
      const store = await open();
      for (const id of ['heard', 'also heard', 'lost']) await store.commit(unitNamed(id));
      await database.sql(`
        DELETE FROM crossgrant.audit WHERE trace_id = 'lost';
        UPDATE crossgrant.audit_chain SET (seq, hash) = (SELECT seq, hash FROM crossgrant.audit ORDER BY seq DESC LIMIT 1)`);
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      const trail = await wholeTrail(store);
      expect(trail.map(({ record }) => record.traceId)).toEqual(['heard', 'also heard', 'after']);
      expect(await verifyChain(trail)).toMatchObject({ ok: true, count: 3 });
    });
  });

  describe('when the standby that must confirm does not', () => {
    it.each([
      ['and we stop waiting', async () => {}],
      [
        'and an administrator ends the waiting',
        async () => {
          const cancel = "SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
          await vi.waitFor(async () => expect(await server.sql(cancel)).toEqual([{ done: true }]));
        },
      ],
    ] as const)('%s, nothing is acknowledged, and the chain that may go on or not is left', async (_, meanwhile) => {
      const store = await open({ timing: { answer: 1000, inquiry: 100 } });
      await store.commit(unitNamed('before'));
      await waitForStandbys('nobody');
      onTestFinished(() => waitForStandbys(''));
      const committing = store.commit(unitNamed('unconfirmed'));
      const refused = expect(committing).rejects.toMatchObject({
        name: 'StoreUnavailable',
        message: expect.stringContaining('committed is not known'),
      });
      await meanwhile();
      await refused;
      await waitForStandbys('');
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'after']);
    });

    async function waitForStandbys(names: string): Promise<void> {
      await server.sql(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
      await server.sql('SELECT pg_reload_conf()');
      await vi.waitFor(async () =>
        expect(await server.sql('SHOW synchronous_standby_names')).toEqual([{ synchronous_standby_names: names }]),
      );
    }
  });

  describe('when nobody tells that keys changed', () => {
    it('it is seen all the same', async () => {
      const { wire, store } = await wired({ timing: { look: 20 } });
      const other = await open();
      const heard = vi.fn();
      const cut = wire.cutAt('LISTEN', 'mute');
      store.watch(heard);
      await cut;
      await other.addKey(aKey('first'), null, null);
      await vi.waitFor(async () => {
        expect(heard).toHaveBeenCalled();
        expect(await store.listKeys()).toHaveLength(1);
      });
    });

    it('the ear listens again after its connection broke', async () => {
      const store = await open({ timing: { look: 3_600_000 } });
      const other = await open();
      const heard = vi.fn();
      store.watch(heard);
      const listening = async () => {
        const rows = await database.sql(
          "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND query = 'LISTEN crossgrant'",
          [database.name],
        );
        expect(rows).toHaveLength(1);
        return rows[0]?.['pid'];
      };
      const first = await vi.waitFor(listening);
      await database.sql('SELECT pg_terminate_backend($1)', [first]);
      await vi.waitFor(async () => expect(await listening()).not.toBe(first));
      await vi.waitFor(() => expect(heard).toHaveBeenCalled());
      const before = heard.mock.calls.length;
      await other.addKey(aKey('first'), null, null);
      await vi.waitFor(() => expect(heard.mock.calls.length).toBeGreaterThan(before));
    });
  });
});

/** Holds every row of a table until the answer is called. */
async function lockTable(database: PostgresDatabase): Promise<() => Promise<void>> {
  const client = await database.connect();
  await client.query('BEGIN; LOCK TABLE crossgrant.single_use IN EXCLUSIVE MODE');
  return async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
}
