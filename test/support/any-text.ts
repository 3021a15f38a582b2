// Any character there is, for texts of properties. fast-check's own `unit: 'binary'` means the same, and lays out a table of them all
// before it makes the first: a second, and memory that every worker keeps.

import fc from 'fast-check';

const surrogates = { first: 0xd800, count: 0x800 };

/** The unit of `fc.string`: every code point but surrogates, which are no characters alone. */
export const anyCharacter: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10ffff - surrogates.count })
  .map(characterAt, placeOf);

function characterAt(place: number): string {
  return String.fromCodePoint(place < surrogates.first ? place : place + surrogates.count);
}

/** With the way back fast-check can mix in texts that are known for trouble, `__proto__` among them, and make them smaller. */
function placeOf(character: unknown): number {
  if (typeof character !== 'string') throw new Error('not a text');
  const code = character.codePointAt(0) ?? 0;
  const place = code < surrogates.first ? code : code - surrogates.count;
  if (characterAt(place) !== character) throw new Error('not one character');
  return place;
}
