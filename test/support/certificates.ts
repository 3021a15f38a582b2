// Certificates for loopback that tests share: two RSA keys and two signatures less for each. Who needs another authority makes one.

import { type TestCertificates, testCertificates } from '../../src/testkit/certificate.ts';

let made: Promise<TestCertificates> | undefined;

/** The same every time; they are good for days. */
export function certificates(): Promise<TestCertificates> {
  made ??= testCertificates(Date.now());
  return made;
}
