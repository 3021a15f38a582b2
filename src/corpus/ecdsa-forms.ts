// The other forms an ECDSA signature can be written in: DER, and the twin every signature has.

/** r || s as DER. */
export function ecdsaDer(signature: Buffer): Buffer {
  const size = signature.length / 2;
  const numbers = Buffer.concat([integer(signature.subarray(0, size)), integer(signature.subarray(size))]);
  return element(0x30, numbers);
}

/** (r, n − s) of (r, s): good for the same content, and anybody can compute it. P-256 only. */
export function ecdsaTwin(signature: Buffer): Buffer {
  const half = signature.length / 2;
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const s = BigInt(`0x${signature.toString('hex', half)}`);
  return Buffer.concat([
    signature.subarray(0, half),
    Buffer.from((order - s).toString(16).padStart(2 * half, '0'), 'hex'),
  ]);
}

/** A DER element: tag, length, content. */
export function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** A non-negative INTEGER: without leading zeros, but with one where the highest bit would make it negative. */
function integer(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  const digits = number.subarray(first < 0 ? number.length - 1 : first);
  return element(0x02, (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.alloc(1), digits]));
}
