// RFC 7515 §2, RFC 4648 §5: base64url in exactly one spelling.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64url, encodeBase64url } from '../../src/jose/base64url.ts';
import { anyCharacter } from '../support/any-text.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 §3.3 to §3.5 written down once more: alphabet, possible length, zero bits at the end. */
function isCanonical(text: string): boolean {
  if ([...text].some((character) => !alphabet.includes(character))) return false;
  const last = alphabet.indexOf(text.at(-1) ?? 'A');
  const unusedBits = [0, 8, 4, 2][text.length % 4] ?? 0;
  return text.length % 4 !== 1 && (unusedBits === 0 || last % (unusedBits === 4 ? 16 : 4) === 0);
}

describe('RFC 7515 §2 base64url', () => {
  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foobar', 'Zm9vYmFy'],
    ['ü?>', 'w7w_Pg'],
  ])('RFC 4648 §10 %j is %j', (text, encoded) => {
    expect(encodeBase64url(text)).toBe(encoded);
    expect(decodeBase64url(encoded)?.toString('utf8')).toBe(text);
  });

  it.each([
    ['padding', 'Zg=='],
    ['one padding character', 'Zm8='],
    ['the alphabet of plain base64', 'w7w/Pg'],
    ['a plus sign', 'Zm+v'],
    ['a space inside', 'Zm 9v'],
    ['a line feed at the end', 'Zm9v\n'],
    ['a tab in front', '\tZm9v'],
    ['a NUL', 'Zm9v\0'],
    ['a character that is no base64', 'Zm9*'],
    ['a character whose low byte is base64', 'Zm9\u0176'],
    ['a single character', 'Z'],
    ['one character too many', 'Zm9vZ'],
    ['non-zero trailing bits after one byte', 'Zh'],
    ['non-zero trailing bits after two bytes', 'Zm9'],
    ['a dot', 'Zm9v.'],
  ])('RFC 4648 §3 refuses %s', (_, text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });

  it('reads back what it wrote, for all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('encodes a view into a larger buffer, not the buffer', () => {
    expect(encodeBase64url(new Uint8Array(Buffer.from('xfoox')).subarray(1, 4))).toBe('Zm9v');
  });

  it('reads exactly the canonical texts', () => {
    const character = fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...alphabet) },
      { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 1, unit: anyCharacter }) },
    );
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 9 }), (text) => {
        expect(decodeBase64url(text) !== undefined).toBe(isCanonical(text));
      }),
      { numRuns: 3000 },
    );
  });
});
