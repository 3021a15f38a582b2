// The two spellings of an ECDSA signature: `r || s` in a JWS (RFC 7518 §3.4), DER in OpenSSL.
// node:crypto could convert (`ieee-p1363`), but from Node 24 on that costs half as much as the signature itself.

const integerTag = 0x02;
const sequenceTag = 0x30;
const longLength = 0x81;

/**
 * The DER form of `r || s`. Undefined unless it has exactly twice the length of the group order and both r and s lie
 * in [1, order - 1]: r = s = 0 is a valid signature of everything to a verifier that forgets to look (CVE-2022-21449).
 */
export function ecdsaToDer(signature: Buffer, order: Buffer): Buffer | undefined {
  const size = order.length;
  if (signature.length !== 2 * size) return undefined;
  const r = signature.subarray(0, size);
  const s = signature.subarray(size);
  if (!isInRange(r, order) || !isInRange(s, order)) return undefined;
  const body = Buffer.concat([derInteger(r), derInteger(s)]);
  const head = body.length < 0x80 ? [sequenceTag, body.length] : [sequenceTag, longLength, body.length];
  return Buffer.concat([Buffer.from(head), body]);
}

/** `r || s`, each `size` bytes, of the DER signature OpenSSL made. */
export function ecdsaFromDer(der: Buffer, size: number): Buffer {
  const signature = Buffer.alloc(2 * size);
  const r = der.readUInt8(1) === longLength ? 3 : 2;
  const s = copyInteger(der, r, signature.subarray(0, size));
  copyInteger(der, s, signature.subarray(size));
  return signature;
}

function isInRange(number: Buffer, order: Buffer): boolean {
  return leadingZeros(number) < number.length && number.compare(order) < 0;
}

function leadingZeros(number: Buffer): number {
  let zeros = 0;
  while (number[zeros] === 0) zeros++;
  return zeros;
}

/** One INTEGER: minimal, and with a zero in front when the highest bit would make it negative. */
function derInteger(number: Buffer): Buffer {
  const digits = number.subarray(leadingZeros(number));
  const sign = digits.readUInt8(0) < 0x80 ? [] : [0];
  return Buffer.concat([Buffer.from([integerTag, sign.length + digits.length, ...sign]), digits]);
}

/** Copies the INTEGER at `at` to the right end of `target`; answers with the position behind it. */
function copyInteger(der: Buffer, at: number, target: Buffer): number {
  const end = at + 2 + der.readUInt8(at + 1);
  const digits = der.subarray(Math.max(at + 2, end - target.length), end);
  digits.copy(target, target.length - digits.length);
  return end;
}
