// What one request costs, counted: signatures, keys and statements. A slow step cannot come in unseen.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { countWork } from '../support/counted-work.ts';
import { type Home, openHome } from '../support/home.ts';
import { openWorld, type World } from '../support/http.ts';
import { withoutUpkeep } from '../support/without-upkeep.ts';

let home: Home;
let partner: World;
beforeAll(async () => {
  home = await withoutUpkeep(openHome);
  partner = await withoutUpkeep(() => openWorld({ accept: () => ({ reuse: 'until_expiry' }) }));
  await home.granted(home.idJag());
  await partner.accessToken();
});
afterAll(() => Promise.all([home.stop(), partner.stop()]));

/**
 * One transaction of one request: whether anything is suspended, what was spent, what was decided, what was issued; the chain
 * follows once per transaction.
 */
const committed = (spent: number, issued = true) => [
  'BEGIN IMMEDIATE',
  'select revision',
  ...Array.from({ length: spent }, () => 'insert single_use'),
  'select audit_chain',
  'insert audit',
  ...(issued ? ['insert issued_token'] : []),
  'insert audit_chain',
  'COMMIT',
];

describe('one token exchange', () => {
  it('verifies assertion and subject token, signs, reads back, and commits once', async () => {
    const fields = home.idJag();
    const work = await countWork(() => home.home.token(fields));
    expect(work).toEqual({ verified: 3, signed: 1, imported: 0, statements: committed(1) });
  });

  it('does not verify again the subject token it has verified before', async () => {
    const subject_token = home.idp.idToken(names.agentAtLogin);
    await home.granted(home.idJag({ subject_token }));
    const fields = home.idJag({ subject_token });
    const work = await countWork(() => home.home.token(fields));
    expect(work).toEqual({ verified: 2, signed: 1, imported: 0, statements: committed(1) });
  });

  it('verifies one signature more for a proof of possession, and brings in its key only the first time', async () => {
    const key = testKey();
    expect((await countWork(() => home.proof(key))).imported).toBe(1);
    const proof = await home.proof(key);
    const fields = home.idJag();
    const work = await countWork(() => home.home.token(fields, proof));
    expect(work).toEqual({ verified: 4, signed: 1, imported: 0, statements: committed(2) });
  });
});

describe('one redemption', () => {
  it('verifies assertion and grant, signs, reads back, and commits once', async () => {
    const fields = partner.form();
    const work = await countWork(() => partner.partner.token(fields));
    expect(work).toEqual({ verified: 3, signed: 1, imported: 0, statements: committed(1) });
  });

  it('does not verify again the grant that may come until it expires', async () => {
    const assertion = partner.grant();
    await partner.partner.token(partner.form({ assertion }));
    const fields = partner.form({ assertion });
    const work = await countWork(() => partner.partner.token(fields));
    expect(work).toEqual({ verified: 2, signed: 1, imported: 0, statements: committed(1) });
  });
});

describe('one introspection', () => {
  it('verifies assertion and token, looks the token up, and commits once', async () => {
    const token = await partner.accessToken();
    const fields = { token, ...partner.credentials() };
    const work = await countWork(() => partner.partner.post('introspect', fields));
    expect(work).toEqual({
      verified: 2,
      signed: 0,
      imported: 0,
      statements: ['select issued_token', ...committed(1, false)],
    });
  });
});

describe('a request that is refused', () => {
  it('costs no signature and no statement when nobody knows the caller', async () => {
    const fields = home.idJag(home.credentials('stranger'));
    const work = await countWork(() => home.home.token(fields));
    expect(work).toEqual({ verified: 0, signed: 0, imported: 0, statements: [] });
  });
});
