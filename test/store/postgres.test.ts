// The PostgreSQL store: the conformance suite, and what is particular to a server that many share.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { clientConfig, connect } from '../../src/store/postgres/connection.ts';
import { openPostgresStore } from '../../src/store/postgres/store.ts';
import { usualTiming } from '../../src/store/postgres/timing.ts';
import type { Store } from '../../src/store/store.ts';
import { hasPostgres, type PostgresDatabase, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { wireTo } from '../support/postgres-proxy.ts';
import { storeConformance } from './conformance.ts';
import { aCommit, aLink, aRecord, aSpend, aToken, wholeTrail } from './samples.ts';

describe.runIf(hasPostgres)('on a server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  storeConformance('PostgreSQL', () => server.database());

  describe('a PostgreSQL store', () => {
    let database: PostgresDatabase;
    const opened: Store[] = [];
    const open = async () => {
      const store = await database.open();
      opened.push(store);
      return store;
    };
    beforeEach(async () => {
      database = await server.database();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
      await database.drop();
    });

    it('writes what came together in one transaction, and what comes meanwhile in the next', async () => {
      const store = await open();
      await Promise.all(Array.from({ length: 300 }, (_, i) => store.commit(aCommit({ spends: [aSpend(String(i))] }))));
      const rows = await database.sql('SELECT count(DISTINCT xmin::text)::int AS transactions FROM crossgrant.audit');
      expect(rows).toEqual([{ transactions: 1 }]);
    });

    it('takes a unit at whatever moment it comes, also just when a batch has ended', async () => {
      const store = await open();
      for (let steps = 0; steps < 40; steps += 1) {
        await store.commit(aCommit());
        for (let step = 0; step < steps; step += 1) await undefined;
        await store.commit(aCommit());
      }
    });

    it('lets one of many redemptions win, over several stores, however they come', async () => {
      const stores = await Promise.all([open(), open(), open(), open()]);
      const grants = Array.from({ length: 50 }, (_, i) => aSpend(`grant-${i}`, { kind: 'grant' }));
      const attempts = grants.flatMap((grant, i) =>
        stores.flatMap((store, s) =>
          [0, 1].map((n) => store.commit(aCommit({ spends: [aSpend(`${i}-${s}-${n}`), grant] }))),
        ),
      );
      const results = await Promise.all(attempts);
      expect(results.filter(({ outcome }) => outcome === 'committed')).toHaveLength(50);
      // Who lost has spent nothing, the client's own assertion included.
      const [rows] = await database.sql('SELECT count(*)::int AS count FROM crossgrant.single_use');
      expect(rows).toEqual({ count: 100 });
      expect(await verifyChain(await wholeTrail(await open()))).toMatchObject({ ok: true, count: 50 });
    });

    it('keeps the key of a refused unit for the next one, in one batch as in several', async () => {
      const store = await open();
      await store.commit(aCommit({ spends: [aSpend('used')] }));
      const results = await Promise.all([
        store.commit(aCommit({ spends: [aSpend('a'), aSpend('used')] })),
        store.commit(aCommit({ spends: [aSpend('b'), aSpend('a')] })),
        store.commit(aCommit({ spends: [aSpend('c'), aSpend('b')], issued: aToken('c') })),
        store.commit(aCommit({ spends: [aSpend('c')] })),
      ]);
      expect(results.map((result) => (result.outcome === 'replayed' ? result.spent.id : result.outcome))).toEqual([
        'used',
        'committed',
        'b',
        'committed',
      ]);
      expect(await store.findToken('c')).toBeUndefined();
    });

    it('gives links to who came first in a batch, and nothing to who conflicts', async () => {
      const store = await open();
      const results = await Promise.all([
        store.commit(aCommit({ spends: [aSpend('1')], link: aLink() })),
        store.commit(aCommit({ spends: [aSpend('2')], link: aLink({ localSubject: 'user-2' }) })),
        store.commit(aCommit({ spends: [aSpend('2')], link: aLink({ sub: 'eve' }) })),
        store.commit(aCommit({ spends: [aSpend('2')], link: aLink() })),
      ]);
      expect(results.map(({ outcome }) => outcome)).toEqual([
        'committed',
        'link_conflict',
        'link_conflict',
        'committed',
      ]);
    });

    it('revokes a token that is issued in the same batch, and only when the revocation came after it', async () => {
      const store = await open();
      await Promise.all([
        store.commit(aCommit({ revoke: { jti: 'late', at: 1 } })),
        store.commit(aCommit({ issued: aToken('late') })),
        store.commit(aCommit({ issued: aToken('revoked') })),
        store.commit(aCommit({ revoke: { jti: 'revoked', at: 7 } })),
        store.commit(aCommit({ revoke: { jti: 'revoked', at: 9 } })),
      ]);
      expect(await store.findToken('late')).toMatchObject({ revokedAt: null });
      expect(await store.findToken('revoked')).toMatchObject({ revokedAt: 7 });
    });

    it.each([
      ['NUL', 'a\u0000b', 'ab'],
      ['half a surrogate pair', '\ud800', '\ufffd'],
      ['another half', '\ud800', '\ud801'],
      ['the sign that stands for them', '\u001ad800', '\ud800'],
    ])('takes names with %s as they are, and for nobody else', async (_, name, other) => {
      const store = await open();
      const link = aLink({ sub: name, tenant: name, localSubject: `acme|${name}` });
      await store.commit(aCommit({ link, issued: aToken('jti', { subject: name, lineage: [name] }) }));
      expect(await store.findLink(link.issuer, name, name)).toEqual(link);
      expect(await store.findLink(link.issuer, other, other)).toBeUndefined();
      expect(await store.findToken('jti')).toMatchObject({ subject: name, lineage: [name] });
      const theirs = { ...link, sub: other, localSubject: `acme|${other}` };
      expect(await store.commit(aCommit({ link: theirs }))).toEqual({ outcome: 'committed' });
    });

    it('reads the trail only up to numbers that can no longer appear below', async () => {
      const wire = await wireTo(server.port);
      const slow = await openPostgresStore({ ...database.options, host: '127.0.0.1', port: wire.port });
      opened.push(slow);
      const quick = await open();
      await slow.commit(aCommit({ record: aRecord({ at: 1 }) }));
      const held = wire.cutAt('COMMIT\0', 'hold');
      const committing = slow.commit(aCommit({ record: aRecord({ at: 2 }) }));
      await held;
      // The number is given out with the statement before COMMIT; another process goes on meanwhile.
      await quick.commit(aCommit({ record: aRecord({ at: 3 }) }));
      const reading = wholeTrail(quick);
      wire.release();
      await committing;
      const seen = (await reading).map(({ record }) => record.at);
      const all = (await wholeTrail(quick)).map(({ record }) => record.at);
      expect(seen).toEqual(all.slice(0, seen.length));
      expect(all).toHaveLength(3);
      await wire.close();
    });

    it('keeps no jti of a single-use key, only its digest', async () => {
      const store = await open();
      await store.commit(aCommit({ spends: [aSpend('a-jti-to-look-for')] }));
      expect(await database.sql('SELECT length(digest) AS bytes FROM crossgrant.single_use')).toEqual([{ bytes: 16 }]);
    });

    it('commits durably whatever the role was told', async () => {
      await server.sql('ALTER ROLE broker SET synchronous_commit = off');
      onTestFinished(async () => {
        await server.sql('ALTER ROLE broker RESET synchronous_commit');
      });
      const { client } = await connect(clientConfig(database.options, usualTiming));
      expect((await client.query('SHOW synchronous_commit')).rows).toEqual([{ synchronous_commit: 'on' }]);
      await client.end();
    });
  });
});
