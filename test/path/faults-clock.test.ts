// The clock of the machine jumps an hour or a day, ahead and back: nothing freezes, nothing counts twice, nothing is lost.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { patientTime } from '../../src/observe/patient-time.ts';
import { startUpkeep } from '../../src/observe/upkeep.ts';
import { limits } from '../../src/protocol/limits.ts';
import { firstUseMemory } from '../../src/resource/first-use.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { cachedIntrospection } from '../../src/trust/introspection-cache.ts';
import { remoteKeys } from '../../src/trust/remote-keys.ts';
import { type Answer, loopbackFetch, newKey, startPartner } from '../steps/trust-partner.ts';
import { aCommit, aRecord, aSpend } from '../store/samples.ts';
import { sqliteDatabase } from '../store/sqlite-database.ts';
import { basic, expectRefusal, openWorld, type World } from '../support/http.ts';

const hour = 3600;
const day = 24 * hour;

/** The time of the machine, and the clock that only counts what passes. In seconds; asked in milliseconds. */
function twoClocks() {
  const stand = { time: 1_795_000_000, passed: 5000 };
  return {
    now: () => stand.time * 1000,
    clock: () => stand.passed * 1000,
    pass: (seconds: number) => {
      stand.time += seconds;
      stand.passed += seconds;
    },
    jump: (seconds: number) => {
      stand.time += seconds;
    },
  };
}

describe('keys of a partner, when the clock jumps', () => {
  const [k1, k2] = [newKey('k1'), newKey('k2')];
  const jwks = (...keys: readonly object[]): Answer => ({
    headers: { 'content-type': 'application/jwk-set+json' },
    body: JSON.stringify({ keys }),
  });

  async function heldKeys(says: { answer: Answer }) {
    const partner = await startPartner(() => says.answer);
    const clocks = twoClocks();
    const location = { from: 'url', url: `${partner.origin}/jwks` } as const;
    const keys = remoteKeys({ issuer: partner.origin, location, fetch: loopbackFetch, ...clocks });
    await keys.find('k1', 'ES256');
    return { ...clocks, keys, asked: partner.asked };
  }

  it.each([-day, -hour, hour, day])('by %i s, a new key is still found with the first token it signs', async (jump) => {
    const says = { answer: jwks(k1.publicJwk) };
    const { keys, ...clocks } = await heldKeys(says);
    await keys.find('made-up', 'ES256');
    clocks.jump(jump);
    clocks.pass(limits.jwksCooldown);
    says.answer = jwks(k1.publicJwk, k2.publicJwk);
    expect(await keys.find('k2', 'ES256')).toMatchObject({ kid: 'k2' });
  });

  it.each([-day, -hour, hour, day])('by %i s, made-up key ids still cause one fetch a minute', async (jump) => {
    const { keys, asked, ...clocks } = await heldKeys({ answer: jwks(k1.publicJwk) });
    await keys.find('made-up', 'ES256');
    clocks.jump(jump);
    for (let i = 0; i < 10; i += 1) await keys.find(`made-up-${i}`, 'ES256');
    expect(asked).toHaveLength(2);
  });

  it('ahead by two days, an issuer that is down keeps the day its keys are good for', async () => {
    const says: { answer: Answer } = { answer: jwks(k1.publicJwk) };
    const { keys, ...clocks } = await heldKeys(says);
    says.answer = { status: 503 };
    clocks.jump(2 * day);
    clocks.pass(hour);
    expect(await keys.find('k1', 'ES256')).toMatchObject({ kid: 'k1' });
    await expect.poll(() => keys.health().lastError).toContain('status 503');
  });

  it('back by a day, keys grow old all the same: a withdrawn one does not serve a day longer', async () => {
    const says = { answer: jwks(k1.publicJwk) };
    const { keys, ...clocks } = await heldKeys(says);
    says.answer = jwks(k2.publicJwk);
    clocks.jump(-day);
    clocks.pass(2 * limits.jwksDefaultAge + 1);
    expect(await keys.find('k1', 'ES256')).toBeUndefined();
  });
});

describe('an introspection answer, when the clock jumps', () => {
  const remembered = () => {
    const clocks = twoClocks();
    const answer = { active: true };
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return answer;
    };
    const about = cachedIntrospection({ ask, ttl: 5, maxEntries: 10, now: clocks.now, clock: clocks.clock });
    return { ...clocks, about, asked: () => asked };
  };

  it('back by an hour: it is believed for its seconds and no longer, so that a revocation counts', async () => {
    const { about, asked, jump, pass } = remembered();
    await about('token');
    jump(-hour);
    await about('token');
    expect(asked()).toBe(1);
    pass(5);
    await about('token');
    expect(asked()).toBe(2);
  });

  it('ahead by an hour: the flood does not go to the issuer', async () => {
    const { about, asked, jump } = remembered();
    await about('token');
    jump(hour);
    for (let i = 0; i < 10; i += 1) await about('token');
    expect(asked()).toBe(1);
  });
});

