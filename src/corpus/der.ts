// DER (X.690 §10) as certificates and signatures are written in it: tag, length, content.

/** An element. Content of less than 64 KiB. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), ...parts]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, ...parts);
export const octetString = (content: Uint8Array): Buffer => element(0x04, content);
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const booleanTrue: Buffer = element(0x01, Buffer.from([0xff]));

/** A non-negative INTEGER: without leading zeros, but with one where the highest bit would make it negative. */
export function integer(number: Uint8Array): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  const digits = number.subarray(first < 0 ? number.length - 1 : first);
  return (digits[0] ?? 0) < 0x80 ? element(0x02, digits) : element(0x02, Buffer.alloc(1), digits);
}

/** Whole bytes, or fewer bits: the last `unused` of them do not count. */
export const bitString = (content: Uint8Array, unused = 0): Buffer => element(0x03, Buffer.from([unused]), content);

/** An OBJECT IDENTIFIER from its dotted form; numbers below 2^28. */
export function objectId(dotted: string): Buffer {
  const [root = 0, next = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([40 * root + next, ...rest].flatMap(sevenBits)));
}

/** In groups of seven bits, the highest bit saying that more follow. */
function sevenBits(number: number): readonly number[] {
  const groups = [21, 14, 7, 0].map((shift) => (number >> shift) & 0x7f);
  const first = groups.findIndex((group) => group !== 0);
  return groups.slice(first < 0 ? -1 : first).map((group, at, { length }) => (at < length - 1 ? group | 0x80 : group));
}

/** Milliseconds as a time of a certificate: with two digits of the year until 2049 (RFC 5280 §4.1.2.5), in whole seconds. */
export function time(at: number): Buffer {
  const digits = `${new Date(at).toISOString().replace(/\.\d+|\D/g, '')}Z`;
  return digits < '2050' ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits));
}
