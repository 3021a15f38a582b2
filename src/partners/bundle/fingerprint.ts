// A bundle in twenty characters that two people can read to each other, and hardly mishear.

import { createHash } from 'node:crypto';

/** Without I, L, O and U, which look or sound like others (Crockford). */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const characters = 20;

/**
 * The first 100 bits of SHA-256 over the whole text, in groups of four. To make a second text with the same ones takes 2^100
 * tries; that whoever made the bundle could find two of his own gains him nothing.
 */
export function fingerprintOf(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  let bits = BigInt(`0x${digest.toString('hex')}`) >> BigInt(digest.length * 8 - characters * 5);
  let letters = '';
  for (let at = 0; at < characters; at++) {
    letters = `${alphabet[Number(bits % 32n)]}${letters}`;
    bits /= 32n;
  }
  return letters.replace(/.{4}(?=.)/g, '$&-');
}

/** Whether somebody who heard it on the telephone wrote this one down: case, groups and look-alikes do not matter. */
export function isFingerprint(written: string, fingerprint: string): boolean {
  const plain = (text: string) => text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  return plain(written) === plain(fingerprint);
}
