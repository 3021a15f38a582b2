// The two spellings of an ECDSA signature: `r || s` in a JWS (RFC 7518 §3.4), DER in OpenSSL.
// node:crypto could convert (`ieee-p1363`), but from Node 24 on that costs half as much as the signature itself.

const integerTag = 0x02;
const sequenceTag = 0x30;
/** Lengths from here on take a byte of their own, behind this one. */
const shortLengths = 0x80;
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
  const lengths = [integerLength(r), integerLength(s)] as const;
  const content = lengths[0] + lengths[1] + 4;
  const head = content < shortLengths ? 2 : 3;
  const der = Buffer.allocUnsafe(head + content);
  der[0] = sequenceTag;
  if (head === 3) der[1] = longLength;
  der[head - 1] = content;
  writeInteger(der, head, r, lengths[0]);
  writeInteger(der, head + 2 + lengths[0], s, lengths[1]);
  return der;
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

/** Bytes of an INTEGER: minimal, and with a zero in front when the highest bit would make it negative. */
function integerLength(number: Buffer): number {
  const zeros = leadingZeros(number);
  return number.length - zeros + (number.readUInt8(zeros) < 0x80 ? 0 : 1);
}

/** Writes an INTEGER of `length` bytes at `at`. */
function writeInteger(der: Buffer, at: number, number: Buffer, length: number): void {
  der[at] = integerTag;
  der[at + 1] = length;
  der[at + 2] = 0;
  const digits = Math.min(length, number.length);
  number.copy(der, at + 2 + length - digits, number.length - digits);
}

/** Copies the INTEGER at `at` to the right end of `target`; answers with the position behind it. */
function copyInteger(der: Buffer, at: number, target: Buffer): number {
  const end = at + 2 + der.readUInt8(at + 1);
  const digits = der.subarray(Math.max(at + 2, end - target.length), end);
  digits.copy(target, target.length - digits.length);
  return end;
}
