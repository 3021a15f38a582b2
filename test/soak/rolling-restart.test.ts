// Processes are replaced while requests come in: not one of them fails.

import { expect, it } from 'vitest';
import { startBalancer } from '../support/balancer.ts';
import { cli } from '../support/cli.ts';
import { configured } from '../support/configured.ts';
import { type Serving, serve } from '../support/serving.ts';
import { startLoad } from './redeeming.ts';
import '../support/nothing-told.ts';

const clients = 8;
/** Enough answers for every client to have met whoever serves now. */
const aWhile = 10 * clients;

it('two processes behind a load balancer are restarted one after the other', async () => {
  const parties = configured({ listen: { drain: '1s' }, admin: { port: 0 } });
  const balancer = await startBalancer();
  const start = async (): Promise<Serving> => {
    const serving = await serve(parties);
    balancer.add(serving.origin, serving.operators);
    return serving;
  };
  const old = [await start(), await start()];
  const load = startLoad(balancer.origin, parties, clients);
  await load.answers(aWhile);
  for (const serving of old) {
    serving.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
    await start();
    await load.answers(aWhile);
  }
  const { redeemed, failed } = await load.end();
  expect(failed).toEqual([]);
  expect(redeemed).toBeGreaterThanOrEqual(3 * aWhile);
  const audit = await cli(['audit', 'verify', '--config', parties.config], { env: parties.env });
  expect(audit.code, audit.stdout).toBe(0);
});

it('the workers of one primary are replaced at SIGHUP', async () => {
  const parties = configured();
  const serving = await serve(parties, '--workers', '2');
  const load = startLoad(serving.origin, parties, clients);
  await load.answers(aWhile);
  serving.kill('SIGHUP');
  await serving.logged(/all workers serve by the configuration as it is now/);
  await load.answers(aWhile);
  const { redeemed, failed } = await load.end();
  expect(failed).toEqual([]);
  expect(redeemed).toBeGreaterThanOrEqual(2 * aWhile);
  serving.kill('SIGTERM');
  expect((await serving.ended).code).toBe(0);
});
