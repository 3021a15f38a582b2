// Decisions over a batch are those of units that come one by one, and names come back as they were written.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, linksOf, type Wish } from '../../src/store/postgres/decide.ts';
import { readText, writeText } from '../../src/store/postgres/text.ts';
import type { CommitResult, SubjectLink } from '../../src/store/store.ts';
import { suspensionsIn } from '../../src/store/suspended.ts';
import { anyCharacter } from '../support/any-text.ts';
import { aClient, aLink, aSpend, suspensionOf } from './samples.ts';

/** A store as simple as can be: what is spent, and who is linked to whom. */
function oneByOne(wishes: readonly Wish[], spentBefore: readonly string[], linkedBefore: readonly SubjectLink[]) {
  const spent = new Set(spentBefore);
  const links = [...linkedBefore];
  const results = wishes.map(({ named = [], spends, link }): CommitResult => {
    const [by] = named.flatMap(({ name }) => suspended.filter((one) => one.name === name));
    if (by) return { outcome: 'suspended', by };
    const before = new Set(spent);
    for (const { spend, digest } of spends) {
      if (before.has(digest)) return { outcome: 'replayed', spent: spend };
      before.add(digest);
    }
    const met = links.filter((one) => one.sub === link?.sub || one.localSubject === link?.localSubject);
    const same = met.some((one) => one.sub === link?.sub && one.localSubject === link?.localSubject);
    if (met.length > 0 && !same) return { outcome: 'link_conflict' };
    for (const digest of before) spent.add(digest);
    if (link && !same) links.push(link);
    return { outcome: 'committed' };
  });
  return { results, spent, links };
}

const suspended = [suspensionOf(aClient('c1')), suspensionOf(aClient('c2'))];

const digest = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const link = fc
  .record({ sub: fc.constantFrom('s1', 's2', 's3'), localSubject: fc.constantFrom('l1', 'l2', 'l3') })
  .map(aLink);
const client = fc.constantFrom('c1', 'c2', 'c3', 'c4').map(aClient);
const wish = fc.record({
  named: fc.option(fc.array(client, { maxLength: 2 }), { nil: undefined }),
  spends: fc.array(digest, { maxLength: 3 }).map((all) => all.map((id) => ({ spend: aSpend(id), digest: id }))),
  link: fc.option(link, { nil: undefined }),
});
/** Links that can be in a store together. */
const linked = fc.uniqueArray(link, {
  comparator: (one, other) => one.sub === other.sub || one.localSubject === other.localSubject,
});

describe('decisions over a batch', () => {
  it('are those of units that come one by one', () => {
    const property = fc.property(
      fc.array(wish),
      fc.uniqueArray(digest),
      linked,
      (wishes, spentBefore, linkedBefore) => {
        const expected = oneByOne(wishes, spentBefore, linkedBefore);
        const fresh = new Set(wishes.flatMap(({ spends }) => spends.map((one) => one.digest)));
        for (const one of spentBefore) fresh.delete(one);
        const { results, taken, newLinks } = decide(wishes, {
          fresh,
          links: linksOf(linkedBefore),
          findSuspension: suspensionsIn(suspended),
        });
        expect(results).toEqual(expected.results);
        expect(new Set([...spentBefore, ...taken])).toEqual(expected.spent);
        expect([...linkedBefore, ...newLinks]).toEqual(expected.links);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});

describe('names', () => {
  const codeUnits = fc
    .array(fc.constantFrom(0, 0x1a, 0x41, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfffd, 0x30, 0x64), { maxLength: 12 })
    .map((units) => String.fromCharCode(...units));

  it('come back as they were, and are written in what PostgreSQL and UTF-8 can hold', () => {
    const property = fc.property(fc.oneof(codeUnits, fc.string({ unit: anyCharacter })), (name) => {
      const written = writeText(name);
      expect(written).not.toContain('\0');
      expect(Buffer.from(written).toString()).toBe(written);
      expect(readText(written)).toBe(name);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('are written as they are when nothing is odd about them', () => {
    for (const name of ['alice@acme.example', 'DOMAIN\\bob', 'Ünïcödé 🜚', "'; DROP TABLE audit; --"]) {
      expect(writeText(name)).toBe(name);
    }
  });
});
