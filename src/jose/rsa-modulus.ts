// Which RSA public keys are too weak, too large or known to be broken.

import type { KeyObject } from 'node:crypto';

/** NIST SP 800-131A, RFC 7518 §3.3 and §3.5: at least 2048 bits. Above 8192 one verification blocks the process. */
const modulusBits = { least: 2048, most: 8192 };

/** FIPS 186-5 §A.1.1 asks for an odd e above 2^16; the upper bound keeps a verification cheap. */
const exponent = { least: 65_537n, below: 1n << 32n };

/** The primes up to 167, without 2: the modulus of a vulnerable key has a fingerprint in each. */
const fingerprintPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/** Why an RSA public key must not be believed; undefined when it may be, and for keys of another type. */
export function rsaWeakness(key: KeyObject): string | undefined {
  const { modulusLength: bits, publicExponent: e } = key.asymmetricKeyDetails ?? {};
  if (bits === undefined || e === undefined) return undefined;
  if (bits < modulusBits.least) return `RSA modulus shorter than ${modulusBits.least} bits`;
  if (bits > modulusBits.most) return `RSA modulus longer than ${modulusBits.most} bits`;
  if (e < exponent.least || e >= exponent.below || e % 2n === 0n) return 'RSA exponent out of range';
  const n = modulus(key);
  if (n % 2n === 0n) return 'RSA modulus is even';
  if (isRocaModulus(n)) return 'RSA key of a generator known to be broken (ROCA, CVE-2017-15361)';
  return undefined;
}

/**
 * Whether n is a power of 65537 modulo every fingerprint prime. Infineon's generator made only such moduli, and they
 * can be factored (Nemec et al., "The Return of Coppersmith's Attack", 2017 §3); of honest moduli one in 2^27 is.
 */
function isRocaModulus(n: bigint): boolean {
  return fingerprintPrimes.every((prime) => isPowerOf65537(Number(n % BigInt(prime)), prime));
}

function isPowerOf65537(residue: number, prime: number): boolean {
  let power = 1;
  do {
    if (power === residue) return true;
    power = (power * 65_537) % prime;
  } while (power !== 1);
  return false;
}

function modulus(key: KeyObject): bigint {
  const { n = '' } = key.export({ format: 'jwk' });
  return BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
}
