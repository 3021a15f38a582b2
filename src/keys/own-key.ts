// One signing key of ours, made, kept sealed in the store, and opened again for use.

import { isSignatureAlgorithm, type SignatureAlgorithm } from '../jose/algorithms.ts';
import { parseJsonObject } from '../jose/json.ts';
import {
  generateSigningJwk,
  importPrivateJwk,
  importPublicJwk,
  jwkThumbprint,
  type SigningKey,
  type VerificationKey,
} from '../jose/jwk.ts';
import type { StoredKey } from '../store/store.ts';
import type { KeyDates } from './rotation.ts';
import { sealKey, unsealKey } from './seal.ts';

/** A key of the store, ready for use. */
export type OwnKey = {
  readonly stored: StoredKey;
  readonly signing: SigningKey;
  readonly verification: VerificationKey;
};

/** Generates a key pair; the kid is the thumbprint of the public key (RFC 7638). */
export async function createKey(alg: SignatureAlgorithm, dates: KeyDates, secret: string): Promise<OwnKey> {
  const jwk = generateSigningJwk(alg);
  const kid = jwkThumbprint(jwk);
  const signing = importPrivateJwk(jwk, alg, kid);
  const { publicJwk } = signing;
  const stored = { kid, alg, publicJwk: JSON.stringify(publicJwk), sealed: await sealKey(jwk, kid, secret), ...dates };
  return { stored, signing, verification: importPublicJwk(publicJwk) };
}

/**
 * Opens a key, also one that will never sign again: what we publish comes out of the seal. Otherwise whoever can write the
 * store could have us vouch for a key of their own. Throws SealError when `secret` does not fit, Error when the row was
 * tampered with.
 */
export async function openKey(stored: StoredKey, secret: string): Promise<OwnKey> {
  const { kid, alg, sealed } = stored;
  if (!isSignatureAlgorithm(alg)) throw new Error(`signing key ${kid} is for ${alg}, which this program does not know`);
  const jwk = await unsealKey(sealed, kid, secret);
  const thumbprints = [jwk, parseJsonObject(stored.publicJwk)].map(jwkThumbprint);
  if (thumbprints.some((thumbprint) => thumbprint !== kid))
    throw new Error(`signing key ${kid} was changed in the store`);
  const signing = importPrivateJwk(jwk, alg, kid);
  return { stored, signing, verification: importPublicJwk(signing.publicJwk) };
}
