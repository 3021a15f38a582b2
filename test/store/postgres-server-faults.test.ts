// A server that restarts, changes its place or has other clients: nothing is lost, nothing doubled, and nobody waits for good.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { hasPostgres, type PostgresDatabase } from '../support/postgres.ts';
import { commitMessage, expectOnce, killConnections, unitNamed, usePlace } from './postgres-place.ts';
import { aCommit, aKey, aSpend, wholeTrail } from './samples.ts';

describe.runIf(hasPostgres)('a PostgreSQL store', () => {
  const place = usePlace();

  describe('when the server restarts under load', () => {
    it.each(['fast', 'immediate'] as const)(
      '(%s), what was acknowledged is there once, and work goes on',
      async (mode) => {
        const stores = await Promise.all([place().open(), place().open()]);
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
        await place().server.restart(mode);
        await more(acknowledged.length + 100);
        running = false;
        await Promise.all(workers);
        expect(refused.filter((reason) => !(reason instanceof StoreUnavailable))).toEqual([]);
        await expectOnce(acknowledged, await place().open());
      },
      40_000,
    );

    it('connections that are killed in the middle of whatever they do cost nothing', async () => {
      const store = await place().open();
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
        await killConnections(place().database);
        await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + kill), {
          timeout: 10_000,
          interval: 5,
        });
      }
      running = false;
      await Promise.all(workers);
      await expectOnce(acknowledged, await place().open());
    }, 40_000);
  });

  describe('when another process holds what is wanted', () => {
    it('a peer that is stuck with the same key loses it, and we have it', async () => {
      const { wire, store: stuck } = await place().wired({ timing: { idleInTransaction: 200 } });
      const other = await place().open();
      await stuck.commit(unitNamed('prepared'));
      const held = wire.cutAt(commitMessage, 'hold');
      const theirs = stuck.commit(aCommit({ spends: [aSpend('wanted')] }));
      await held;
      expect(await other.commit(aCommit({ spends: [aSpend('wanted')] }))).toEqual({ outcome: 'committed' });
      wire.release();
      expect(await theirs).toMatchObject({ outcome: 'replayed' });
    });

    it('a peer that is stuck for longer than we have patience makes us say so', async () => {
      const store = await place().open({ timing: { lock: 100, patience: 300 } });
      const other = await place().open();
      await other.commit(aCommit());
      const release = await lockTable(place().database);
      await expect(store.commit(unitNamed('x'))).rejects.toMatchObject({
        name: 'StoreUnavailable',
        message: expect.stringMatching(/55P03.*another process holds/),
      });
      await release();
      expect(await store.commit(unitNamed('x'))).toEqual({ outcome: 'committed' });
    });

    it('two that spend [a, b] and [b, a] again and again never block each other for good', async () => {
      const stores = await Promise.all([place().open(), place().open(), place().open()]);
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
      const stores = await Promise.all([place().open(), place().open()]);
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
      const store = await place().open();
      await store.commit(unitNamed('before'));
      await place().server.sql(`ALTER DATABASE ${place().database.name} SET default_transaction_read_only = on`);
      await killConnections(place().database);
      for (const write of [store.ping, () => store.commit(unitNamed('no'))]) {
        await expect(write()).rejects.toMatchObject({
          name: 'StoreUnavailable',
          message: expect.stringMatching(/25006.*takes no writes.*standby/),
        });
      }
      expect(await store.findToken('before')).toBeDefined();
      await place().server.sql(`ALTER DATABASE ${place().database.name} RESET default_transaction_read_only`);
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'after'], await place().open());
    });
  });

  describe('when the server becomes a standby', () => {
    it('it says so, reads go on, and writes work again once a server is promoted', async () => {
      const store = await place().open();
      await store.commit(unitNamed('before'));
      await place().server.demote();
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
        await place().server.promote();
      }
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'after'], await place().open());
    });
  });

  describe('when a server takes over that had not heard of the last records', () => {
    it('another chain begins, so that what is there verifies', async () => {
      const store = await place().open();
      for (const id of ['heard', 'also heard', 'lost']) await store.commit(unitNamed(id));
      await place().database.sql(`
        DELETE FROM crossgrant.audit WHERE trace_id = 'lost';
        UPDATE crossgrant.audit_chain SET (seq, hash) = (SELECT seq, hash FROM crossgrant.audit ORDER BY seq DESC LIMIT 1)`);
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      const trail = await wholeTrail(store);
      expect(trail.map(({ record }) => record.traceId)).toEqual(['heard', 'also heard', 'after']);
      expect(await verifyChain(trail)).toMatchObject({ ok: true, count: 3 });
    });
  });

  describe('when the standby that must confirm does not', () => {
    /** On a busy machine. */
    const patience = { timeout: 10_000 };

    it.each([
      ['and we stop waiting', async () => {}],
      [
        'and an administrator ends the waiting',
        async () => {
          const cancel = "SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
          await vi.waitFor(async () => expect(await place().server.sql(cancel)).toEqual([{ done: true }]), patience);
        },
      ],
    ] as const)('%s, nothing is acknowledged, and the chain that may go on or not is left', async (_, meanwhile) => {
      const store = await place().open({ timing: { answer: 1000, inquiry: 100 } });
      await store.commit(unitNamed('before'));
      onTestFinished(() => waitForStandbys(''));
      await waitForStandbys('nobody');
      await untilCommitsWait();
      const committing = store.commit(unitNamed('unconfirmed'));
      const refused = expect(committing).rejects.toMatchObject({
        name: 'StoreUnavailable',
        message: expect.stringContaining('committed is not known'),
      });
      await meanwhile();
      await refused;
      await waitForStandbys('');
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'after'], await place().open());
    });

    async function waitForStandbys(names: string): Promise<void> {
      await place().server.sql(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
      await place().server.sql('SELECT pg_reload_conf()');
      await vi.waitFor(
        async () =>
          expect(await place().server.sql('SHOW synchronous_standby_names')).toEqual([
            { synchronous_standby_names: names },
          ]),
        patience,
      );
    }

    /** Each connection reads the setting by itself; whether commits wait is said by the checkpointer, some time later. */
    async function untilCommitsWait(): Promise<void> {
      const { server, database } = place();
      const probe = await database.connect();
      const { rows } = await probe.query('SELECT pg_backend_pid() AS pid');
      const [{ pid }] = rows;
      for (let waits = false; !waits; ) {
        let written = false;
        const writing = probe.query("SELECT pg_logical_emit_message(true, 'probe', '')").then(() => {
          written = true;
        });
        await vi.waitFor(async () => {
          const state = await server.sql(`SELECT wait_event FROM pg_stat_activity WHERE pid = ${pid}`);
          waits = !written && state[0]?.['wait_event'] === 'SyncRep';
          expect(written || waits).toBe(true);
        }, patience);
        if (waits) await server.sql(`SELECT pg_cancel_backend(${pid})`);
        await writing;
      }
      await probe.end();
    }
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
