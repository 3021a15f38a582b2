// Private keys at rest: encrypted under a key derived from the operator's secret, so that a copy of the store signs nothing.

import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, errors } from 'jose';
import { type JsonObject, parseJsonObject } from '../jose/json.ts';

const shortestSecret = 32;

/** The operator's secret is too short, or not the one the keys in the store were sealed with. Says what to do. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** The private JWK as a compact JWE (`dir`, A256GCM) under a key of its own, derived from `secret` and `kid`. */
export async function sealKey(jwk: JsonObject, kid: string, secret: string): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(jwk)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(derive(secret, kid, 'signing key at rest'));
}

/** The private JWK that sealKey sealed. Throws SealError when `secret` or `kid` is not what it was sealed with. */
export async function unsealKey(sealed: string, kid: string, secret: string): Promise<JsonObject> {
  const key = derive(secret, kid, 'signing key at rest');
  try {
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return parseJsonObject(plaintext);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new SealError(
      `the operator key (keys.encrypt_with) does not fit the keys in the store: signing key ${kid} cannot be decrypted. ` +
        'Supply the secret this store was first started with, or start with an empty store and have partners fetch the new keys.',
      { cause: error },
    );
  }
}

/** 32 bytes for one purpose; what is derived for one purpose tells nothing of another (RFC 5869 §3.2). Throws SealError. */
export function deriveSecret(secret: string, purpose: string): Buffer {
  return derive(secret, '', purpose);
}

/** HKDF-SHA256 stretches nothing: a secret that can be guessed stays one, so short ones are refused. */
function derive(secret: string, salt: string, purpose: string): Buffer {
  if (secret.length < shortestSecret) {
    throw new SealError(
      `the operator key (keys.encrypt_with) has ${secret.length} characters, at least ${shortestSecret} are needed: ` +
        'make one with `openssl rand -base64 32`',
    );
  }
  return Buffer.from(hkdfSync('sha256', secret, salt, `crossgrant ${purpose}`, 32));
}
