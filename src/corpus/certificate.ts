// X.509 certificates, put together by hand (RFC 5280 §4.1).

import { createPublicKey, type KeyObject } from 'node:crypto';
import { bitString, booleanTrue, element, integer, objectId, octetString, sequence, time, utf8 } from './der.ts';
import { ecdsaDer } from './ecdsa-forms.ts';
import type { TokenKey } from './types.ts';

export type CertificateContent = {
  /** Positive; 20 bytes at most (RFC 5280 §4.1.2.2). */
  readonly serial: Uint8Array;
  /** Common names. */
  readonly issuer: string;
  readonly subject: string;
  /** Milliseconds. */
  readonly from: number;
  readonly until: number;
  readonly publicKey: KeyObject;
  /** What `extension` made. Without any it is of version 1. */
  readonly extensions?: readonly Buffer[];
};

/** AlgorithmIdentifier by type of key (RFC 5758 §3.2, RFC 4055 §5, RFC 8410 §3); each of them as it goes with SHA-256. */
const algorithms: ReadonlyMap<unknown, Buffer> = new Map([
  ['ec', sequence(objectId('1.2.840.10045.4.3.2'))],
  ['rsa', sequence(objectId('1.2.840.113549.1.1.11'), element(0x05))],
  ['ed25519', sequence(objectId('1.3.101.112'))],
]);

/** DER of a certificate that `sign` signs, a key of the type `signedBy` names; an ECDSA signature in its DER form. */
export function certificate(
  content: CertificateContent,
  signedBy: KeyObject['asymmetricKeyType'],
  sign: (body: Buffer) => Uint8Array,
): Buffer {
  const { serial, issuer, subject, from, until, publicKey, extensions = [] } = content;
  const algorithm = algorithms.get(signedBy) ?? Buffer.alloc(0);
  const body = sequence(
    ...(extensions.length > 0 ? [element(0xa0, integer(Buffer.from([2])))] : []),
    integer(serial),
    algorithm,
    commonName(issuer),
    sequence(time(from), time(until)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [element(0xa3, sequence(...extensions))] : []),
  );
  return sequence(body, algorithm, bitString(sign(body)));
}

/** An extension of RFC 5280 §4.2.1; who does not know a critical one must refuse the certificate. */
export const extension = (id: string, value: Uint8Array, { critical = false } = {}): Buffer =>
  sequence(objectId(id), ...(critical ? [booleanTrue] : []), octetString(value));

const commonName = (name: string) => sequence(element(0x31, sequence(objectId('2.5.4.3'), utf8(name))));

/**
 * The smallest self-signed certificate a header can carry as `x5c`: whoever trusts it trusts whoever sent it. DER, base64
 * as `x5c` wants it (RFC 7515 §4.1.6).
 */
export function selfSignedCertificate(key: TokenKey, name: string): string {
  const publicKey = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' });
  const type = publicKey.asymmetricKeyType;
  const [from, until] = [Date.UTC(2025, 0, 1), Date.UTC(2049, 11, 31, 23, 59, 59)];
  const content = { serial: Buffer.from([1]), issuer: name, subject: name, from, until, publicKey };
  const sign = (body: Buffer) => (type === 'ec' ? ecdsaDer(key.sign(body)) : key.sign(body));
  return certificate(content, type, sign).toString('base64');
}
