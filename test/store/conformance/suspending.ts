// Conformance: what is suspended stops at once, with everything that was issued to it.

import { expect, it } from 'vitest';
import type { Store, Suspendable } from '../../../src/store/store.ts';
import type { Open } from '../database.ts';
import { aClient, aCommit, aDomain, aLink, aRecord, aSpend, aSubject, aToken, suspensionOf } from '../samples.ts';

const contoso = 'https://as.contoso.example';
const login = 'https://login.acme.example';
/** Seconds. */
const now = 1_700_000_100;
const told = (traceId: string) => (revoked: number) => aRecord({ traceId, action: `suspend of ${revoked}` });

/** Suspends with a record that can be found under `suspended`. */
const suspend = (store: Store, what: Suspendable, alias: string | null = null) =>
  store.suspend(suspensionOf(what), now, alias, told('suspended'));

export function suspending(open: Open): void {
  it.each<[string, Suspendable]>([
    ['domain', aDomain(contoso)],
    ['client', aClient('travel-agent')],
    ['subject', aSubject(login, 'alice')],
  ])('commits nothing that names a suspended %s, and tells by what', async (_, what) => {
    const store = await open();
    const names = [aClient('other'), what, aDomain('https://as.fabrikam.example')];
    const unit = aCommit({
      unlessSuspended: names,
      spends: [aSpend('id')],
      link: aLink(),
      issued: aToken('jti'),
      record: aRecord({ traceId: 'refused' }),
    });
    await suspend(store, what);
    expect(await store.commit(unit)).toEqual({ outcome: 'suspended', by: suspensionOf(what) });
    expect(await store.findToken('jti')).toBeUndefined();
    expect(await store.findLink(aLink().issuer, '', 'bob')).toBeUndefined();
    expect(await store.findAudit('refused')).toEqual([]);
    // Nothing was spent either, and a unit that names nothing is none of its business.
    expect(await store.commit(aCommit({ spends: [aSpend('id')] }))).toEqual({ outcome: 'committed' });
  });

  it.each<[string, Suspendable]>([
    ['of another kind', { kind: 'subject', issuer: '', name: 'travel-agent' }],
    ['with another issuer', { kind: 'client', issuer: 'x', name: 'travel-agent' }],
    ['with another name', aClient('Travel-Agent')],
    ['whose issuer and name run together the same', { kind: 'client', issuer: 'travel', name: '-agent' }],
  ])('lets things pass %s', async (_, other) => {
    const store = await open();
    await suspend(store, aClient('travel-agent'));
    expect(await store.commit(aCommit({ unlessSuspended: [other] }))).toEqual({ outcome: 'committed' });
  });

  it('names the first suspended thing in the order given, before any replay', async () => {
    const store = await open();
    await store.commit(aCommit({ spends: [aSpend('used')] }));
    for (const what of [aClient('a'), aClient('b')]) await suspend(store, what);
    const unlessSuspended = [aClient('c'), aClient('b'), aClient('a')];
    const result = await store.commit(aCommit({ unlessSuspended, spends: [aSpend('used')] }));
    expect(result).toEqual({ outcome: 'suspended', by: suspensionOf(aClient('b')) });
  });

  it('refuses the units of a batch that name it, and no others', async () => {
    const store = await open();
    await suspend(store, aClient('a'));
    const results = await Promise.all(
      ['a', 'b', 'a', 'c'].map((name, at) =>
        store.commit(aCommit({ unlessSuspended: [aClient(name)], spends: [aSpend(String(at))] })),
      ),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['suspended', 'committed', 'suspended', 'committed']);
  });

  it('counts in every store that shares the database, as soon as it has resolved', async () => {
    const [here, there] = [await open(), await open()];
    const unit = () => aCommit({ unlessSuspended: [aClient('a')] });
    expect(await there.commit(unit())).toEqual({ outcome: 'committed' });
    await suspend(here, aClient('a'));
    expect(await there.commit(unit())).toMatchObject({ outcome: 'suspended' });
    await there.resume(aClient('a'), aRecord());
    expect(await here.commit(unit())).toEqual({ outcome: 'committed' });
  });

  it('lets no token escape that is issued at the same moment, in any process', async () => {
    const stores = await Promise.all([open(), open(), open()]);
    const [first] = stores;
    const issue = (store: Store, jti: string) =>
      store.commit(aCommit({ unlessSuspended: [aClient('a')], issued: aToken(jti, { clientId: 'a' }) }));
    const jtis: string[] = [];
    const issuing = stores.map(async (store, at) => {
      for (let turn = 0; turn < 200; turn += 1) {
        const mine = Array.from({ length: 5 }, (_, i) => `${at}-${turn}-${i}`);
        jtis.push(...mine);
        const results = await Promise.all(mine.map((jti) => issue(store, jti)));
        if (results.some(({ outcome }) => outcome === 'suspended')) return;
      }
      throw new Error('nobody was stopped');
    });
    await first?.commit(aCommit());
    const done = await first?.suspend(suspensionOf(aClient('a')), now, null, told('suspended'));
    // From this moment on: whatever is there was revoked, and nothing comes after it.
    const late = await Promise.all(stores.map((store, at) => issue(store, `late-${at}`)));
    expect(late.map(({ outcome }) => outcome)).toEqual(['suspended', 'suspended', 'suspended']);
    await Promise.all(issuing);
    const found = await Promise.all(jtis.map((jti) => first?.findToken(jti)));
    const issued = found.filter((token) => token !== undefined);
    expect(issued.filter(({ revokedAt }) => revokedAt === null)).toEqual([]);
    expect(done).toEqual({ revoked: issued.length });
  });

  it('revokes what was issued on a domain: by its name, and by its issuer in the lineage', async () => {
    const store = await open();
    const tokens = [
      aToken('to it', { domain: 'contoso', lineage: [login] }),
      aToken('through it', { domain: 'fabrikam', lineage: [login, contoso] }),
      aToken('of another', { domain: 'fabrikam', lineage: [`${contoso}/other`, `x"${contoso}`] }),
      aToken('of nobody', { domain: null, lineage: [] }),
    ];
    for (const issued of tokens) await store.commit(aCommit({ issued }));
    expect(await suspend(store, aDomain(contoso), 'contoso')).toEqual({ revoked: 2 });
    expect(await revokedOf(store, tokens)).toEqual(['through it', 'to it']);
  });

  it('revokes what was issued to a client, and nothing else', async () => {
    const store = await open();
    const tokens = [aToken('its'), aToken('another', { clientId: 'other' })];
    for (const issued of tokens) await store.commit(aCommit({ issued }));
    expect(await suspend(store, aClient('travel-agent'), 'other')).toEqual({ revoked: 1 });
    expect(await revokedOf(store, tokens)).toEqual(['its']);
  });

  it('revokes what was issued on the word of a subject, and what bears its local name', async () => {
    const store = await open();
    const tokens = [
      aToken('theirs', { subjectIssuer: login, subjectSub: 'bob', subject: 'x' }),
      aToken('local', { subjectIssuer: null, subjectSub: null, subject: 'acme|bob' }),
      aToken('of a namesake', { subjectIssuer: contoso, subjectSub: 'bob', subject: 'y' }),
      aToken('called like the foreign name', { subjectIssuer: null, subjectSub: null, subject: 'bob' }),
    ];
    for (const issued of tokens) await store.commit(aCommit({ issued }));
    expect(await suspend(store, aSubject(login, 'bob'), 'acme|bob')).toEqual({ revoked: 2 });
    expect(await revokedOf(store, tokens)).toEqual(['local', 'theirs']);
  });

  it('revokes what a client or person stands behind further back, or acts in, and nothing of a namesake', async () => {
    const store = await open();
    const behind = (jti: string, ...those: readonly Suspendable[]) => aToken(jti, { clientId: 'relay', behind: those });
    const odd = aSubject(`${login}/"\\`, 'ä\u0000\u001a\ud800",{"kind":"client"');
    const tokens = [
      behind('held before', aClient('first'), aSubject(login, 'carol')),
      behind('acted in', odd, aSubject(login, 'dave'), aClient('other')),
      behind('like it', aClient('first2'), aClient('the first'), aSubject('', 'first'), aSubject('first', '')),
      behind('in disguise', aClient('x"},{"kind":"client","issuer":"","name":"first'), aSubject(login, 'carol"')),
      behind('on its own'),
    ];
    for (const issued of tokens) await store.commit(aCommit({ issued }));
    for (const { jti, behind: those } of tokens) expect((await store.findToken(jti))?.behind).toEqual(those);
    const holders = { clients: [{ clientId: 'relay', tokens: 1, newest: 1_700_000_000 }] };
    expect(await store.liveTokens(aClient('first'), null, now)).toEqual(holders);
    expect(await suspend(store, aSubject(login, 'carol'))).toEqual({ revoked: 1 });
    expect(await suspend(store, aClient('first'))).toEqual({ revoked: 0 });
    expect(await revokedOf(store, tokens)).toEqual(['held before']);
    expect(await suspend(store, odd)).toEqual({ revoked: 1 });
    expect(await revokedOf(store, tokens)).toEqual(['acted in', 'held before']);
  });

  it('revokes at the time it is told, leaves earlier revocations, and counts only tokens that live', async () => {
    const store = await open();
    for (const issued of [aToken('live'), aToken('expired', { expiresAt: now }), aToken('revoked')])
      await store.commit(aCommit({ issued }));
    await store.commit(aCommit({ revoke: { jti: 'revoked', at: 7 } }));
    expect(await suspend(store, aClient('travel-agent'))).toEqual({ revoked: 1 });
    expect(await store.findToken('live')).toMatchObject({ revokedAt: now });
    // By the clock of another process it may be good for a moment yet.
    expect(await store.findToken('expired')).toMatchObject({ revokedAt: now });
    expect(await store.findToken('revoked')).toMatchObject({ revokedAt: 7 });
  });

  it('appends what is told of it, once: who comes second changes nothing', async () => {
    const [here, there] = [await open(), await open()];
    const both = await Promise.all([suspend(here, aClient('a')), suspend(there, aClient('a'))]);
    expect(both.filter((one) => one === 'already')).toHaveLength(1);
    const [record, ...more] = await here.findAudit('suspended');
    expect(record?.record).toMatchObject({ action: 'suspend of 0' });
    expect(more).toEqual([]);
    const again = suspensionOf(aClient('a'), { author: 'peter', reason: null });
    expect(await here.suspend(again, now, null, told('again'))).toBe('already');
    expect(await here.listSuspensions()).toEqual([suspensionOf(aClient('a'))]);
    expect(await here.findAudit('again')).toEqual([]);
  });

  it('changes nothing when its record cannot be written', async () => {
    const store = await open();
    await store.commit(aCommit({ issued: aToken('jti') }));
    const failing = store.suspend(suspensionOf(aClient('travel-agent')), now, null, () => {
      throw new Error('no record');
    });
    await expect(failing).rejects.toThrow();
    expect(await store.listSuspensions()).toEqual([]);
    expect(await store.findToken('jti')).toMatchObject({ revokedAt: null });
    const unit = aCommit({ unlessSuspended: [aClient('travel-agent')] });
    expect(await store.commit(unit)).toEqual({ outcome: 'committed' });
  });

  it('lists what is suspended, oldest first, as it was given', async () => {
    const store = await open();
    const all = [
      suspensionOf(aSubject(login, 'ä\u0000\u001a'), { at: 1, reason: null }),
      suspensionOf(aDomain(contoso), { at: 2, author: 'peter' }),
      suspensionOf(aClient('a'), { at: 3 }),
    ];
    for (const one of all.toReversed()) await store.suspend(one, now, null, told('suspended'));
    expect(await store.listSuspensions()).toEqual(all);
    const result = await store.commit(aCommit({ unlessSuspended: [aSubject(login, 'ä\u0000\u001a')] }));
    expect(result).toEqual({ outcome: 'suspended', by: all[0] });
  });

  it('resumes future use and never a revoked token, says so once, and can suspend again', async () => {
    const store = await open();
    await store.commit(aCommit({ issued: aToken('jti') }));
    await suspend(store, aClient('travel-agent'));
    expect(await store.resume(aClient('travel-agent'), aRecord({ traceId: 'resumed' }))).toBe(true);
    expect(await store.resume(aClient('travel-agent'), aRecord({ traceId: 'resumed' }))).toBe(false);
    expect(await store.findAudit('resumed')).toHaveLength(1);
    expect(await store.listSuspensions()).toEqual([]);
    expect(await store.findToken('jti')).toMatchObject({ revokedAt: now });
    const unit = () => aCommit({ unlessSuspended: [aClient('travel-agent')], issued: aToken('next') });
    expect(await store.commit(unit())).toEqual({ outcome: 'committed' });
    expect(await suspend(store, aClient('travel-agent'))).toEqual({ revoked: 1 });
    expect(await store.commit(unit())).toMatchObject({ outcome: 'suspended' });
  });

  it('tells beforehand who holds what, most tokens first', async () => {
    const store = await open();
    const tokens = [
      aToken('1', { clientId: 'few', issuedAt: 5 }),
      aToken('2', { clientId: 'many', issuedAt: 9 }),
      aToken('3', { clientId: 'many', issuedAt: 7 }),
      aToken('4', { clientId: 'many', expiresAt: now }),
      aToken('5', { clientId: 'gone' }),
      aToken('6', { clientId: 'elsewhere', domain: 'fabrikam', lineage: [] }),
    ];
    for (const issued of tokens) await store.commit(aCommit({ issued }));
    await store.commit(aCommit({ revoke: { jti: '5', at: now } }));
    expect(await store.liveTokens(aDomain(contoso), 'contoso', now)).toEqual({
      clients: [
        { clientId: 'many', tokens: 2, newest: 9 },
        { clientId: 'few', tokens: 1, newest: 5 },
      ],
    });
    expect(await store.liveTokens(aClient('elsewhere'), null, now)).toMatchObject({ clients: [{ tokens: 1 }] });
    expect(await store.liveTokens(aSubject(contoso, 'nobody'), null, now)).toEqual({ clients: [] });
  });

  it('survives a restart', async () => {
    const first = await open();
    await suspend(first, aClient('a'));
    await first.close();
    const second = await open();
    expect(await second.commit(aCommit({ unlessSuspended: [aClient('a')] }))).toMatchObject({ outcome: 'suspended' });
  });
}

/** Which of them are revoked, sorted by their ids. */
async function revokedOf(store: Store, tokens: readonly { readonly jti: string }[]): Promise<readonly string[]> {
  const found = await Promise.all(tokens.map(({ jti }) => store.findToken(jti)));
  return found.flatMap((token) => (token?.revokedAt === now ? [token.jti] : [])).sort();
}
