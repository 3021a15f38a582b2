// Conformance: what processes say of themselves, what is remembered of partners, what is counted.

import { expect, it } from 'vitest';
import { mostUnapproved } from '../../../src/store/partners.ts';
import { forgetProcessAfter } from '../../../src/store/processes.ts';
import type { PinnedKey, ProcessReport, UsageCount } from '../../../src/store/store.ts';
import type { Open } from '../database.ts';
import { aRecord } from '../samples.ts';

function aReport(id: string, changes: Partial<ProcessReport> = {}): ProcessReport {
  return {
    id,
    host: 'broker-1',
    pid: 42,
    startedAt: 1000,
    seenAt: 2000,
    version: null,
    digest: 'd',
    suspensions: 0,
    problem: null,
    ...changes,
  };
}

export function processes(open: Open): void {
  it('lists processes by their start, each as it last said', async () => {
    const [here, there] = [await open(), await open()];
    await here.beat(aReport('b', { startedAt: 1 }));
    await there.beat(aReport('a', { startedAt: 2 }));
    const later = aReport('b', { startedAt: 1, seenAt: 3000, version: 7, suspensions: 2, problem: 'no "keys"' });
    await here.beat(later);
    expect(await there.listProcesses(0)).toEqual([later, aReport('a', { startedAt: 2 })]);
  });

  it('leaves out who was not seen since, and who ended', async () => {
    const store = await open();
    for (const [id, seenAt] of [
      ['old', 1999],
      ['seen', 2000],
      ['ended', 3000],
    ] as const)
      await store.beat(aReport(id, { seenAt }));
    await store.endProcess('ended');
    expect((await store.listProcesses(2000)).map(({ id }) => id)).toEqual(['seen']);
  });

  it('forgets who died without a word, after a day', async () => {
    const store = await open();
    await store.beat(aReport('dead', { seenAt: 1000 }));
    await store.beat(aReport('alive', { seenAt: 1000 + forgetProcessAfter }));
    expect(await store.listProcesses(0)).toHaveLength(2);
    await store.beat(aReport('alive', { seenAt: 1001 + forgetProcessAfter }));
    expect((await store.listProcesses(0)).map(({ id }) => id)).toEqual(['alive']);
  });
}

function aPin(thumbprint: string, firstSeen = 1): Omit<PinnedKey, 'approvedAt' | 'approvedBy'> {
  return { issuer: 'https://as.contoso.example', kid: `kid of ${thumbprint}`, thumbprint, jwk: '{}', firstSeen };
}

export function partners(open: Open): void {
  it('keeps the last good keys of a place over a restart', async () => {
    const first = await open();
    const keys = { place: 'https://a.example/jwks', jwks: '{"keys":[]}', fetchedAt: 1, changedAt: null };
    await first.savePartnerKeys(keys);
    await first.savePartnerKeys({ ...keys, place: 'https://b.example/jwks' });
    const newer = { ...keys, jwks: '{"keys":[1]}', fetchedAt: 2, changedAt: 2 };
    await first.savePartnerKeys(newer);
    await first.close();
    const second = await open();
    expect(await second.findPartnerKeys(keys.place)).toEqual(newer);
    expect(await second.findPartnerKeys('https://b.example/jwks')).toMatchObject({ fetchedAt: 1, changedAt: null });
    expect(await second.findPartnerKeys('https://c.example/jwks')).toBeUndefined();
  });

  it('notes a key once, for whomever sees it first', async () => {
    const [here, there] = [await open(), await open()];
    const noted = await Promise.all([here.notePinnedKey(aPin('a')), there.notePinnedKey({ ...aPin('a'), jwk: '{}' })]);
    expect(noted.filter(Boolean)).toHaveLength(1);
    expect(await here.notePinnedKey({ ...aPin('a', 9), kid: 'renamed' })).toBe(false);
    expect(await here.notePinnedKey({ ...aPin('a'), issuer: 'https://other.example' })).toBe(true);
    expect(await there.listPinnedKeys(aPin('a').issuer)).toEqual([
      { ...aPin('a'), approvedAt: null, approvedBy: null },
    ]);
  });

  it('approves the keys it is told, with one record, and leaves those of others', async () => {
    const store = await open();
    for (const [at, thumbprint] of ['a', 'b', 'c'].entries()) await store.notePinnedKey(aPin(thumbprint, at));
    await store.notePinnedKey({ ...aPin('a'), issuer: 'https://other.example' });
    const { issuer } = aPin('a');
    const record = aRecord({ traceId: 'approved' });
    expect(await store.approveKeys(issuer, ['a', 'c', 'unknown'], 'olga', 5, record)).toBe(2);
    expect(await store.listPinnedKeys(issuer)).toMatchObject([
      { thumbprint: 'a', approvedAt: 5, approvedBy: 'olga' },
      { thumbprint: 'b', approvedAt: null, approvedBy: null },
      { thumbprint: 'c', approvedAt: 5, approvedBy: 'olga' },
    ]);
    expect(await store.listPinnedKeys('https://other.example')).toMatchObject([{ approvedAt: null }]);
    expect(await store.approveKeys(issuer, ['a'], 'peter', 9, record)).toBe(0);
    expect(await store.approveKeys(issuer, [], 'peter', 9, record)).toBe(0);
    expect(await store.listPinnedKeys(issuer)).toMatchObject([{ approvedBy: 'olga' }, {}, {}]);
    expect(await store.findAudit('approved')).toHaveLength(1);
  });

  it('is not filled by an issuer that makes up keys: the oldest that wait make room, approved ones stay', async () => {
    const store = await open();
    const { issuer } = aPin('approved');
    await store.notePinnedKey(aPin('approved', 0));
    await store.approveKeys(issuer, ['approved'], 'olga', 5, aRecord());
    for (let n = 1; n <= mostUnapproved + 2; n += 1) await store.notePinnedKey(aPin(`t${n}`, n));
    const kept = (await store.listPinnedKeys(issuer)).map(({ thumbprint }) => thumbprint);
    expect(kept).toHaveLength(mostUnapproved + 1);
    expect(kept.slice(0, 2)).toEqual(['approved', 't3']);
  });

  it('changes of a state what is given, and lists states by name', async () => {
    const store = await open();
    await store.savePartnerState({ domain: 'contoso', fetchedAt: 1, clockOffsetMs: -7 });
    await store.savePartnerState({ domain: 'acme' });
    await store.savePartnerState({ domain: 'contoso', failedAt: 2, error: 'status 503' });
    const contoso = {
      domain: 'contoso',
      fetchedAt: 1,
      failedAt: 2,
      error: 'status 503',
      clockOffsetMs: -7,
      exchangedAt: null,
      keysChangedAt: null,
    };
    expect(await store.listPartnerStates()).toMatchObject([{ domain: 'acme', fetchedAt: null }, contoso]);
    await store.savePartnerState({ domain: 'contoso', fetchedAt: 3, error: null, exchangedAt: 4, keysChangedAt: 5 });
    expect((await store.listPartnerStates())[1]).toEqual({
      ...contoso,
      fetchedAt: 3,
      error: null,
      exchangedAt: 4,
      keysChangedAt: 5,
    });
  });
}

