// RFC 7515 §3.1, §4.1, §5.2, §7.1: compact tokens, strictly decoded, verified and made.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignatureAlgorithm, signatureAlgorithms } from '../../src/jose/algorithms.ts';
import { encodeBase64url } from '../../src/jose/base64url.ts';
import { generateSigningJwk, importPrivateJwk, importPublicJwk, type SigningKey } from '../../src/jose/jwk.ts';
import { decodeCompact, decodeJws, JwsError, type JwsFault, signJws, verifyJws } from '../../src/jose/jws.ts';
import { limits } from '../../src/protocol/limits.ts';
import { anyCharacter } from '../support/any-text.ts';
import { signingJwk } from '../support/signing-jwk.ts';

const keys = new Map(signatureAlgorithms.map((alg) => [alg, importPrivateJwk(signingJwk(alg), alg, 'k1')]));
const key = importPrivateJwk(generateSigningJwk('ES256'), 'ES256', 'k1');
const token = signJws({ typ: 'jwt' }, { sub: 'alice' }, key);
const [header = '', payload = '', signature = ''] = token.split('.');

const publicOf = (signing: SigningKey) => importPublicJwk(signing.publicJwk);
const withHeader = (members: object) => `${encodeBase64url(JSON.stringify(members))}.${payload}.${signature}`;
const faults = (fault: JwsFault) => expect.objectContaining({ name: 'JwsError', fault });
const refuses = (text: string, fault: JwsFault) => expect(() => decodeJws(text)).toThrow(faults(fault));