describe('what was used once, when the clock jumps', () => {
  it('ahead and back: a DPoP proof at a resource server is not good again', () => {
    const { now, clock, jump, pass } = twoClocks();
    const firstUse = firstUseMemory(now, clock);
    const expiresAt = now() / 1000 + 60;
    expect(firstUse('proof', expiresAt)).toBe(true);
    jump(hour);
    expect(firstUse('another', expiresAt + hour)).toBe(true);
    jump(-hour);
    expect(firstUse('proof', expiresAt)).toBe(false);
    pass(61);
    expect(firstUse('proof', expiresAt + 120)).toBe(true);
  });
});

describe('what is forgotten, when the clock jumps', () => {
  const watched = () => {
    const clocks = twoClocks();
    const doubts: number[] = [];
    const time = patientTime(clocks.now, clocks.clock, (jumpMs) => doubts.push(jumpMs / 1000));
    return { ...clocks, doubts, time: () => time() / 1000, start: clocks.now() / 1000 };
  };

  it('follows the clock, and every correction by seconds', () => {
    const { time, start, pass, jump, doubts } = watched();
    pass(10);
    expect(time()).toBe(start + 10);
    jump(30);
    expect(time()).toBe(start + 40);
    jump(-30);
    expect(time()).toBe(start + 10);
    expect(doubts).toEqual([]);
  });

  it('ahead, and set right: nothing was swept or pruned by it', () => {
    const { time, start, pass, jump, doubts } = watched();
    jump(80 * 365 * day);
    expect(time()).toBe(start);
    pass(hour);
    expect(time()).toBe(start + hour);
    jump(-80 * 365 * day);
    expect(time()).toBe(start + hour);
    expect(doubts).toEqual([80 * 365 * day]);
  });

  it('ahead for good: after a day it is believed, so that the store does not grow', () => {
    const { time, start, pass, jump } = watched();
    jump(hour);
    expect(time()).toBe(start);
    pass(day);
    expect(time()).toBe(start + hour + day);
    pass(10);
    expect(time()).toBe(start + hour + day + 10);
  });

  it('by upkeep: neither a single-use key nor the audit trail goes because of a clock that is wrong for a while', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { now, clock, jump, pass } = twoClocks();
    const database = await sqliteDatabase();
    const store = await database.open();
    await store.commit(
      aCommit({ record: aRecord({ at: now() }), spends: [aSpend('id', { expiresAt: now() / 1000 })] }),
    );
    const warnings: object[] = [];
    const log = { info: () => {}, warn: (fields: object) => warnings.push(fields), error: () => {} };
    const [signer, suspensions] = [{ refresh: async () => {} }, { refresh: async () => {} }];
    const upkeep = vi.fn();
    const watched = {
      ...store,
      sweep: async (...at: Parameters<typeof store.sweep>) => upkeep(await store.sweep(...at)) ?? 0,
    };
    const stop = startUpkeep({ store: watched, signer, suspensions, now, clock, log, auditKeep: () => day });
    jump(400 * day);
    pass(1);
    vi.advanceTimersByTime(1000);
    await vi.waitFor(() => expect(upkeep).toHaveBeenCalledWith(0));
    await stop();
    jump(-400 * day);
    expect(await store.commit(aCommit({ spends: [aSpend('id')] }))).toMatchObject({ outcome: 'replayed' });
    expect((await store.auditPage(0, 10)).map(({ record }) => record.action)).toContain('token-exchange');
    expect(warnings).toEqual([{ ms: 400 * day * 1000 }]);
    await store.close();
    await database.drop();
  });

  it('back: nothing is forgotten until it is due again', () => {
    const { time, start, jump, doubts } = watched();
    jump(-hour);
    expect(time()).toBe(start - hour);
    expect(doubts).toEqual([]);
  });
});

describe('requests, when the clock jumps', () => {
  async function world(): Promise<World> {
    const opened = await openWorld();
    onTestFinished(() => opened.stop());
    return opened;
  }
  const active = async ({ partner }: World, token: string) => {
    const asCalendar = basic(names.calendarServer, names.calendarSecret);
    return (await partner.post('introspect', { token }, asCalendar)).body['active'];
  };

  it.each([-day, -hour, hour, day])('by %i s, new requests are granted at once', async (jump) => {
    const { partner, form, pass } = await world();
    expect(await partner.token(form())).toMatchObject({ status: 200 });
    pass(jump);
    expect(await partner.token(form())).toMatchObject({ status: 200 });
  });

  it('back by an hour: a token of before is known, and ends at the time it names, not an hour after it', async () => {
    const opened = await world();
    const token = await opened.accessToken();
    opened.pass(-hour);
    expect(await active(opened, token)).toBe(true);
    opened.pass(hour);
    expect(await active(opened, token)).toBe(true);
    opened.pass(limits.issuedLifetime + limits.clockBehind);
    expect(await active(opened, token)).toBe(false);
  });

  it('back by a minute, and ahead again: what was used once stays used', async () => {
    const opened = await world();
    const form = opened.form();
    expect(await opened.partner.token(form)).toMatchObject({ status: 200 });
    for (const jump of [-5, 5]) {
      opened.pass(jump);
      expectRefusal(await opened.partner.token(form), {
        reason: 'client_assertion.replayed',
        status: 401,
        error: 'invalid_client',
      });
      const again = { ...form, ...opened.credentials() };
      expectRefusal(await opened.partner.token(again), {
        reason: 'grant.replayed',
        status: 400,
        error: 'invalid_grant',
      });
    }
  });
});