function aCount(changes: Partial<UsageCount> = {}): UsageCount {
  return {
    day: '2026-11-26',
    domain: 'contoso',
    rule: 'contoso.send',
    client: 'travel-agent',
    scope: 'calendar.read',
    outcome: 'granted',
    count: 1,
    lastAt: 10,
    ...changes,
  };
}

export function counting(open: Open): void {
  it('adds up what many processes count', async () => {
    const stores = await Promise.all([open(), open()]);
    const others = [aCount({ scope: '' }), aCount({ outcome: 'policy.no_rule', count: 5 })];
    await Promise.all(
      stores.flatMap((store) =>
        Array.from({ length: 10 }, (_, n) => store.addUsage([aCount({ count: 2, lastAt: n }), ...others])),
      ),
    );
    expect(await stores[0]?.usageSince('2026-11-26')).toEqual([
      aCount({ scope: '', count: 20 }),
      aCount({ count: 40, lastAt: 9 }),
      aCount({ outcome: 'policy.no_rule', count: 100 }),
    ]);
  });

  it('takes the same thing twice at once, a great many, and none', async () => {
    const store = await open();
    await store.addUsage([]);
    await store.addUsage([aCount({ lastAt: 12 }), aCount({ count: 3, lastAt: 11 }), aCount({ day: '2026-11-25' })]);
    expect(await store.usageSince('2026-11-26')).toEqual([aCount({ count: 4, lastAt: 12 })]);
    await store.addUsage(Array.from({ length: 5000 }, (_, n) => aCount({ day: '2026-11-27', client: String(n) })));
    expect(await store.usageSince('2026-11-27')).toHaveLength(5000);
  });

  it('is read from a day on, and swept before one', async () => {
    const store = await open();
    const days = ['2026-09-30', '2026-10-01', '2026-11-01'];
    await store.addUsage(days.map((day) => aCount({ day })));
    const read = async (since: string) => (await store.usageSince(since)).map(({ day }) => day);
    expect(await read('2026-10-01')).toEqual(days.slice(1));
    expect(await store.sweepUsage('2026-10-01')).toBe(1);
    expect(await store.sweepUsage('2026-10-01')).toBe(0);
    expect(await read('')).toEqual(days.slice(1));
  });
}

export function foreignTokens(open: Open): void {
  it('are found by every process, and swept when they have ended', async () => {
    const [here, there] = [await open(), await open()];
    await here.keepForeignToken({ jti: 'a', sealed: 'sealed a', expiresAt: 1000 });
    await here.keepForeignToken({ jti: 'b', sealed: 'sealed b', expiresAt: 2000 });
    expect(await there.findForeignToken('a')).toEqual({ jti: 'a', sealed: 'sealed a', expiresAt: 1000 });
    expect(await there.sweep(1001, 100)).toBe(1);
    expect(await here.findForeignToken('a')).toBeUndefined();
    expect(await here.findForeignToken('b')).toBeDefined();
    expect(await there.sweep(1001, 100)).toBe(0);
  });

  it('leave in bites', async () => {
    const store = await open();
    for (const jti of ['a', 'b', 'c']) await store.keepForeignToken({ jti, sealed: 'x', expiresAt: 1 });
    expect([await store.sweep(2, 2), await store.sweep(2, 2), await store.sweep(2, 2)]).toEqual([2, 1, 0]);
  });
}
