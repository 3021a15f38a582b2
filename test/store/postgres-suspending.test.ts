// Suspending while batches are under way on other connections: they were quicker and are revoked, or they are refused.

import { describe, expect, it, vi } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import type { Store } from '../../src/store/store.ts';
import { hasPostgres } from '../support/postgres.ts';
import { commitMessage, usePlace } from './postgres-place.ts';
import { aClient, aCommit, aRecord, aToken, suspensionOf, wholeTrail } from './samples.ts';
import { raceSuspension } from './suspension-race.ts';

const now = 1_700_000_000;
const unit = (jti: string) =>
  aCommit({
    unlessSuspended: [aClient('a')],
    issued: aToken(jti, { clientId: 'a' }),
    record: aRecord({ traceId: jti }),
  });
const suspend = (store: Store) => store.suspend(suspensionOf(aClient('a')), now, null, () => aRecord());

describe.runIf(hasPostgres)('suspending on PostgreSQL', () => {
  const place = usePlace();

  /** Until somebody waits for a lock that somebody else holds. */
  const someoneWaits = () =>
    vi.waitFor(
      async () => {
        const rows = await place().database.sql("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
        expect(rows).toHaveLength(1);
      },
      { timeout: 5000, interval: 5 },
    );

  it('waits for a batch that looked before, and revokes what it wrote', async () => {
    const { wire, store: slow } = await place().wired();
    const store = await place().open();
    const held = wire.cutAt(commitMessage, 'hold');
    const committing = slow.commit(unit('quicker'));
    await held;
    const suspending = suspend(store);
    await someoneWaits();
    wire.release();
    expect(await committing).toEqual({ outcome: 'committed' });
    expect(await suspending).toEqual({ revoked: 1 });
    expect(await store.findToken('quicker')).toMatchObject({ revokedAt: now });
    expect(await slow.commit(unit('later'))).toMatchObject({ outcome: 'suspended' });
  });

  it('is waited for by a batch that comes meanwhile, which sees it then', async () => {
    const { wire, store: slow } = await place().wired();
    const store = await place().open();
    const held = wire.cutAt(commitMessage, 'hold');
    const suspending = suspend(slow);
    await held;
    const committing = store.commit(unit('meanwhile'));
    await someoneWaits();
    wire.release();
    expect(await suspending).toEqual({ revoked: 0 });
    expect(await committing).toEqual({ outcome: 'suspended', by: suspensionOf(aClient('a')) });
    expect(await store.findToken('meanwhile')).toBeUndefined();
  });

  it('keeps nobody waiting whose units name nothing', async () => {
    const { wire, store: slow } = await place().wired();
    const store = await place().open();
    const held = wire.cutAt(commitMessage, 'hold');
    const suspending = suspend(slow);
    await held;
    expect(await store.commit(aCommit())).toEqual({ outcome: 'committed' });
    wire.release();
    await suspending;
  });

  it('does not wait for ever for a process that stopped in the middle of a batch, which is refused when it goes on', async () => {
    const { wire, store: stuck } = await place().wired({ timing: { idleInTransaction: 200 } });
    const store = await place().open();
    const held = wire.cutAt(commitMessage, 'hold');
    const committing = stuck.commit(unit('stuck'));
    await held;
    expect(await suspend(store)).toEqual({ revoked: 0 });
    wire.release();
    expect(await committing).toMatchObject({ outcome: 'suspended' });
    expect(await store.findToken('stuck')).toBeUndefined();
  });

  it.each(['mute', 'lose'] as const)('is done once when the connection breaks at its COMMIT: %s', async (how) => {
    const { wire, store } = await place().wired();
    await store.commit(unit('before'));
    const cut = wire.cutAt(commitMessage, how);
    const suspending = suspend(store);
    await cut;
    expect(await suspending).toEqual({ revoked: 1 });
    expect(await suspend(await place().open())).toBe('already');
    expect(await verifyChain(await wholeTrail(store))).toMatchObject({ ok: true, count: 2 });
  });

  it('lets nothing pass that was suspended while our server had another that took over: the list is read anew', async () => {
    const [here, there] = [await place().open(), await place().open()];
    await suspend(there);
    expect(await here.commit(unit('refused'))).toMatchObject({ outcome: 'suspended' });
    // As after a failover that lost the last commits, and what was done since.
    await place().database.sql('DELETE FROM crossgrant.suspension; DELETE FROM crossgrant.revision');
    expect(await here.commit(unit('granted'))).toEqual({ outcome: 'committed' });
    await there.suspend(suspensionOf(aClient('b')), now, null, () => aRecord());
    expect(await here.commit(aCommit({ unlessSuspended: [aClient('b')] }))).toMatchObject({ outcome: 'suspended' });
    expect(await here.commit(unit('granted too'))).toEqual({ outcome: 'committed' });
  });

  it('leaves no token of any process, and none comes later', async () => {
    await raceSuspension(await place().open(), JSON.stringify(place().database.options));
  }, 60_000);
});
