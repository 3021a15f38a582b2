// What the corpus forges by hand is what it says: readers that are not ours take it for that.

import { verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../src/corpus/certificate.ts';
import { freshKey, keyFromJwk } from '../../src/corpus/craft.ts';
import { ecdsaDer, ecdsaTwin } from '../../src/corpus/ecdsa-forms.ts';
import {
  lookalike,
  otherCase,
  otherPort,
  otherScheme,
  otherSlash,
  percentEncoded,
} from '../../src/corpus/lookalikes.ts';
import { signingJwk } from '../support/signing-jwk.ts';

describe('a certificate for x5c', () => {
  it.each(['ES256', 'RS256', 'EdDSA'] as const)('is one, self-signed with %s', (alg) => {
    const key = keyFromJwk(signingJwk(alg), alg);
    const certificate = new X509Certificate(
      Buffer.from(selfSignedCertificate(key, 'https://issuer.example'), 'base64'),
    );
    expect(certificate.subject).toBe('CN=https://issuer.example');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.publicKey.export({ format: 'jwk' })).toMatchObject({ kty: key.publicJwk['kty'] });
  });
});

describe('the other forms of an ECDSA signature', () => {
  // Some have leading zeros or a high bit, and are a byte longer or shorter for it.
  it.each(Array.from({ length: 50 }, (_, at) => at))('of text %i verify as well as the first', (at) => {
    const { sign, publicJwk } = freshKey('ES256');
    const text = Buffer.from(`text ${at}`);
    const signature = sign(text);
    const key = { key: { ...publicJwk }, format: 'jwk' } as const;
    expect(verify('sha256', text, { ...key, dsaEncoding: 'der' }, ecdsaDer(signature))).toBe(true);
    const twin = ecdsaTwin(signature);
    expect(twin.equals(signature)).toBe(false);
    expect(verify('sha256', text, { ...key, dsaEncoding: 'ieee-p1363' }, twin)).toBe(true);
  });
});

describe('identifiers that are nearly the right one', () => {
  const near = [otherCase, lookalike, otherPort, otherScheme, otherSlash, percentEncoded];
  const urls = ['https://as.example', 'https://as.example/', 'https://as.example:8443/tenant', 'http://127.0.0.1:8700'];
  it.each(urls)('of %s are all different from it and from each other', (url) => {
    const others = near.map((change) => change(url));
    expect(new Set([url, ...others]).size).toBe(near.length + 1);
  });

  it('are the same after decoding, normalization or tidying', () => {
    const url = 'https://as.example/tenant';
    expect(new URL(otherCase(url)).href).toBe(url);
    expect(new URL(lookalike(url)).href).toBe(url);
    expect(new URL(otherPort(url)).href).toBe(url);
    expect(decodeURIComponent(percentEncoded(url))).toBe(url);
    expect(otherSlash(otherSlash(url))).toBe(url);
  });
});
