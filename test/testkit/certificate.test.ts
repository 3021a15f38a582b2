// The certificates of the kit: what strict readers ask of a chain is in them, and nobody but loopback is.

import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { temporaryFolder } from '../support/cli.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const now = Date.parse('2026-11-26T12:00:00Z');

describe('a certificate of the kit', () => {
  it.skipIf(!hasOpenssl)('is good for a server on loopback, and for nobody else, when OpenSSL is strict', async () => {
    const folder = temporaryFolder();
    const { ca, cert } = await testCertificates(now);
    const { ca: other } = await testCertificates(now);
    for (const [name, text] of Object.entries({ ca, cert, other })) writeFileSync(join(folder, name), text);
    const verdict = (authority: string, ...asked: string[]) => {
      const when = ['-attime', String(now / 1000)];
      const words = [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        ...when,
        '-CAfile',
        authority,
        ...asked,
        'cert',
      ];
      return spawnSync('openssl', words, { cwd: folder, encoding: 'utf8' }).status;
    };
    expect(verdict('ca', '-verify_hostname', 'localhost')).toBe(0);
    expect(verdict('ca', '-verify_ip', '127.0.0.1')).toBe(0);
    expect(verdict('ca', '-verify_ip', '::1')).toBe(0);
    expect(verdict('ca', '-verify_ip', '127.0.0.2')).not.toBe(0);
    expect(verdict('ca', '-verify_hostname', 'example.com')).not.toBe(0);
    expect(verdict('other')).not.toBe(0);
    expect(verdict('cert')).not.toBe(0);
  });

  it.each(['2026-11-26T12:00:00Z', '2049-12-30T12:00:00Z', '2060-01-01T00:00:00Z'])(
    'made on %s is good from an hour before for a week, also where years take four digits',
    async (day) => {
      const made = Date.parse(day);
      const { ca, cert, key } = await testCertificates(made);
      for (const pem of [ca, cert]) {
        const { validFrom, validTo } = new X509Certificate(pem);
        expect([validFrom, validTo].map(Date.parse)).toEqual([made - 3_600_000, made + 7 * 86_400_000]);
      }
      expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    },
  );
});
