// Private keys at rest: encrypted under a key derived from the operator's secret, so that a copy of the store signs nothing.

import { hkdfSync } from 'node:crypto';
// Not from 'jose' itself, which loads three times as much at every start.
import { JOSEError } from 'jose/errors';
import { compactDecrypt } from 'jose/jwe/compact/decrypt';
import { CompactEncrypt } from 'jose/jwe/compact/encrypt';
import { type JsonObject, parseJsonObject } from '../jose/json.ts';

const shortestSecret = 32;

/** The operator's secret is too short, or not the one the keys in the store were sealed with. Says what to do. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** The private JWK as a compact JWE (`dir`, A256GCM) under a key of its own, derived from `secret` and `kid`. */
export function sealKey(jwk: JsonObject, kid: string, secret: string): Promise<string> {
  return seal(jwk, derive(secret, kid, 'signing key at rest'));
}

/** The private JWK that sealKey sealed. Throws SealError when `secret` or `kid` is not what it was sealed with. */
export async function unsealKey(sealed: string, kid: string, secret: string): Promise<JsonObject> {
  try {
    return await unseal(sealed, derive(secret, kid, 'signing key at rest'));
  } catch (error) {
    if (!(error instanceof JOSEError)) throw error;
    throw new SealError(
      `the operator key (keys.encrypt_with) does not fit the keys in the store: signing key ${kid} cannot be decrypted. ` +
        'Supply the secret this store was first started with, or start with an empty store and have partners fetch the new keys.',
      { cause: error },
    );
  }
}

/** What is behind a handle, under keys of their own, derived from the operator's secret and the name of each. */
export type Vault = {
  seal(value: JsonObject, name: string): Promise<string>;
  /** Undefined when it was sealed under another secret or name, or was changed since. */
  unseal(sealed: string, name: string): Promise<JsonObject | undefined>;
};

/** Throws SealError for a secret that is too short. */
export function openVault(secret: string): Vault {
  const keyOf = (name: string) => derive(secret, name, 'foreign token at rest');
  return {
    seal: (value, name) => seal(value, keyOf(name)),
    async unseal(sealed, name) {
      try {
        return await unseal(sealed, keyOf(name));
      } catch (error) {
        if (error instanceof JOSEError) return undefined;
        throw error;
      }
    },
  };
}

function seal(value: JsonObject, key: Buffer): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(value)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(key);
}

/** Throws a JOSEError when `key` is not what it was sealed with. */
async function unseal(sealed: string, key: Buffer): Promise<JsonObject> {
  const { plaintext } = await compactDecrypt(sealed, key, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  return parseJsonObject(plaintext);
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