describe('RFC 7515 §5 what we sign we can read', () => {
  it.each([...keys])('%s', (alg, signing) => {
    const claims = { iss: 'https://a.example', n: 1.5, list: ['ü', null, true], inner: { a: { b: {} } } };
    const jws = decodeJws(signJws({ typ: 'at+jwt' }, claims, signing));
    verifyJws(jws, publicOf(signing));
    expect(jws.claims).toEqual(claims);
    expect(jws.header).toEqual({ alg, typ: 'at+jwt', kid: 'k1' });
  });

  it('writes the header as alg, typ, kid, and no typ when there is none', () => {
    const written = (text: string) => Buffer.from(text.split('.')[0] ?? '', 'base64url').toString();
    expect(written(token)).toBe('{"alg":"ES256","typ":"jwt","kid":"k1"}');
    expect(written(signJws({}, {}, key))).toBe('{"alg":"ES256","kid":"k1"}');
  });

  it.each([...keys])('%s refuses a signature with any one bit changed', (_, signing) => {
    const jws = decodeJws(signJws({}, { sub: 'alice' }, signing));
    fc.assert(
      fc.property(fc.nat({ max: jws.signature.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(jws.signature);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(() => verifyJws({ ...jws, signature: changed }, publicOf(signing))).toThrow(faults('signature'));
      }),
      { numRuns: 20 },
    );
  });

  it.each([...keys])('%s refuses a signature that is shorter, longer or empty', (_, signing) => {
    const jws = decodeJws(signJws({}, { sub: 'alice' }, signing));
    const zero = Buffer.from([0]);
    const { signature: good } = jws;
    for (const bad of [
      good.subarray(1),
      good.subarray(0, -1),
      Buffer.concat([good, zero]),
      Buffer.concat([zero, good]),
    ]) {
      expect(() => verifyJws({ ...jws, signature: bad }, publicOf(signing))).toThrow(faults('signature'));
    }
    expect(() => verifyJws({ ...jws, signature: Buffer.alloc(0) }, publicOf(signing))).toThrow(faults('signature'));
  });

  it('RFC 8017 §8.1.2 step 1 refuses an RSA signature without its leading zero', () => {
    const signing = keys.get('PS256') ?? key;
    let jws = decodeJws(signJws({}, { n: 0 }, signing));
    for (let n = 1; jws.signature[0] !== 0; n++) jws = decodeJws(signJws({}, { n }, signing));
    verifyJws(jws, publicOf(signing));
    const short = { ...jws, signature: jws.signature.subarray(1) };
    expect(() => verifyJws(short, publicOf(signing))).toThrow(faults('signature'));
  });

  it('refuses the signature of another key', () => {
    const other = importPrivateJwk(generateSigningJwk('ES256'), 'ES256', 'k1');
    expect(() => verifyJws(decodeJws(token), publicOf(other))).toThrow(faults('signature'));
  });

  it('RFC 7515 §10.7 refuses a key that is not for the alg of the header', () => {
    for (const [alg, signing] of keys) {
      if (alg === 'ES256') continue;
      expect(() => verifyJws(decodeJws(token), publicOf(signing))).toThrow(faults('algorithm'));
    }
  });
});

describe('RFC 7515 §4.1.1, rfc8725bis §3.1 the algorithm', () => {
  const names = ['none', 'None', 'NONE', '', 'HS256', 'HS384', 'HS512', 'es256', 'ES256 ', 'ES256K', 'ES521', 'Ed448'];
  const others = ['RS1', 'RSA1_5', 'dir', 'constructor', '__proto__', 'toString', 'hasOwnProperty'];

  it.each([...names, ...others])('%j is refused', (alg) => {
    expect(isSignatureAlgorithm(alg)).toBe(false);
    refuses(withHeader({ alg }), 'algorithm');
  });

  it.each([[undefined], [null], [1], [['ES256']], [{ alg: 'ES256' }], [true]])('%j is refused', (alg) => {
    expect(isSignatureAlgorithm(alg)).toBe(false);
    refuses(withHeader({ typ: 'jwt', alg }), 'algorithm');
  });

  it('RFC 7519 §6 an unsecured token is refused for its alg, whatever follows', () => {
    refuses(`${encodeBase64url('{"alg":"none"}')}.${payload}.`, 'algorithm');
  });
});

describe('RFC 7515 §4.1 header members', () => {
  it.each([
    ['RFC 7515 §4.1.11 crit', { crit: ['exp'], exp: 1 }],
    ['an empty crit', { crit: [] }],
    ['a crit that is null', { crit: null }],
    ['RFC 7797 §7 b64', { b64: false, crit: ['b64'] }],
    ['b64 at its default', { b64: true }],
    ['zip', { zip: 'DEF' }],
    ['a kid that is no string', { kid: 7 }],
    ['a kid that is null', { kid: null }],
    ['a typ that is no string', { typ: ['jwt'] }],
  ])('%s is refused', (_, members) => refuses(withHeader({ alg: 'ES256', ...members }), 'header'));

  it('RFC 7515 §4.1.2 to §4.1.8 jwk, jku, x5u, x5c and unknown members are neither refused nor used', () => {
    const members = { jwk: {}, jku: 'https://evil.example', x5u: 'https://evil.example', x5c: [], x5t: 'AA', other: 1 };
    const jws = decodeJws(withHeader({ alg: 'ES256', ...members }));
    expect(jws.header).toMatchObject(members);
    expect(() => verifyJws(jws, publicOf(key))).toThrow(faults('signature'));
  });
});

describe('RFC 7515 §7.1 the form', () => {
  const object = (text: string | Uint8Array) => encodeBase64url(text);
  const es256 = object('{"alg":"ES256"}');

  it.each([
    ['nothing', ''],
    ['dots alone', '..'],
    ['one segment', header],
    ['two segments', `${header}.${payload}`],
    ['four segments', `${token}.AAAA`],
    ['a dot at the end', `${token}.`],
    ['a dot in front', `.${token}`],
    ['five segments, as a JWE has', `${header}.AAAA.AAAA.AAAA.AAAA`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload', `${header}..${signature}`],
    ['an empty signature', `${header}.${payload}.`],
    ['a space in front', ` ${token}`],
    ['a line feed at the end', `${token}\n`],
    ['Bearer in front', `Bearer ${token}`],
    ['padding in the header', `${object('{"alg":"ES256"  }')}=.${payload}.${signature}`],
    ['padding in the payload', `${header}.${object('{}')}=.${signature}`],
    ['padding in the signature', `${token}==`],
    ['a header that is no JSON', `${object('{alg:1}')}.${payload}.${signature}`],
    ['a header that is a list', `${object('["ES256"]')}.${payload}.${signature}`],
    ['a header that is null', `${object('null')}.${payload}.${signature}`],
    ['a header with alg twice', `${object('{"alg":"none","alg":"ES256"}')}.${payload}.${signature}`],
    [
      'a header with alg twice, once escaped',
      `${object('{"alg":"ES256","\\u0061lg":"none"}')}.${payload}.${signature}`,
    ],
    [
      'a header that is not UTF-8',
      `${object(Buffer.from('{"alg":"ES256","kid":"\xff"}', 'latin1'))}.${payload}.${signature}`,
    ],
    ['a header with a byte order mark', `${object('\ufeff{"alg":"ES256"}')}.${payload}.${signature}`],
    ['a payload that is no JSON', `${es256}.${object('Payload')}.${signature}`],
    ['a payload that is a string', `${es256}.${object('"alice"')}.${signature}`],
    ['a payload with a claim twice', `${es256}.${object('{"sub":"a","sub":"b"}')}.${signature}`],
    ['a payload with a prototype', `${es256}.${object('{"__proto__":{"sub":"a"}}')}.${signature}`],
    ['a payload nested too deeply', `${es256}.${object(`{"a":${'['.repeat(16)}${']'.repeat(16)}}`)}.${signature}`],
    ['the flattened JSON serialization', JSON.stringify({ protected: header, payload, signature })],
  ])('refuses %s', (_, text) => refuses(text, 'malformed'));

  it('RFC 4648 §3.5 refuses every other spelling of a signature', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...alphabet].map((last) => token.slice(0, -1) + last);
    const sameBytes = spellings.filter((text) => {
      return Buffer.from(text.split('.')[2] ?? '', 'base64url').equals(Buffer.from(signature, 'base64url'));
    });
    expect(sameBytes).toHaveLength(16);
    for (const text of sameBytes.filter((spelling) => spelling !== token)) refuses(text, 'malformed');
  });

  it('takes a token as long as the limit and refuses one character more', () => {
    const frame = `${es256}..AAAA`.length;
    const longest = `${es256}.${'A'.repeat(limits.jwt - frame)}.AAAA`;
    expect(decodeCompact(longest).payload).toHaveLength(Math.floor(((limits.jwt - frame) * 3) / 4));
    expect(() => decodeCompact(longest.replace('.AAAA', 'A.AAAA'))).toThrow(/longer/);
  });

  it('keeps what the signature covers as it was received', () => {
    const spaced = `${object('{ "alg" :\r\n"ES256" }')}.${object(' {} ')}.${signature}`;
    expect(decodeJws(spaced).signingInput).toBe(spaced.slice(0, spaced.lastIndexOf('.')));
  });

  it('never quotes the token in its message', () => {
    for (const text of ['se.cr.et', `${header}.${object('{"secret"')}.${signature}`, withHeader({ alg: 'secret' })]) {
      expect(() => decodeJws(text)).toThrow(/^(?!.*(secret|se\.cr)).+$/);
    }
  });
});

