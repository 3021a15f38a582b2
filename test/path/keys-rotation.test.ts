// Our keys change while requests come in: every token issued before, during and after verifies, and stays known to introspection.

import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeJws } from '../../src/jose/jws.ts';
import { limits } from '../../src/protocol/limits.ts';
import { getJson } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { basic, openWorld, rawForm, type World } from '../support/http.ts';

const day = 86_400;
/** What is published before it signs: longer than anybody keeps the key set. */
const lead = 2 * limits.metadataMaxAge;

let world: World;
beforeEach(async () => {
  world = await openWorld({ main: () => ({ keys: { rotate_every: '1d' } }) });
});
afterEach(() => world.stop());

const jwks = async () => (await getJson(`${world.contoso}/jwks`)).body as { keys: { kid: string }[] };
const kids = async () => (await jwks()).keys.map(({ kid }) => kid);
const kidOf = (token: string) => decodeJws(token).header.kid;
const isActive = async (token: string) => {
  const form = { token };
  const { body } = await rawForm(
    `${world.contoso}/introspect`,
    form,
    basic(names.calendarServer, names.calendarSecret),
  );
  return body['active'];
};

/** As a resource server would: with a key set fetched at some time, by a library that is not ours. */
async function expectVerifies(token: string, keySet: Awaited<ReturnType<typeof jwks>>) {
  const options = { issuer: world.contoso, typ: 'at+jwt', currentDate: new Date(world.now() * 1000) };
  await expect(jwtVerify(token, createLocalJWKSet(keySet), options)).resolves.toBeDefined();
}

describe('RFC 7517 §5, design §2.11 a rotation that is due', () => {
  it('the next key is published before it signs, and the one before stays as long as its tokens live', async () => {
    const { signer } = world.partner.broker;
    const [first] = await kids();
    world.pass(day - lead - 1);
    await signer.refresh();
    expect(await kids()).toEqual([first]);

    world.pass(1);
    await signer.refresh();
    const [, second] = await kids();
    expect(await kids()).toEqual([first, second]);
    expect(kidOf(await world.accessToken())).toBe(first);

    // Whoever fetched the set just after it changed keeps it no longer than the lead.
    const early = await jwks();
    world.pass(lead - 1);
    await signer.refresh();
    const last = await world.accessToken();
    expect(kidOf(last)).toBe(first);

    world.pass(1);
    const next = await world.accessToken();
    expect(kidOf(next)).toBe(second);
    await expectVerifies(next, early);
    await expectVerifies(last, await jwks());
    expect([await isActive(last), await isActive(next)]).toEqual([true, true]);

    world.pass(limits.issuedLifetime + limits.clockBehind + limits.clockAhead);
    await signer.refresh();
    expect(await kids()).toEqual([second]);
    expect([await isActive(last), await isActive(next)]).toEqual([false, false]);
    expect(kidOf(await world.accessToken())).toBe(second);
  });

  it('a token revoked across a rotation stays revoked', async () => {
    const token = await world.accessToken();
    await world.partner.broker.signer.rotate({ immediately: true });
    expect(await isActive(token)).toBe(true);
    const answer = await rawForm(`${world.contoso}/revoke`, { token, ...world.credentials() });
    expect(answer).toMatchObject({ status: 200 });
    expect(await isActive(token)).toBe(false);
  });
});

describe('during traffic', () => {
  it('tokens asked for while keys change all verify with the key set of that time', async () => {
    const { signer } = world.partner.broker;
    const issued: string[] = [];
    const ask = async () => void issued.push(await world.accessToken());
    for (let round = 0; round < 4; round += 1) {
      const change = round % 2 === 0 ? signer.rotate({ immediately: true }) : signer.rotate().then(() => world.pass(1));
      await Promise.all([...Array.from({ length: 6 }, ask), change]);
    }
    expect(issued).toHaveLength(24);
    const published = await jwks();
    for (const token of issued) {
      await expectVerifies(token, published);
      expect(await isActive(token)).toBe(true);
    }
    expect(new Set(issued.map(kidOf)).size).toBeGreaterThan(1);
  });

  it('three days of traffic, a rotation a day: no token ever fails at a resource that keeps the set as long as it may', async () => {
    const { signer } = world.partner.broker;
    const signedBy = new Set<string | undefined>();
    let kept = await jwks();
    for (let hour = 0; hour < 3 * 24; hour += 1) {
      // The set is fetched, kept as long as it may be, and must then still verify what is signed.
      await signer.refresh();
      kept = await jwks();
      world.pass(limits.metadataMaxAge - 1);
      await signer.refresh();
      const token = await world.accessToken();
      await expectVerifies(token, kept);
      signedBy.add(kidOf(token));
      for (let step = 1; step < 12; step += 1) {
        world.pass(limits.metadataMaxAge);
        await signer.refresh();
      }
      world.pass(1);
    }
    expect(signedBy.size).toBeGreaterThanOrEqual(3);
    expect((await kids()).length).toBeLessThanOrEqual(2);
  });
});

describe('across processes', () => {
  it('a broker that has not yet noticed still signs with a key that is published', async () => {
    const { store, signer } = world.partner.broker;
    await signer.rotate();
    const before = signer.list().map(({ kid }) => kid);
    expect((await store.listKeys()).map(({ kid }) => kid)).toEqual(before);
    await expectVerifies(await world.accessToken(), await jwks());
  });

  it('the key set never holds a private member', async () => {
    await world.partner.broker.signer.rotate();
    for (const key of (await jwks()).keys) {
      expect(Object.keys(key).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name))).toEqual([]);
    }
  });
});
