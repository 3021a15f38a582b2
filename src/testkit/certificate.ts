// A certificate authority for tests and demonstrations, and one server certificate for loopback. Trust it nowhere else.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { certificate, extension } from '../corpus/certificate.ts';
import { bitString, booleanTrue, element, objectId, octetString, sequence } from '../corpus/der.ts';

export type TestCertificates = {
  /** PEM of the authority: what clients have to trust. */
  readonly ca: string;
  /** PEM of the server certificate for 127.0.0.1, ::1 and localhost, and its private key. */
  readonly cert: string;
  readonly key: string;
};

const days = 7;
const authorityName = 'crossgrant test authority, loopback only';

/** Makes both, with keys of P-256; valid from an hour before `now` (milliseconds) for a week. */
export async function testCertificates(now: number): Promise<TestCertificates> {
  const [authority, server] = [newKeys(), newKeys()];
  const make = (subject: string, publicKey: KeyObject, extensions: readonly Buffer[]) => {
    const [from, until] = [now - 3_600_000, now + days * 86_400_000];
    // A leading one: serial numbers are positive (RFC 5280 §4.1.2.2).
    const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
    const content = { serial, issuer: authorityName, subject, from, until, publicKey, extensions };
    return pem(certificate(content, 'ec', (body) => sign('sha256', body, authority.privateKey)));
  };
  return {
    ca: make(authorityName, authority.publicKey, [
      extension(ids.basicConstraints, sequence(booleanTrue), { critical: true }),
      extension(ids.keyUsage, keyUsage.signCertificates, { critical: true }),
      extension(ids.subjectKeyIdentifier, octetString(keyIdentifier(authority.publicKey))),
    ]),
    cert: make('crossgrant loopback', server.publicKey, [
      extension(ids.basicConstraints, sequence(), { critical: true }),
      extension(ids.keyUsage, keyUsage.sign, { critical: true }),
      extension(ids.extendedKeyUsage, sequence(objectId('1.3.6.1.5.5.7.3.1'))),
      extension(ids.subjectAlternativeName, sequence(...loopbackNames)),
      // Not asked for by OpenSSL unless told to be strict, which Python is from 3.13 on.
      extension(ids.authorityKeyIdentifier, sequence(element(0x80, keyIdentifier(authority.publicKey)))),
    ]),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** RFC 7093 §2, method 4. */
const keyIdentifier = (key: KeyObject) =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();

/** RFC 7468 §5. */
export const pem = (der: Buffer) =>
  [
    '-----BEGIN CERTIFICATE-----',
    ...(der.toString('base64').match(/.{1,64}/g) ?? []),
    '-----END CERTIFICATE-----',
    '',
  ].join('\n');

/** RFC 5280 §4.2.1. */
const ids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** RFC 5280 §4.2.1.3: bit 0 is digitalSignature, 5 and 6 are keyCertSign and cRLSign. */
const keyUsage = {
  sign: bitString(Buffer.from([0b1000_0000]), 7),
  signCertificates: bitString(Buffer.from([0b0000_0110]), 1),
} as const;

/** GeneralNames of RFC 5280 §4.2.1.6: 2 is a DNS name, 7 an address. */
const loopbackNames: readonly Buffer[] = [
  element(0x82, Buffer.from('localhost')),
  element(0x87, Buffer.from([127, 0, 0, 1])),
  element(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
];