describe('for all inputs', () => {
  it('throws nothing but JwsError', () => {
    const json = fc.json({ maxDepth: 3 }).map((text) => encodeBase64url(text));
    const segment = fc.oneof(
      fc.constant(header),
      fc.constant(payload),
      json,
      fc.base64String(),
      fc.string({ unit: anyCharacter }),
    );
    const text = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.array(segment, { maxLength: 5 }).map((all) => all.join('.')),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          verifyJws(decodeJws(input), publicOf(key));
          expect.unreachable();
        } catch (error) {
          expect(error).toBeInstanceOf(JwsError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('believes no token but the one that was signed', () => {
    const verification = publicOf(key);
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.string({ maxLength: 2, unit: anyCharacter }), (at, piece) => {
        const changed = token.slice(0, at) + piece + token.slice(at + 1);
        fc.pre(changed !== token);
        expect(() => verifyJws(decodeJws(changed), verification)).toThrow(JwsError);
      }),
      { numRuns: 1000 },
    );
  });

  it('carries any claims there and back', () => {
    const claims = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 8 }), { noNullPrototype: true });
    fc.assert(
      fc.property(claims, (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__') && hasPlainNames(value));
        const jws = decodeJws(signJws({}, value, key));
        verifyJws(jws, publicOf(key));
        expect(jws.claims).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

/** Names that have to be escaped are refused, see jose-json.test.ts. */
function hasPlainNames(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const plain = Array.isArray(value) || Object.keys(value).every((name) => JSON.stringify(name) === `"${name}"`);
  return plain && Object.values(value).every(hasPlainNames);
}
