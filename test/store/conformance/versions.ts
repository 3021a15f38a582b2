// Conformance: the configuration as numbered versions, added by whoever read the newest.

import { expect, it } from 'vitest';
import type { Open } from '../database.ts';
import { aRecord, aVersion } from '../samples.ts';

export function versions(open: Open): void {
  it('counts from 1, and gives back what was given', async () => {
    const store = await open();
    expect(await store.currentVersion()).toBeUndefined();
    const first = aVersion({ files: { 'crossgrant.yaml': 'issuer: a', 'domains/b.yaml': 'ä\n', __proto__: 'x' } });
    const second = aVersion({ author: 'peter', note: 'ticket 8', digest: 'd2', at: 5 });
    expect(await store.addVersion(first, null, aRecord())).toBe(1);
    expect(await store.addVersion(second, 1, aRecord())).toBe(2);
    expect(await store.currentVersion()).toEqual({ ...second, version: 2 });
    expect(await store.findVersion(1)).toEqual({ ...first, version: 1 });
    expect(await store.findVersion(3)).toBeUndefined();
  });

  it('lists the newest first, without files, as many as asked for', async () => {
    const store = await open();
    for (const n of [0, 1, 2]) await store.addVersion(aVersion({ at: n }), n === 0 ? null : n, aRecord());
    const { files, ...entry } = aVersion();
    expect(await store.listVersions(2)).toEqual([
      { ...entry, at: 2, version: 3 },
      { ...entry, at: 1, version: 2 },
    ]);
  });

  it.each([
    ['there is none', null],
    ['it is a later one', 3],
    ['it was the newest once', 1],
  ])('adds nothing when the caller believes of the newest that %s', async (_, believed) => {
    const store = await open();
    await store.addVersion(aVersion(), null, aRecord());
    await store.addVersion(aVersion(), 1, aRecord());
    expect(await store.addVersion(aVersion(), believed, aRecord({ traceId: 'late' }))).toBeUndefined();
    expect(await store.listVersions(10)).toHaveLength(2);
    expect(await store.findAudit('late')).toEqual([]);
  });

  it('lets one of many processes add the next, with its record', async () => {
    const stores = await Promise.all([open(), open(), open()]);
    const added = await Promise.all(
      stores.map((store, at) =>
        store.addVersion(aVersion({ author: String(at) }), null, aRecord({ traceId: 'added', client: String(at) })),
      ),
    );
    expect(added.filter((version) => version === 1)).toHaveLength(1);
    expect(added.filter((version) => version === undefined)).toHaveLength(2);
    const winner = String(added.indexOf(1));
    expect(await stores[0]?.currentVersion()).toMatchObject({ version: 1, author: winner });
    expect((await stores[0]?.findAudit('added'))?.map(({ record }) => record.client)).toEqual([winner]);
  });

  it('takes ten thousand files, and keeps a text once that versions share', async () => {
    const store = await open();
    const files = (changed: string) =>
      Object.fromEntries(
        Array.from({ length: 10_000 }, (_, n) => [
          `domains/d${n}.yaml`,
          n === 7 ? changed : `# ${n}\n${'x'.repeat(100)}`,
        ]),
      );
    expect(await store.addVersion(aVersion({ files: files('one') }), null, aRecord())).toBe(1);
    expect(await store.addVersion(aVersion({ files: files('two') }), 1, aRecord())).toBe(2);
    expect((await store.findVersion(1))?.files).toEqual(files('one'));
    expect((await store.currentVersion())?.files).toEqual(files('two'));
  });

  it('takes a version without files, and text of any kind', async () => {
    const store = await open();
    await store.addVersion(aVersion({ files: {} }), null, aRecord());
    expect((await store.currentVersion())?.files).toEqual({});
    const files = { 'a\u0000b': 'c\u0000d', empty: '' };
    await store.addVersion(aVersion({ files }), 1, aRecord());
    expect((await store.currentVersion())?.files).toEqual(files);
  });
}
