// Our signing keys at rest: a copy of the store signs nothing, and what somebody else wrote into it is not believed.

import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import { generateSigningJwk, jwkThumbprint } from '../../src/jose/jwk.ts';
import { deriveSecret, SealError, sealKey, unsealKey } from '../../src/keys/seal.ts';
import { openSigner } from '../../src/keys/signer.ts';
import type { Store } from '../../src/store/store.ts';
import { type SqliteDatabase, sqliteDatabase } from '../store/sqlite-database.ts';

const secret = 'an operator key of forty characters long';
const day = 86_400;
const clock = 1_700_000_000;

let database: SqliteDatabase;
let store: Store;
beforeEach(async () => {
  database = await sqliteDatabase();
  store = await database.open();
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

const open = (changes: { alg?: SignatureAlgorithm; secret?: string; store?: Store } = {}) =>
  openSigner({ store, secret, alg: 'ES256', rotateEvery: 30 * day, now: () => clock * 1000, ...changes });

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

describe('secrets derived from the operator key', () => {
  it('are the same in every process, and different for every purpose and operator key', () => {
    const derived = deriveSecret(secret, 'dpop nonces');
    expect(derived).toHaveLength(32);
    expect(deriveSecret(secret, 'dpop nonces')).toEqual(derived);
    expect(deriveSecret(secret, 'pairwise subjects')).not.toEqual(derived);
    expect(deriveSecret(secret.toUpperCase(), 'dpop nonces')).not.toEqual(derived);
  });
});
