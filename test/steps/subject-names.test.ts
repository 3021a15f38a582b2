// For all inputs: names made by a template tell subjects apart, and hold every claim as it is.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../src/token/claims/subject/template.ts';
import type { Subject } from '../../src/token/types.ts';

const issuer = 'https://login.acme.example';
const subjectWith = (tenant: string, sub: string): Subject => ({
  domain: {
    name: 'login',
    issuer,
    contact: 'x',
    state: 'enforce',
    algorithms: [],
    keys: { find: () => Promise.resolve(undefined) },
  },
  issuer,
  sub,
  claims: { tid: tenant },
  lineage: [issuer],
  conveys: {},
});

describe('identity chaining §2.5: names made by a template', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '|', ':', ' '), minLength: 1, maxLength: 6 });
  const literal = fc.oneof(letters, fc.constantFrom('||', ' - ', '|a|', 'aa', ':a:'));
  const edge = fc.oneof(letters, fc.constant(''));

  it('are never the same for two different subjects', () => {
    fc.assert(
      fc.property(edge, literal, edge, letters, letters, (before, between, after, tenant, sub) => {
        const template = parseTemplate(`${before}{tid}${between}{sub}${after}`);
        const name = template.fill(subjectWith(tenant, sub));
        if (name === undefined) return;
        // Everybody who could have got this name: each way to take it apart.
        const parts = name.slice(before.length, name.length - after.length);
        const splits = Array.from(parts, (_, at) => [parts.slice(0, at), parts.slice(at + between.length)] as const);
        const namesakes = splits.filter(([left, right]) => template.fill(subjectWith(left, right)) === name);
        expect(namesakes).toEqual([[tenant, sub]]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('hold every claim as it is, and are no longer than an identifier may be', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (tenant, sub) => {
        const name = parseTemplate('acme|{tid}|{sub}').fill(subjectWith(tenant, sub));
        if (name === undefined) return;
        expect(name).toBe(`acme|${tenant}|${sub}`);
        expect(name.length).toBeLessThanOrEqual(255);
      }),
    );
  });

  it('come from any text, or the text is no template and says why', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'sub', 'tid', '|', ' ') }), (text) => {
        try {
          expect(parseTemplate(text).claims.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ name: 'Error', message: expect.stringContaining(text) });
        }
      }),
    );
  });
});
