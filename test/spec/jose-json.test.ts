// RFC 8259 and I-JSON (RFC 7493 §2): JSON that has one meaning.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError, parseJson, parseJsonObject } from '../../src/jose/json.ts';
import { limits } from '../../src/protocol/limits.ts';
import { anyCharacter } from '../support/any-text.ts';

const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
const refuses = (text: string | Uint8Array) => expect(() => parseJson(text)).toThrow(JsonError);

describe('RFC 7519 §4, RFC 7493 §2.3: a member name is written once', () => {
  it.each([
    ['at the top', '{"a":1,"a":1}'],
    ['with another in between', '{"a":1,"b":2,"a":3}'],
    ['spelled with an escape', '{"a":1,"\\u0061":2}'],
    ['spelled with two escapes', '{"\\u0061":1,"\\u0061":2}'],
    ['with an escaped slash', '{"/":1,"\\/":2}'],
    ['with an escaped accent', '{"\u00e9":1,"\\u00e9":2}'],
    ['spelled with an escape in an inner object', '{"\\u0061":{"b":1,"\\u0062":2}}'],
    ['in an inner object', '{"x":{"a":1,"a":2}}'],
    ['in an object in a list', '[{"a":1},{"a":1,"a":2}]'],
    ['inside a value that is overwritten', '{"a":{"b":1},"a":{"c":1,"d":2}}'],
    ['with space before the colon', '{"a" \t\r\n:1,"a" :2}'],
    ['when empty', '{"":1,"":2}'],
    ['when it holds a colon', '{"a:b":1,"a:b":2}'],
    ['when it is a number', '{"1":1,"1":2}'],
  ])('refuses one repeated %s', (_, text) => refuses(text));

  it.each([
    ['in two objects', '[{"a":1},{"a":1}]'],
    ['in an object and in the one it holds', '{"a":{"a":{"a":1}}}'],
    ['in another case', '{"a":1,"A":2}'],
    ['as a value', '{"a":"a","b":"a"}'],
    ['in another normal form', '{"\u00e9":1,"e\u0301":2}'],
    ['inside a string', '{"a":"\\"a\\":1,\\"a\\":2","b":":::"}'],
    ['behind a string that ends in backslashes', '{"a":"\\\\","b":"\\\\\\"","c":"\\\\\\\\"}'],
  ])('takes the same name %s', (_, text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it('refuses exactly the texts in which an object repeats a name or has one that needs escapes', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const text = write(value);
        if (repeats(value) || needsEscapes(meaning(value))) refuses(text);
        else expect(parseJson(text)).toEqual(meaning(value));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('RFC 8259 §7: a member name spelled with escapes', () => {
  it.each([
    ['slashes, as PHP writes them', '{"https:\\/\\/example.com\\/x":1}', 'https://example.com/x'],
    ['a letter beyond ASCII, as Python writes it', '{"caf\\u00e9":1}', 'caf\u00e9'],
    ['a surrogate pair', '{"\\ud83d\\ude00":1}', '😀'],
    ['space before the colon', '{ "\\u0061" \n:1}', 'a'],
  ])('is read: %s', (_, text, name) => {
    expect(parseJson(text)).toEqual({ [name]: 1 });
    expect(parseJson(Buffer.from(text))).toEqual({ [name]: 1 });
  });

  it('leaves values as they are', () => {
    const text = '{"\\u0061":"\\"\\u0061\\":\\/","b":["\\\\",{"\\/":"\\n"}],"c":"\\ud83d\\ude00"}';
    expect(parseJson(text)).toEqual({ a: '"a":/', b: ['\\', { '/': '\n' }], c: '😀' });
  });

  it.each(['{"\\"":1}', '{"\\u0022":1}', '{"a\\\\":1}', '{"\\n":1}', '[{"x":{"\\u0000":1}}]'])(
    'is refused when it cannot be written without: %s',
    (text) => {
      expect(() => parseJson(text)).toThrow(new JsonError('a member name has characters that must be escaped'));
    },
  );

  it.each(['{"\\x":1}', '{"\\u0061"::1}', '{"\\u0061" 1:1}', '{\\"a":1}', '{"\\u0061":1', '"\\u0061":1'])(
    'does not make JSON of %s',
    (text) => expect(() => parseJson(text)).toThrow(/^not JSON$/),
  );

  it('is the same name whatever objects V8 has met before', () => {
    const name = fc.constantFrom('', 'a', 'b', 'aud', ':', '/', '\u00e9', '"', '\\', '"\\');
    const member = fc.tuple(name, fc.boolean(), fc.constantFrom<Tree>('', { list: [] }));
    const object = fc.uniqueArray(member, { minLength: 1, maxLength: 4, selector: ([of]) => of });
    fc.assert(
      fc.property(fc.array(object, { minLength: 30, maxLength: 60 }), (objects) => {
        // Read elsewhere, such objects are what made V8 read `\u0062` as the name `\`.
        for (const members of objects) JSON.parse(write({ members }));
        const ours = objects.filter((members) => !needsEscapes(meaning({ members })));
        const read = ours.map((members) => Object.keys(parseJsonObject(write({ members }))));
        expect(read).toEqual(ours.map((members) => members.map(([of]) => of)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('RFC 8259 §7 and §8: texts', () => {
  it.each([
    ['a stray continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character cut short', [0x22, 0xe2, 0x82, 0x22]],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
    ['UTF-16', [0x7b, 0x00, 0x7d, 0x00]],
    ['nothing', []],
  ])('§8.1 refuses %s', (_, bytes) => refuses(Uint8Array.from(bytes)));

  it('§8.1 refuses a byte order mark in a string as well', () => refuses('\ufeff{}'));

  it.each([
    ['escaped, high', '"\\ud800"'],
    ['escaped, low', '"\\udc00"'],
    ['escaped, in the wrong order', '"\\udc00\\ud800"'],
    ['escaped, in a name', '{"\\ud83d":1}'],
    ['raw', '"\ud800"'],
  ])('RFC 7493 §2.1 refuses a lone surrogate: %s', (_, text) => refuses(text));

  it('takes a surrogate pair, escaped or as UTF-8', () => {
    expect(parseJson('"\\ud83d\\ude00"')).toBe('😀');
    expect(parseJson(Buffer.from('"😀"'))).toBe('😀');
  });

  it('reads a view into a larger buffer, not the buffer', () => {
    expect(parseJson(new Uint8Array(Buffer.from('x[1]x')).subarray(1, 4))).toEqual([1]);
  });

  it.each(['{a:1}', "{'a':1}", '{"a":1,}', '{"a":1}x', 'NaN', '01', '"\t"', 'undefined', '{"a":1}{}', '//\n1'])(
    'refuses %j, which is not JSON',
    (text) => refuses(text),
  );
});

describe('what would surprise the code behind', () => {
  it.each(['{"__proto__":1}', '{"\\u005f_proto__":{"admin":true}}', '[{"x":{"__proto__":null}}]'])(
    'refuses a member that could replace a prototype: %s',
    (text) => refuses(text),
  );

  it.each(['1e999', '-1e999', '{"exp":1e400}', '[[1e309]]'])('RFC 7493 §2.2 refuses %s, which is infinite', (text) =>
    refuses(text),
  );

  it('takes the largest finite number', () => expect(parseJson('1.7976931348623157e308')).toBe(Number.MAX_VALUE));

  it('RFC 8259 §9 takes the depth of the limits and refuses one more', () => {
    expect(parseJson(nested(limits.jsonDepth))).toEqual(JSON.parse(nested(limits.jsonDepth)));
    refuses(nested(limits.jsonDepth + 1));
    refuses(`${'{"a":'.repeat(limits.jsonDepth + 1)}1${'}'.repeat(limits.jsonDepth + 1)}`);
  });

  it('survives nesting that would exhaust the stack', () => refuses(nested(500_000)));

  it.each(['[]', 'null', '1', '"{}"', 'true'])('parseJsonObject refuses %s', (text) => {
    expect(() => parseJsonObject(text)).toThrow(JsonError);
  });

  it('parseJsonObject hands back an object', () => expect(parseJsonObject('{"a":[1]}')).toEqual({ a: [1] }));

  it('never quotes the text in its message', () => {
    expect(() => parseJson('{"secret":oops}')).toThrow(/^not JSON$/);
  });
});

describe('for all inputs', () => {
  it('agrees with JSON.parse on what JSON.stringify wrote', () => {
    const value = fc.jsonValue({ maxDepth: 10, stringUnit: anyCharacter });
    fc.assert(
      fc.property(value, (json) => {
        const text = JSON.stringify(json);
        fc.pre(!text.includes('__proto__') && !needsEscapes(json));
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('throws nothing but JsonError', () => {
    const fragment = fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '\\', '"a"', '1', 'e9', '\\u', 'd800', ' ');
    const text = fc.oneof(fc.string({ unit: fragment }), fc.string({ unit: anyCharacter }));
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array()), (input) => {
        try {
          parseJson(input);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** A value whose objects are lists of members, so that names can repeat; `escaped` says how a name is spelled. */
type Tree = string | number | { list: Tree[] } | { members: [name: string, escaped: boolean, value: Tree][] };

/** Few of them need escapes, so that most texts are read. */
const inNames = fc.constantFrom(...':a/\u00e9:a/\u00e9:a/\u00e9:a/\u00e9:a/\u00e9"\\');

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'tree' },
    fc.string({ unit: fc.constantFrom('"', '\\', ':', 'a', ',') }),
    fc.integer(),
    fc.record({ list: fc.array(tie('tree'), { maxLength: 3, depthIdentifier: 'tree' }) }),
    fc.record({
      members: fc.array(fc.tuple(fc.string({ unit: inNames, maxLength: 2 }), fc.boolean(), tie('tree')), {
        maxLength: 4,
        depthIdentifier: 'tree',
      }),
    }),
  ),
}));

const inEscapes = (name: string) =>
  `"${[...name].map((character) => `\\u00${character.charCodeAt(0).toString(16)}`).join('')}"`;

function write(value: Tree): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  if ('list' in value) return `[${value.list.map(write).join(' , ')}]`;
  const members = value.members.map(([name, escaped, member]) => {
    return `${escaped ? inEscapes(name) : JSON.stringify(name)}\n: ${write(member)}`;
  });
  return `{ ${members.join(',')} }`;
}

function repeats(value: Tree): boolean {
  if (typeof value !== 'object') return false;
  if ('list' in value) return value.list.some(repeats);
  const names = value.members.map(([name]) => name);
  return new Set(names).size < names.length || value.members.some(([, , member]) => repeats(member));
}

/** The value without JSON.parse; the last of equal names stays. */
function meaning(value: Tree): unknown {
  if (typeof value !== 'object') return value;
  if ('list' in value) return value.list.map(meaning);
  return Object.fromEntries(value.members.map(([name, , member]) => [name, meaning(member)]));
}

/** Whether a member name in it has a quote, a backslash or a control character. */
function needsEscapes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(needsEscapes);
  return Object.entries(value).some(
    ([name, member]) =>
      [...name].some((character) => character < ' ' || '"\\'.includes(character)) || needsEscapes(member),
  );
}
