// The negative corpus at our own brokers: every bad token is refused for exactly the reason the catalogue gives, every good one is taken.

import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  badOf,
  badTokens,
  catalogueText,
  controls,
  type Kind,
  kinds,
  type Result,
  runCorpus,
} from '../../src/corpus/index.ts';
import { refusalRow } from '../../src/protocol/refusals.ts';
import { type CorpusWorld, openCorpusWorld } from '../support/corpus-world.ts';

let world: CorpusWorld;
beforeAll(async () => {
  world = await openCorpusWorld();
});
afterAll(() => world.domains.stop());

describe.each(Object.keys(kinds) as Kind[])('%s', (kind) => {
  const good = controls.filter((entry) => entry.kind === kind);
  const bad = badOf(kind);
  let results: ReadonlyMap<string, Result>;
  beforeAll(async () => {
    const all = await runCorpus([...good, ...bad], world.target(kind), { concurrency: 4 });
    results = new Map(all.map((result) => [result.entry.id, result]));
    // Some 250 requests each: on a busy machine more than a hook is given.
  }, 60_000);

  it.each(good.filter(({ reason }) => reason === undefined))('$id is taken', ({ id }) => {
    expect(results.get(id)).toMatchObject({ outcome: 'accepted', status: 200, error: null });
  });

  it.each(good.filter(({ reason }) => reason !== undefined))('$id is more than we take', ({ id, reason }) => {
    expect(results.get(id)).toMatchObject({ outcome: 'refused', status: 400 });
    expect(world.reason(results.get(id)?.trace)).toBe(reason);
  });

  it.each(bad)('$id is refused', ({ id, reason }) => {
    const { outcome, status, error, why, trace } = results.get(id) ?? expect.fail();
    expect({ outcome, why, reason: world.reason(trace) }).toEqual({ outcome: 'refused', why: undefined, reason });
    const row = refusalRow(reason ?? 'internal');
    expect(status).toBe(row.status);
    expect([row.error, row.errorInGrantProfile]).toContain(error);
  });
});

describe.each(['RS256', 'EdDSA'] as const)('grants of an issuer that signs with %s', (alg) => {
  const entries = badOf('id_jag').filter(({ id, needs }) => /\/(alg|sig|key)\//.test(id) && !needs.includes('ecdsa'));

  it('are refused for the same reasons: what stands for a key of others has the same algorithm', async () => {
    const other = await openCorpusWorld({ alg });
    try {
      const results = await runCorpus(entries, other.target('id_jag'), { concurrency: 4 });
      const told = results.map(({ entry: { id }, outcome, trace }) => [id, outcome, other.reason(trace)]);
      expect(told).toEqual(entries.map(({ id, reason }) => [id, 'refused', reason]));
    } finally {
      await other.domains.stop();
    }
  });
});

describe('the catalogue', () => {
  it('has at least 150 defects, each told apart by its name', () => {
    expect(new Set(badTokens.map(({ id }) => id)).size).toBe(badTokens.length);
    expect(new Set(badTokens.map(({ id, kind }) => id.slice(kind.length))).size).toBeGreaterThan(150);
  });

  it('is published as data as it is', async () => {
    const file = new URL('../../fixtures/corpus/catalogue.json', import.meta.url);
    const current = catalogueText();
    if (process.env['UPDATE_CORPUS']) await writeFile(file, current);
    else expect(await readFile(file, 'utf8'), 'run: npm run corpus').toBe(current);
  });
});

describe('what is taken on purpose', () => {
  let lenient: CorpusWorld;
  beforeAll(async () => {
    lenient = await openCorpusWorld({ manner: 'lenient' });
  });
  afterAll(() => lenient.domains.stop());

  it.each(badTokens.filter(({ takenWith }) => takenWith !== undefined))('$id with $takenWith', async (entry) => {
    const [result] = await runCorpus([entry], lenient.target(entry.kind));
    const scopeLeftOut = entry.harmless === undefined ? undefined : 'it granted, without what was asked beyond';
    expect(result).toMatchObject({ outcome: scopeLeftOut ? 'refused' : 'accepted', status: 200 });
    expect(result?.why).toBe(scopeLeftOut);
  });
});
