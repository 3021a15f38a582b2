// RFC 8785: one text per JSON value, the form that audit hashes cover.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../src/audit/canonical.ts';

type Vectors = {
  readonly vectors: readonly {
    readonly id: string;
    readonly input: string;
    readonly output: string;
    readonly utf8hex: string;
  }[];
  readonly numbers: readonly { readonly ieee754_hex: string; readonly canonical: string | null }[];
};
const file = new URL('../../fixtures/vectors/jcs-rfc8785.json', import.meta.url);
const { vectors, numbers }: Vectors = JSON.parse(readFileSync(file, 'utf8'));

const fromBits = (hex: string) => Buffer.from(hex, 'hex').readDoubleBE();
const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, shuffled(member)]),
  );
};

describe('RFC 8785', () => {
  it.each(vectors)('§3.2 test data: $id', ({ input, output, utf8hex }) => {
    const text = canonicalize(JSON.parse(input));
    expect(text).toBe(output);
    expect(Buffer.from(text).toString('hex')).toBe(utf8hex);
  });

  it.each(numbers.filter(({ canonical }) => canonical !== null))(
    'Appendix B: $ieee754_hex is $canonical',
    ({ ieee754_hex, canonical }) => {
      expect(canonicalize(fromBits(ieee754_hex))).toBe(canonical);
    },
  );

  it.each(numbers.filter(({ canonical }) => canonical === null))(
    'Appendix B: $ieee754_hex is no JSON number',
    ({ ieee754_hex }) => {
      expect(() => canonicalize({ a: [fromBits(ieee754_hex)] })).toThrow(TypeError);
    },
  );

  it('§3.2.3 orders by UTF-16 code units, at every depth', () => {
    expect(canonicalize({ b: [{ '\ufb33': 1, '\u{1f602}': 2 }], a: 3 })).toBe(
      '{"a":3,"b":[{"\u{1f602}":2,"\ufb33":1}]}',
    );
  });

  it('§3.2.2 is the same for every order of members, and means the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const value: unknown = JSON.parse(JSON.stringify(json));
        const text = canonicalize(value);
        expect(JSON.parse(text)).toEqual(value);
        expect(canonicalize(shuffled(value))).toBe(text);
        expect(canonicalize(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('leaves out members that are undefined, and keeps one named __proto__', () => {
    expect(canonicalize({ a: undefined, b: null })).toBe('{"b":null}');
    expect(canonicalize(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });

  it('writes half a surrogate pair as an escape, because the record of a hostile token must be kept', () => {
    expect(canonicalize('\ud800')).toBe('"\\ud800"');
  });

  it.each([[undefined], [[undefined]], [1n], [() => 1], [Symbol('a')]])('refuses what JSON cannot say: %o', (value) => {
    expect(() => canonicalize(value)).toThrow(TypeError);
  });
});
