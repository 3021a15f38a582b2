// Processes that take another configuration while requests come in: not one of them fails, with either store.

import { describe, expect, it, onTestFinished } from 'vitest';
import type { Settings } from '../../src/testkit/merge.ts';
import { configured } from '../support/configured.ts';
import { hasPostgres, startPostgres } from '../support/postgres.ts';
import { redeem, serve } from '../support/serving.ts';
import { apply, change, run } from '../support/versioned.ts';
import type { Parties } from './parties.ts';
import { startLoad } from './redeeming.ts';
import '../support/nothing-told.ts';

const clients = 8;
/** Enough answers for every client to have met every process. */
const aWhile = 10 * clients;

describe('apply under load', () => {
  it('SQLite, two workers', () => withoutFailure({}, {}));

  it.runIf(hasPostgres)('PostgreSQL, two workers', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop());
    const { url } = await server.database('empty');
    await withoutFailure({ store: { url: { env: 'STORE' } } }, { STORE: url });
  });

  async function withoutFailure(changes: Settings, secrets: Parties['env']): Promise<void> {
    const written = configured(changes);
    const parties = { ...written, env: { ...written.env, ...secrets } };
    const serving = await serve(parties, '--workers', '2');
    const load = startLoad(serving.origin, parties, clients);
    await load.answers(aWhile);
    await apply(parties);
    await load.answers(aWhile);
    change(parties, 'domains/fabrikam.yaml', { accept: { lifetime: '1m' } });
    expect(await apply(parties)).toMatchObject({ processes: { arrived: [{}, {}], unable: [], waiting: [] } });
    const lifetime = async () => Number((await redeem(serving.origin, parties)).body['expires_in']);
    expect(await lifetime()).toBeLessThanOrEqual(60);
    await load.answers(aWhile);
    await apply(parties, '--version', '1');
    expect(await lifetime()).toBeGreaterThan(60);
    await load.answers(aWhile);
    const { redeemed, failed } = await load.end();
    expect(failed).toEqual([]);
    expect(redeemed).toBeGreaterThanOrEqual(4 * aWhile);
    serving.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
    const audit = await run(parties, 'audit verify');
    expect(audit.code, audit.stdout).toBe(0);
  }
});
