// Our signing keys: they change without making a valid token invalid.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { decodeJws, verifyJws } from '../../src/jose/jws.ts';
import { importKeySet } from '../../src/jose/key-set.ts';
import { openSigner, type Signer } from '../../src/keys/signer.ts';
import { limits } from '../../src/protocol/limits.ts';
import type { Store } from '../../src/store/store.ts';
import { type SqliteDatabase, sqliteDatabase } from '../store/sqlite-database.ts';

const secret = 'an operator key of forty characters long';
const day = 86_400;
const rotateEvery = 30 * day;
const lead = 2 * limits.metadataMaxAge;

let database: SqliteDatabase;
let store: Store;
let clock: number;
beforeEach(async () => {
  database = await sqliteDatabase();
  store = await database.open();
  clock = 1_700_000_000;
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

const open = (changes: { alg?: SignatureAlgorithm; secret?: string; store?: Store; rotateEvery?: number } = {}) =>
  openSigner({ store, secret, alg: 'ES256', rotateEvery, now: () => clock * 1000, ...changes });
const states = (signer: Signer) => signer.list().map(({ state }) => state);
const kidOf = (jwt: string) => decodeJws(jwt).header.kid;
const signedBy = (signer: Signer) => kidOf(signer.sign('at+jwt', {}).jwt);

/** Tokens, each with the key that verified it: what came of that once does not change, whether the key is found does. */
const verified = new Set<string>();

/** Whether somebody who holds this key set accepts the token. */
function isAccepted(jwt: string, keys: { find: Signer['find'] }): boolean {
  const jws = decodeJws(jwt);
  const key = keys.find(jws.header.kid, jws.header.alg);
  if (key === undefined) return false;
  const pair = `${jwt} ${key.thumbprint}`;
  if (!verified.has(pair)) verifyJws(jws, key);
  verified.add(pair);
  return true;
}

describe('the first start', () => {
  it('creates a key that signs at once, named by its thumbprint (RFC 7638)', async () => {
    const signer = await open();
    const { keys } = signer.publicJwks();
    expect(states(signer)).toEqual(['active']);
    expect(keys).toMatchObject([{ alg: 'ES256', use: 'sig', kty: 'EC' }]);
    expect(keys.map((jwk) => jwkThumbprint(jwk))).toEqual([signedBy(signer)]);
  });

  it('creates one key when many processes start at the same moment', async () => {
    const signers = await Promise.all(Array.from({ length: 5 }, () => open()));
    expect(await store.listKeys()).toHaveLength(1);
    expect(new Set(signers.map(signedBy)).size).toBe(1);
  });

  it('is the only start that creates one', async () => {
    const kid = signedBy(await open());
    expect(signedBy(await open())).toBe(kid);
  });

  it.each<SignatureAlgorithm>(['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'])(
    'signs with %s, and the key set verifies it',
    async (alg) => {
      const signer = await open({ alg });
      const { jwt } = signer.sign('at+jwt', { sub: 'alice' });
      expect(decodeJws(jwt)).toMatchObject({ header: { alg, typ: 'at+jwt' }, claims: { sub: 'alice' } });
      expect(isAccepted(jwt, importKeySet(signer.publicJwks()))).toBe(true);
      expect(signer.alg).toBe(alg);
    },
  );

  it('leaves out typ when there is none', async () => {
    const { jwt } = (await open()).sign(undefined, {});
    expect(decodeJws(jwt).header).not.toHaveProperty('typ');
  });
});

describe('rotation', () => {
  it('makes no token invalid: neither here nor with whoever caches our key set, over three rotations', async () => {
    const signer = await open({ rotateEvery: day / 4 });
    const alive: { readonly jwt: string; readonly expiresAt: number }[] = [];
    let cached = importKeySet(signer.publicJwks());
    const kids = new Set<string | undefined>();
    for (const end = clock + day; clock < end; clock += limits.metadataMaxAge) {
      const { jwt } = signer.sign('at+jwt', { at: clock });
      alive.push({ jwt, expiresAt: clock + limits.issuedLifetime + limits.clockBehind });
      kids.add(kidOf(jwt));
      while (alive[0] !== undefined && alive[0].expiresAt < clock) alive.shift();
      // The cache is as old as it may be; then it is renewed.
      expect(alive.every((token) => isAccepted(token.jwt, signer) && isAccepted(token.jwt, cached))).toBe(true);
      cached = importKeySet(signer.publicJwks());
      await signer.refresh();
    }
    expect(kids.size).toBe(4);
    expect((await store.listKeys()).length).toBeLessThanOrEqual(2);
  });

  it('publishes a key long before it signs, and signs with the old one until then', async () => {
    const signer = await open();
    const first = signedBy(signer);
    clock += rotateEvery - lead - 1;
    await signer.refresh();
    expect(states(signer)).toEqual(['active']);
    clock += 1;
    await signer.refresh();
    expect(states(signer)).toEqual(['active', 'published']);
    expect(signer.publicJwks().keys).toHaveLength(2);
    clock += lead - 1;
    expect(signedBy(signer)).toBe(first);
    clock += 1;
    expect(states(signer)).toEqual(['retired', 'active']);
    expect(signedBy(signer)).not.toBe(first);
    expect(signer.publicJwks().keys).toHaveLength(2);
  });

  it('forgets a key when its last token has ended', async () => {
    const signer = await open();
    const { jwt } = signer.sign('at+jwt', {});
    await signer.rotate();
    clock += lead + limits.issuedLifetime + limits.clockBehind;
    expect(isAccepted(jwt, signer)).toBe(true);
    clock += limits.clockAhead;
    expect(isAccepted(jwt, signer)).toBe(false);
    expect(signer.publicJwks().keys).toHaveLength(1);
    await signer.refresh();
    expect(await store.listKeys()).toHaveLength(1);
  });

  it('keeps signing after a long sleep, while the next key is being published', async () => {
    const first = signedBy(await open());
    clock += 10 * rotateEvery;
    const signer = await open();
    expect(states(signer)).toEqual(['active', 'published']);
    expect(signedBy(signer)).toBe(first);
  });

  it('happens once, however many processes find it due', async () => {
    const signers = [await open(), await open(), await open()];
    clock += rotateEvery;
    await Promise.all(signers.map((signer) => signer.refresh()));
    expect(await store.listKeys()).toHaveLength(2);
    clock += lead;
    expect(new Set(signers.map(signedBy)).size).toBe(1);
  });

  it('reaches other processes with their next refresh, before the key signs', async () => {
    const [here, there] = [await open(), await open()];
    const { kid } = await here.rotate();
    await there.refresh();
    clock += lead;
    const { jwt } = here.sign('at+jwt', {});
    expect(kidOf(jwt)).toBe(kid);
    expect(isAccepted(jwt, there)).toBe(true);
  });

  it('in an emergency signs with the new key at once, and the tokens of all keys before live on', async () => {
    const signer = await open();
    const before = signer.sign('at+jwt', {}).jwt;
    await signer.rotate();
    const { kid } = await signer.rotate({ immediately: true });
    expect(signedBy(signer)).toBe(kid);
    expect(states(signer)).toEqual(['retired', 'retired', 'active']);
    expect(isAccepted(before, importKeySet(signer.publicJwks()))).toBe(true);
    clock += lead;
    expect(signedBy(signer)).toBe(kid);
  });

  it('follows the configuration to another algorithm, with the same lead', async () => {
    await open();
    const signer = await open({ alg: 'EdDSA' });
    expect(signer.list()).toMatchObject([
      { alg: 'ES256', state: 'active' },
      { alg: 'EdDSA', state: 'published' },
    ]);
    expect(signer.alg).toBe('ES256');
    clock += lead;
    expect(signer.alg).toBe('EdDSA');
    await signer.refresh();
    expect(signer.list()).toHaveLength(2);
  });

  it('publishes one key at a time, also when it is asked for faster or by processes that are configured otherwise', async () => {
    const signers = [await open({ rotateEvery: 1 }), await open({ alg: 'EdDSA' })];
    for (let round = 0; round < 3; round += 1) for (const signer of signers) await signer.refresh();
    expect((await store.listKeys()).map(({ activateAt }) => activateAt)).toEqual([clock, clock + lead]);
  });

  it('finds a key only by its own kid and algorithm', async () => {
    const signer = await open();
    expect(signer.find(signedBy(signer), 'ES384')).toBeUndefined();
    expect(signer.find('another', 'ES256')).toBeUndefined();
    expect(signer.find(undefined, 'ES256')).toBeUndefined();
  });

  it('signs with the first key also before its time, and publishes it: the clock was wrong, and was set right', async () => {
    const signer = await open();
    clock -= 86_400;
    await signer.refresh();
    const { jwt } = signer.sign('at+jwt', {});
    const [kid] = signer.list().map((key) => key.kid);
    expect(decodeJws(jwt).header.kid).toBe(kid);
    expect(signer.publicJwks().keys.map((key) => key['kid'])).toEqual([kid]);
  });
});
