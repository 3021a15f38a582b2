// Which Ed25519 public keys are no keys at all.

import type { KeyObject } from 'node:crypto';

/**
 * The y coordinates of the points whose order divides 8, little-endian: 1, 0, -1, the two of order 8, and 0 and 1 once
 * more, spelled as p and p + 1.
 */
const smallOrder: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * Why an Ed25519 public key must not be believed; undefined when it may be, and for keys of another type. OpenSSL takes
 * points of small order, and for them one signature is good for many texts: anybody could sign, and whoever published
 * the key could deny everything (Chalkias et al., "Taming the many EdDSAs", 2020 §3).
 */
export function ed25519Weakness(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  const y = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
  // The highest bit is the sign of x (RFC 8032 §5.1.2).
  y.writeUInt8(y.readUInt8(31) & 0x7f, 31);
  return smallOrder.has(y.toString('hex')) ? 'Ed25519 point of small order' : undefined;
}
