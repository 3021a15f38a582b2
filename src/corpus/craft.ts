// Tokens as nobody should make them: any header over any payload, put together by hand.

import { createHmac, createPublicKey } from 'node:crypto';
import { encodeBase64url } from '../jose/base64url.ts';
import type { JsonObject } from '../jose/json.ts';
import { generateSigningJwk, importPrivateJwk, jwkThumbprint, type SigningKey } from '../jose/jwk.ts';
import { signBytes } from '../jose/signature.ts';
import type { Texts, TokenKey } from './types.ts';

/** The three segments of a compact JWS. */
export type Segments = readonly [header: string, payload: string, signature: string];

/** A private key of ours as the corpus signs with it. */
export const tokenKey = ({ alg, kid, key, publicJwk }: SigningKey): TokenKey => ({
  alg,
  kid,
  publicJwk,
  sign: (input) => signBytes(alg, key, input),
});

/** A private JWK as the corpus signs with it; without `kid` it goes by its thumbprint. Throws KeyError for what is none. */
export const keyFromJwk = (jwk: JsonObject, alg: TokenKey['alg']): TokenKey =>
  tokenKey(importPrivateJwk(jwk, alg, typeof jwk['kid'] === 'string' ? jwk['kid'] : jwkThumbprint(jwk)));

/** A fresh key nobody knows, named by its thumbprint. */
export const freshKey = (alg: TokenKey['alg'] = 'ES256'): TokenKey => keyFromJwk(generateSigningJwk(alg), alg);

/** One key nobody publishes for each algorithm, made when it is first asked for. */
export function strangers(): (alg: TokenKey['alg']) => TokenKey {
  const made = new Map<TokenKey['alg'], TokenKey>();
  return (alg) => {
    const key = made.get(alg) ?? freshKey(alg);
    made.set(alg, key);
    return key;
  };
}

/** Signs header and payload as they are. */
export const signTexts = ({ header, payload }: Texts, key: TokenKey): string =>
  signSegments(encodeBase64url(header), encodeBase64url(payload), key);

/** Signs two segments that are encoded already, properly or not. */
export function signSegments(header: string, payload: string, key: TokenKey): string {
  const input = `${header}.${payload}`;
  return `${input}.${encodeBase64url(key.sign(Buffer.from(input, 'latin1')))}`;
}

/** Signs nothing: the token ends with its last dot. */
export const unsigned = ({ header, payload }: Texts): string =>
  `${encodeBase64url(header)}.${encodeBase64url(payload)}.`;

/** HMAC-SHA256 in the place of a signature: what a verifier computes that hands a public key to HS256. */
export function macTexts({ header, payload }: Texts, secret: string | Buffer): string {
  const input = `${encodeBase64url(header)}.${encodeBase64url(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** The public key in the text form of X.509 files. */
export const publicPem = (key: TokenKey): string =>
  createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();

export function segmentsOf(token: string): Segments {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, signature];
}

/** The token with another signature. */
export function withSignature(token: string, change: (signature: Buffer) => Uint8Array): string {
  const [header, payload, signature] = segmentsOf(token);
  return `${header}.${payload}.${encodeBase64url(change(Buffer.from(signature, 'base64url')))}`;
}

/** The token with other content under the signature it had. */
export function withPayload(token: string, change: (claims: Record<string, unknown>) => object): string {
  const [header, payload, signature] = segmentsOf(token);
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  return `${header}.${encodeBase64url(JSON.stringify(change(claims)))}.${signature}`;
}

/** A JSON object with more text behind its last member, which a serializer would not write. */
export const appended = (object: string, members: string): string => `${object.slice(0, -1)},${members}}`;
