// Conformance: links between subjects, and the tokens issued to them.

import { expect, it } from 'vitest';
import type { Open } from '../database.ts';
import { aCommit, aLink, aToken } from '../samples.ts';

export function links(open: Open): void {
  it('finds the local subject of a foreign one, byte for byte', async () => {
    const store = await open();
    await store.commit(aCommit({ link: aLink({ tenant: 't1' }) }));
    expect(await store.findLink(aLink().issuer, 't1', 'bob')).toEqual(aLink({ tenant: 't1' }));
    expect(await store.findLink(aLink().issuer, '', 'bob')).toBeUndefined();
    expect(await store.findLink(aLink().issuer, 't1', 'Bob')).toBeUndefined();
    expect(await store.findLink(`${aLink().issuer}/`, 't1', 'bob')).toBeUndefined();
  });

  it('takes the same link again', async () => {
    const store = await open();
    await store.commit(aCommit({ link: aLink() }));
    expect(await store.commit(aCommit({ link: aLink() }))).toEqual({ outcome: 'committed' });
  });

  it.each([
    ['the foreign subject has another local subject', aLink({ localSubject: 'user-2' })],
    ['the local subject has another foreign subject', aLink({ sub: 'eve' })],
    ['the local subject belongs to another issuer', aLink({ issuer: 'https://evil.example' })],
    ['the local subject belongs to another tenant', aLink({ tenant: 't2' })],
  ])('refuses a link when %s', async (_, link) => {
    const store = await open();
    await store.commit(aCommit({ link: aLink() }));
    expect(await store.commit(aCommit({ link }))).toEqual({ outcome: 'link_conflict' });
  });

  it('gives a local subject to one of two foreign subjects that arrive together', async () => {
    const [one, other] = [await open(), await open()];
    const results = await Promise.all([
      one.commit(aCommit({ link: aLink({ sub: 'bob' }) })),
      other.commit(aCommit({ link: aLink({ sub: 'eve' }) })),
    ]);
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['committed', 'link_conflict']);
  });
}

export function tokens(open: Open): void {
  it('remembers everything but the token', async () => {
    const store = await open();
    await store.commit(aCommit({ issued: aToken('jti', { domain: null, lineage: [] }) }));
    expect(await store.findToken('jti')).toEqual({ ...aToken('jti', { domain: null, lineage: [] }), revokedAt: null });
    expect(await store.findToken('JTI')).toBeUndefined();
  });

  it('revokes once: the first time stands', async () => {
    const store = await open();
    await store.commit(aCommit({ issued: aToken('jti') }));
    await store.commit(aCommit({ revoke: { jti: 'jti', at: 1_700_000_100 } }));
    await store.commit(aCommit({ revoke: { jti: 'jti', at: 1_700_000_200 } }));
    expect(await store.findToken('jti')).toEqual({ ...aToken('jti'), revokedAt: 1_700_000_100 });
  });

  it('takes the revocation of a token it does not know', async () => {
    const store = await open();
    expect(await store.commit(aCommit({ revoke: { jti: 'unknown', at: 1 } }))).toEqual({ outcome: 'committed' });
  });
}
