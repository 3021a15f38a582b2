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

/** A public key set (RFC 7517 §5). */
export const keyReference = z.union(
  [
    z.strictObject({ file: z.string().min(1).describe('JWKS file, relative to this one') }),
    z.strictObject({ url: z.url().describe('JWKS address; fetched, cached and fetched again when a key is unknown') }),
    z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1).describe('The JWKs themselves') }),
  ],
  { error: 'a key set is given as { file: path }, { url: address } or { keys: [JWK, …] }' },
);
export type KeyReference = z.infer<typeof keyReference>;
