// Our signing keys: they change without making a valid token invalid, and a copy of the store signs nothing.

import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import { generateSigningJwk, jwkThumbprint } from '../../src/jose/jwk.ts';
import { decodeJws, verifyJws } from '../../src/jose/jws.ts';
import { importKeySet } from '../../src/jose/key-set.ts';
import { SealError, sealKey, unsealKey } from '../../src/keys/seal.ts';
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

/** Whether somebody who holds this key set accepts the token. */
function isAccepted(jwt: string, keys: { find: Signer['find'] }): boolean {
  const jws = decodeJws(jwt);
  const key = keys.find(jws.header.kid, jws.header.alg);
  if (key === undefined) return false;
  verifyJws(jws, key);
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

  it('finds a key only by its own kid and algorithm', async () => {
    const signer = await open();
    expect(signer.find(signedBy(signer), 'ES384')).toBeUndefined();
    expect(signer.find('another', 'ES256')).toBeUndefined();
    expect(signer.find(undefined, 'ES256')).toBeUndefined();
  });

  it('does not sign before the time of the first key: the clock must be wrong', async () => {
    const signer = await open();
    clock -= 1;
    expect(() => signer.sign('at+jwt', {})).toThrow('clock');
  });
});

describe('private keys at rest', () => {
  it('leave no trace in the database file', async () => {
    const signer = await open({ alg: 'EdDSA' });
    const [row] = await store.listKeys();
    const jwk = await unsealKey(row?.sealed ?? '', row?.kid ?? '', secret);
    const d = String(jwk['d']);
    expect(d).toHaveLength(43);
    await store.close();
    const bytes = await readFile(database.path);
    expect(bytes.includes(String(signer.publicJwks().keys[0]?.['x']))).toBe(true);
    expect(bytes.includes(d)).toBe(false);
    expect(bytes.includes(Buffer.from(d, 'base64url'))).toBe(false);
    expect(bytes.includes(Buffer.from(d).toString('base64url').slice(4, -4))).toBe(false);
  });

  it('cannot be opened with another operator key, and the message says what to do', async () => {
    await open();
    const opening = open({ secret: secret.toUpperCase() });
    await expect(opening).rejects.toThrow(SealError);
    await expect(opening).rejects.toThrow(/does not fit the keys in the store.*Supply the secret/);
    await expect(opening).rejects.not.toThrow(new RegExp(secret, 'i'));
    expect(await store.listKeys()).toHaveLength(1);
  });

  it('need an operator key of 32 characters, and no key is created before', async () => {
    await expect(open({ secret: 'x'.repeat(31) })).rejects.toThrow(/31 characters, at least 32/);
    expect(await store.listKeys()).toEqual([]);
    await open({ secret: 'x'.repeat(32) });
  });

  it('belong to their kid: a sealed key moved to another row is refused', async () => {
    const jwk = generateSigningJwk('ES256');
    const sealed = await sealKey(jwk, 'mine', secret);
    expect(await unsealKey(sealed, 'mine', secret)).toEqual(jwk);
    await expect(unsealKey(sealed, 'another', secret)).rejects.toThrow(SealError);
  });

  it('are not believed when somebody put another public key in the row', async () => {
    await open();
    const [row] = await store.listKeys();
    const foreign = { ...generateSigningJwk('ES256'), kid: row?.kid };
    const tampered: Store = {
      ...store,
      listKeys: async () => (row ? [{ ...row, publicJwk: JSON.stringify({ ...foreign, d: undefined }) }] : []),
    };
    await expect(open({ store: tampered })).rejects.toThrow('was changed in the store');
  });

  it('are the proof that a key is ours: a foreign one in the table is refused, even if it would never sign', async () => {
    await open();
    const jwk = generateSigningJwk('ES256');
    const kid = jwkThumbprint(jwk);
    const publicJwk = JSON.stringify({ ...jwk, d: undefined, kid });
    const sealed = await sealKey(jwk, kid, 'the operator key of somebody else');
    const dates = { createdAt: 0, publishAt: 0, activateAt: 0, retireAt: 1, forgetAt: clock + day };
    const foreign = { kid, alg: 'ES256', publicJwk, sealed, ...dates };
    const tampered: Store = { ...store, listKeys: async () => [foreign, ...(await store.listKeys())] };
    await expect(open({ store: tampered })).rejects.toThrow(kid);
  });
});
