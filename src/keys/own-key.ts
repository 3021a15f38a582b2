// One signing key of ours, made, kept sealed in the store, and opened again for use.

import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import { isSignatureAlgorithm } from '../jose/algorithms.ts';
import { type JsonObject, parseJsonObject } from '../jose/json.ts';
import {
  generateSigningJwk,
  importPrivateJwk,
  importPublicJwk,
  jwkThumbprint,
  type SigningKey,
  type VerificationKey,
} from '../jose/jwk.ts';
import type { StoredKey } from '../store/store.ts';
import { type KeyDates, stateOf } from './rotation.ts';
import { sealKey, unsealKey } from './seal.ts';

/** A key of the store, ready for use. */
export type OwnKey = {
  readonly stored: StoredKey;
  readonly publicJwk: JsonObject;
  readonly verification: VerificationKey;
  /** Undefined for a key that will never sign again. */
  readonly signing: SigningKey | undefined;
};

/** Generates a key pair; the kid is the thumbprint of the public key (RFC 7638). */
export async function createKey(alg: SignatureAlgorithm, dates: KeyDates, secret: string): Promise<StoredKey> {
  const jwk = generateSigningJwk(alg);
  const kid = jwkThumbprint(jwk);
  const { publicJwk } = importPrivateJwk(jwk, alg, kid);
  return { kid, alg, publicJwk: JSON.stringify(publicJwk), sealed: await sealKey(jwk, kid, secret), ...dates };
}

/** Opens a key at `now` (seconds). Throws SealError when `secret` does not fit, Error when the row was tampered with. */
export async function openKey(stored: StoredKey, secret: string, now: number): Promise<OwnKey> {
  const publicJwk = parseJsonObject(stored.publicJwk);
  const verification = importPublicJwk(publicJwk);
  // Whoever can write the store could publish a key of their own under one of our ids.
  if (verification.thumbprint !== stored.kid) throw new Error(`signing key ${stored.kid} was changed in the store`);
  const retired = stateOf(stored, now) === 'retired';
  return { stored, publicJwk, verification, signing: retired ? undefined : await openPrivate(stored, secret) };
}

async function openPrivate({ kid, alg, sealed }: StoredKey, secret: string): Promise<SigningKey> {
  if (!isSignatureAlgorithm(alg)) throw new Error(`signing key ${kid} is for ${alg}, which this program does not know`);
  const jwk = await unsealKey(sealed, kid, secret);
  if (jwkThumbprint(jwk) !== kid) throw new Error(`signing key ${kid} was changed in the store`);
  return importPrivateJwk(jwk, alg, kid);
}
