// How partners are doing reaches the store: when their keys were fetched, why not, and how far their clocks are off.

import { describe, expect, it, onTestFinished } from 'vitest';
import { openTrace } from '../../src/audit/trace.ts';
import { partnerStates } from '../../src/observe/partner-states.ts';
import type { PartnerStateChange } from '../../src/store/store.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { idJag } from '../../src/testkit/tokens.ts';
import type { KeyHealth } from '../../src/trust/remote-keys.ts';
import { startPartner } from '../steps/trust-partner.ts';
import { client, issuer, openProcesses } from '../support/processes.ts';

const key = testKey('ES256', 'first');
const start = 1_795_000_000;
const acme = 'https://broker.acme.example';

/** A broker, and what is known of its one partner once it has ended. */
async function openWorld(keys: object) {
  const world = { seconds: start };
  const processes = await openProcesses({ keys }, () => world.seconds * 1000);
  onTestFinished(() => processes.close());
  const parties = { issuer: acme, audience: issuer, clientId: client, sub: 'alice' };
  const redeem = async (aheadSeconds = 0) => {
    const one = await processes.start();
    const answer = await one.redeem(idJag(parties, key, world.seconds + aheadSeconds));
    await one.stop();
    return answer;
  };
  const state = async () => {
    const { broker } = await processes.start();
    return (await broker.store.listPartnerStates()).find(({ domain }) => domain === 'acme');
  };
  return { world, redeem, state };
}

describe('a partner', () => {
  it('whose keys were fetched: when, and what its clock showed', async () => {
    const date = new Date((start + 90) * 1000).toUTCString();
    const server = await startPartner(() => ({ headers: { date }, body: JSON.stringify(key.jwks) }));
    const { redeem, state } = await openWorld({ url: `${server.origin}/jwks` });
    expect(await redeem()).toMatchObject({ status: 200 });
    const found = { fetchedAt: start * 1000, failedAt: null, error: null, clockOffsetMs: 90_500 };
    expect(await state()).toMatchObject(found);
  });

  it('whose keys cannot be fetched: since when, and why; and that it is over', async () => {
    let says: { status?: number; body?: string } = { status: 503 };
    const server = await startPartner(() => says);
    const { world, redeem, state } = await openWorld({ url: `${server.origin}/jwks` });
    expect(await redeem()).toMatchObject({ status: 503 });
    const failed = { fetchedAt: null, failedAt: start * 1000, error: expect.stringContaining('status 503') };
    expect(await state()).toMatchObject(failed);
    says = { body: JSON.stringify(key.jwks) };
    world.seconds += 60;
    expect(await redeem()).toMatchObject({ status: 200 });
    expect(await state()).toMatchObject({ fetchedAt: (start + 60) * 1000, failedAt: null, error: null });
  });

  it('whose tokens say that its clock is ahead, though they are refused for it', async () => {
    const { redeem, state } = await openWorld(key.jwks);
    expect(await redeem(120)).toMatchObject({ status: 400, reason: 'grant.not_yet_valid' });
    expect(await state()).toMatchObject({ clockOffsetMs: 120_500 });
  });
});

describe('what is told of a clock', () => {
  const seen = async (health: KeyHealth, ...ages: readonly number[]) => {
    const told: PartnerStateChange[] = [];
    const states = partnerStates(() => ({
      domains: new Map([[acme, { name: 'acme' }]]),
      keyHealth: new Map([['acme', () => health]]),
    }));
    const look = () => states.flush({ savePartnerState: async (change) => void told.push(change) });
    for (const age of ages) {
      const trace = { ...openTrace('token', start * 1000), tokenFrom: { issuer: acme, iat: start - age } };
      states.saw({ trace });
    }
    await look();
    await look();
    return told;
  };
  const none: KeyHealth = { keys: 1, failures: 0 };

  it('is the token that came quickest, since all others only look as if it were behind', async () => {
    expect(await seen(none, 20, 3, 25)).toEqual([{ domain: 'acme', clockOffsetMs: -2500 }]);
  });

  it('is nothing where tokens came late: they could have waited anywhere', async () => {
    expect(await seen(none, 300, 3600)).toEqual([]);
  });

  it('is what its answers show, unless a token is further ahead', async () => {
    expect(await seen({ ...none, clockOffsetMs: -200 }, 5)).toEqual([{ domain: 'acme', clockOffsetMs: -200 }]);
    expect(await seen({ ...none, clockOffsetMs: -200 }, -25)).toEqual([{ domain: 'acme', clockOffsetMs: 25_500 }]);
  });
});
