// References in the configuration: where a secret or a key set is to be had. Neither is ever written into the configuration itself.

import { z } from 'zod';

/** A secret: read once at the start, from the environment or a file. */
export const secretReference = z.union(
  [
    z.strictObject({ env: z.string().min(1).describe('Environment variable that holds it') }),
    z.strictObject({
      file: z.string().min(1).describe('File that holds it, relative to this one; a line end at its end is dropped'),
    }),
  ],
  { error: 'a secret is given as { env: NAME } or { file: path }, never in plain text' },
);
export type SecretReference = z.infer<typeof secretReference>;

const keyFile = z.strictObject({ file: z.string().min(1).describe('JWKS file, relative to this one') });
const keyUrl = z.url().describe('JWKS address; fetched, cached and fetched again when a key is unknown');
const keyList = z.strictObject({
  keys: z.array(z.record(z.string(), z.unknown())).min(1).describe('The JWKs themselves'),
});

/** A public key set (RFC 7517 §5). */
export const keyReference = z.union([keyFile, z.strictObject({ url: keyUrl }), keyList], {
  error: 'a key set is given as { file: path }, { url: address } or { keys: [JWK, …] }',
});
export type KeyReference = z.infer<typeof keyReference>;

/** An RFC 7638 thumbprint with SHA-256, as operators compare it. */
export const fingerprint = z.string().regex(/^[\w-]{43}$/, {
  error: 'a fingerprint is the thumbprint of a JWK (RFC 7638): 43 letters, digits, - and _',
});

const pin = z
  .union([z.literal(true), z.array(fingerprint).min(1)], { error: '`pin` is true, or a list of fingerprints' })
  .describe(
    'A key counts only once an operator approved it (`domain approve-keys`), or when its fingerprint is listed',
  );
export type Pin = z.infer<typeof pin>;

const pinnedAsFound = z.literal('pin').transform((): { readonly pin: Pin } => ({ pin: true }));

/** The keys of a domain, which may be pinned where they are fetched. */
export const domainKeys = z.union(
  [keyFile, z.strictObject({ url: keyUrl, pin: pin.optional() }), keyList, z.strictObject({ pin }), pinnedAsFound],
  { error: 'the keys of a domain are `pin`, { url: address, pin: true }, { file: path } or { keys: [JWK, …] }' },
);
export type DomainKeys = z.infer<typeof domainKeys>;

/** Where the keys are; undefined: where the metadata of the issuer says. */
export function placeOfKeys(keys: DomainKeys | undefined): KeyReference | undefined {
  if (keys === undefined) return undefined;
  return 'url' in keys || 'file' in keys || 'keys' in keys ? keys : undefined;
}

/** How they are pinned; undefined: whatever is published there counts. */
export function pinOf(keys: DomainKeys | undefined): Pin | undefined {
  return keys !== undefined && 'pin' in keys ? keys.pin : undefined;
}
