// A broken wire, a database that is away, or that says nothing: nothing is lost, nothing doubled, and it goes on by itself.

import { describe, expect, it, vi } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { hasPostgres } from '../support/postgres.ts';
import { commitMessage, expectOnce, unitNamed, usePlace } from './postgres-place.ts';
import { aCommit, aKey, aRecord, aSpend, aVersion, wholeTrail } from './samples.ts';

describe.runIf(hasPostgres)('a PostgreSQL store', () => {
  const place = usePlace();

  describe('when the connection breaks at COMMIT', () => {
    it.each([
      ['and the server has committed', 'mute'],
      ['before the server heard of it', 'lose'],
    ] as const)('%s, the unit is written exactly once and acknowledged', async (_, how) => {
      const { wire, store } = await place().wired();
      await store.commit(unitNamed('before'));
      const cut = wire.cutAt(commitMessage, how);
      const committing = store.commit(unitNamed('across'));
      await cut;
      expect(await committing).toEqual({ outcome: 'committed' });
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'across', 'after'], await place().open());
      expect(await store.commit(aCommit({ spends: [aSpend('across')] }))).toMatchObject({ outcome: 'replayed' });
    });

    it('and nobody can be asked, it counts as failed, and the next record begins another chain', async () => {
      const { wire, store } = await place().wired({ timing: { inquiry: 300, patience: 300, connect: 200 } });
      await store.commit(unitNamed('before'));
      const cut = wire.cutAt(commitMessage, 'mute');
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

    it.each(['mute', 'lose'] as const)(
      'what operators do is done once, and what was counted is counted once: %s',
      async (how) => {
        const { wire, store } = await place().wired();
        const count = {
          day: 'd',
          domain: '',
          rule: '',
          client: '',
          scope: '',
          outcome: 'granted',
          count: 1,
          lastAt: 1,
        };
        const cut = wire.cutAt(commitMessage, how);
        const adding = store.addVersion(aVersion(), null, aRecord({ traceId: 'added' }));
        await cut;
        expect(await adding).toBe(1);
        const cutAgain = wire.cutAt(commitMessage, how);
        const counting = store.addUsage([count]);
        await cutAgain;
        await counting;
        expect(await store.listVersions(10)).toHaveLength(1);
        expect(await store.findAudit('added')).toHaveLength(1);
        expect(await store.usageSince('')).toEqual([count]);
      },
    );

    it('the ping, too, finds out', async () => {
      const { wire, store } = await place().wired();
      const cut = wire.cutAt(commitMessage, 'mute');
      const pinging = store.ping();
      await cut;
      await pinging;
    });
  });

  describe('when the connection breaks', () => {
    it.each(['BEGIN', 'single_use'])('at %s, the work is done again', async (text) => {
      const { wire, store } = await place().wired();
      // The first one has the statements prepared, so that their text passes the wire only after a new connection.
      const cut = wire.cutAt(text, 'lose');
      const committing = store.commit(unitNamed('again'));
      await cut;
      expect(await committing).toEqual({ outcome: 'committed' });
      await expectOnce(['again'], await place().open());
    });

    it('while a read waits, the read is done again', async () => {
      const { wire, store } = await place().wired();
      await store.commit(unitNamed('read'));
      const cut = wire.cutAt('issued_token', 'mute');
      const reading = store.findToken('read');
      await cut;
      expect(await reading).toMatchObject({ jti: 'read' });
    });

    it('while nobody uses it, nothing happens but another connection', async () => {
      const { wire, store } = await place().wired();
      await Promise.all([store.commit(unitNamed('one')), store.listKeys()]);
      wire.open(false);
      wire.open(true);
      expect(await store.commit(unitNamed('two'))).toEqual({ outcome: 'committed' });
      await expectOnce(['one', 'two'], await place().open());
    });
  });

  describe('when somebody took the tables away', () => {
    it('it says so, and works again when they are back', async () => {
      const store = await place().open();
      await store.commit(unitNamed('before'));
      await place().database.sql('ALTER TABLE crossgrant.single_use RENAME TO away');
      const both = [store.commit(unitNamed('one')), store.commit(unitNamed('two'))];
      for (const failing of await Promise.allSettled(both)) {
        expect(failing).toMatchObject({
          reason: { name: 'StoreUnavailable', message: expect.stringMatching(/42P01.*migrate/) },
        });
      }
      await place().database.sql('ALTER TABLE crossgrant.away RENAME TO single_use');
      expect(await store.commit(unitNamed('after'))).toEqual({ outcome: 'committed' });
      await expectOnce(['before', 'after'], await place().open());
    });
  });

  describe('when the database is away', () => {
    it('a store closes all the same', async () => {
      const { wire, store } = await place().wired({ timing: { connect: 2000, patience: 200 } });
      await Promise.all([store.commit(unitNamed('one')), store.listKeys()]);
      store.watch(() => undefined);
      wire.open(false);
      await store.close();
      await expect(store.commit(unitNamed('two'))).rejects.toThrow('the store is closed');
      await expect(store.addKey(aKey('k'), null, null)).rejects.toThrow('the store is closed');
    });

    it('requests wait a while, then fail with where it is and what to do, and work again when it is back', async () => {
      const { wire, store } = await place().wired({ timing: { patience: 1000, connect: 1000 } });
      wire.open(false);
      const failing = store.commit(unitNamed('away'));
      await expect(failing).rejects.toThrow(StoreUnavailable);
      await expect(failing).rejects.toThrow(`postgres://broker@127.0.0.1:${wire.port}/${place().database.name}`);
      await expect(store.findToken('away')).rejects.toThrow(StoreUnavailable);
      await expect(store.ping()).rejects.toThrow(StoreUnavailable);
      wire.open(true);
      expect(await store.commit(unitNamed('back'))).toEqual({ outcome: 'committed' });
      await store.ping();
      await expectOnce(['back'], await place().open());
    });

    it('no more requests wait than there is room for', async () => {
      const { wire, store } = await place().wired({ timing: { patience: 300, connect: 200, queue: 10 } });
      wire.open(false);
      const all = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => store.commit(unitNamed(String(i)))));
      const reasons = all.map((one) => (one.status === 'rejected' ? one.reason : undefined));
      expect(reasons.filter((reason) => !(reason instanceof StoreUnavailable))).toEqual([]);
      expect(reasons.filter((reason) => /10 requests wait already/.test(reason?.message))).toHaveLength(20);
    });
  });

  describe('when nobody tells that keys changed', () => {
    it('it is seen all the same', async () => {
      const { wire, store } = await place().wired({ timing: { look: 20 } });
      const other = await place().open();
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
      const store = await place().open({ timing: { look: 3_600_000 } });
      const other = await place().open();
      const heard = vi.fn();
      store.watch(heard);
      const listening = async () => {
        const rows = await place().database.sql(
          "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND query = 'LISTEN crossgrant'",
          [place().database.name],
        );
        expect(rows).toHaveLength(1);
        return rows[0]?.['pid'];
      };
      const first = await vi.waitFor(listening);
      await place().database.sql('SELECT pg_terminate_backend($1)', [first]);
      await vi.waitFor(async () => expect(await listening()).not.toBe(first));
      await vi.waitFor(() => expect(heard).toHaveBeenCalled());
      const before = heard.mock.calls.length;
      await other.addKey(aKey('first'), null, null);
      await vi.waitFor(() => expect(heard.mock.calls.length).toBeGreaterThan(before));
    });
  });
});
