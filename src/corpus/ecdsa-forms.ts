// The other forms an ECDSA signature can be written in: DER, and the twin every signature has.

import { integer, sequence } from './der.ts';

/** r || s as DER. */
export function ecdsaDer(signature: Buffer): Buffer {
  const size = signature.length / 2;
  return sequence(integer(signature.subarray(0, size)), integer(signature.subarray(size)));
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
