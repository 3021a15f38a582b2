// A certificate authority for tests and demonstrations, and one server certificate for loopback. Trust it nowhere else.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type Forge from 'node-forge';

export type TestCertificates = {
  /** PEM of the authority: what clients have to trust. */
  readonly ca: string;
  /** PEM of the server certificate for 127.0.0.1, ::1 and localhost, and its private key. */
  readonly cert: string;
  readonly key: string;
};

const days = 7;

/** Makes both; valid from an hour before `now` (milliseconds) for a week. Rejects when node-forge is not installed. */
export async function testCertificates(now: number): Promise<TestCertificates> {
  const { pki, md } = await loadForge();
  const authority = rsaKeys();
  const server = rsaKeys();
  const issuer = [{ name: 'commonName', value: 'crossgrant test authority, loopback only' }];
  const subject = [{ name: 'commonName', value: 'crossgrant loopback' }];
  const make = (publicKey: string, name: typeof subject, extensions: object[]) => {
    const certificate = pki.createCertificate();
    certificate.publicKey = pki.publicKeyFromPem(publicKey);
    // A leading zero bit: serial numbers are positive (RFC 5280 §4.1.2.2).
    certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
    certificate.validity.notBefore = new Date(now - 3_600_000);
    certificate.validity.notAfter = new Date(now + days * 86_400_000);
    certificate.setSubject(name);
    certificate.setIssuer(issuer);
    certificate.setExtensions(extensions);
    certificate.sign(pki.privateKeyFromPem(authority.privateKey), md.sha256.create());
    return pki.certificateToPem(certificate);
  };
  return {
    ca: make(authority.publicKey, issuer, [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      { name: 'subjectKeyIdentifier' },
    ]),
    cert: make(server.publicKey, subject, [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: loopbackNames },
    ]),
    key: server.privateKey,
  };
}

type Pem = { readonly publicKey: string; readonly privateKey: string };

function rsaKeys(): Pem {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** node-forge is optional: nothing but this file needs it. */
async function loadForge(): Promise<typeof Forge> {
  try {
    return (await import('node-forge')).default;
  } catch (cause) {
    throw new Error('https for tests needs the optional package node-forge: npm install node-forge', { cause });
  }
}

/** GeneralName tags of RFC 5280 §4.2.1.6: 2 is a DNS name, 7 an address. */
const loopbackNames = [
  { type: 2, value: 'localhost' },
  { type: 7, ip: '127.0.0.1' },
  { type: 7, ip: '::1' },
];
