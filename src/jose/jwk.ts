// JSON Web Keys (RFC 7517): imported once, checked there, and then used as key objects for as long as they live.

import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { algorithms, type SignatureAlgorithm } from './algorithms.ts';
import { ed25519Weakness } from './ed25519-point.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { checkPurpose, fittingAlgorithms, hasSecretMember, KeyError, publicMembers } from './jwk-members.ts';
import { rsaWeakness } from './rsa-modulus.ts';
import { signBytes, verifyBytes } from './signature.ts';

export { KeyError } from './jwk-members.ts';

/** A public key that may verify signatures. */
export type VerificationKey = {
  readonly kid: string | undefined;
  /** The `alg` values it may verify: one if the JWK names one, else all that fit its type and curve. */
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly key: KeyObject;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
};

/** A private key of ours, bound to one algorithm. */
export type SigningKey = {
  readonly kid: string;
  readonly alg: SignatureAlgorithm;
  readonly key: KeyObject;
  /** What the key set publishes: public members, `kid`, `alg`, `use`. */
  readonly publicJwk: JsonObject;
};

/**
 * Imports a public signature key. Throws KeyError with the reason: symmetric or private key material, another purpose
 * than verifying, unknown or unfitting `kty`, `crv` or `alg`, missing or non-canonical members, weak RSA keys, EC points
 * that are not on the curve, Ed25519 points of small order.
 */
export function importPublicJwk(jwk: unknown): VerificationKey {
  if (!isJsonObject(jwk)) throw new KeyError('not an object');
  if (hasSecretMember(jwk)) throw new KeyError('holds private or symmetric key material');
  checkPurpose(jwk, 'verify');
  return importPublicPart(jwk);
}

/** Imports a private key to sign with `alg` under `kid`. Throws KeyError as importPublicJwk, and for mismatched halves. */
export function importPrivateJwk(jwk: unknown, alg: SignatureAlgorithm, kid: string): SigningKey {
  if (!isJsonObject(jwk)) throw new KeyError('not an object');
  checkPurpose(jwk, 'sign');
  const verification = importPublicPart(jwk);
  if (!verification.algorithms.includes(alg)) throw new KeyError(`not a key for ${alg}`);
  const key = keyObject(() => createPrivateKey({ key: { ...jwk }, format: 'jwk' }));
  // OpenSSL takes both halves of an EC key as they come; a wrong half would sign what nobody can verify.
  const probe = Buffer.from(kid);
  if (!verifyBytes(alg, verification.key, probe, signBytes(alg, key, probe))) throw new KeyError('halves do not match');
  return { kid, alg, key, publicJwk: { ...publicMembers(jwk), kid, alg, use: 'sig' } };
}

/** A new private JWK for `alg`, with `alg` and `use` but without `kid`. */
export function generateSigningJwk(alg: SignatureAlgorithm): JsonObject {
  return { ...algorithms[alg].generate().export({ format: 'jwk' }), alg, use: 'sig' };
}

/** RFC 7638 §3 with SHA-256, as base64url. Throws KeyError when a required member is missing. */
export function jwkThumbprint(jwk: JsonObject): string {
  return createHash('sha256')
    .update(JSON.stringify(publicMembers(jwk)))
    .digest('base64url');
}

function importPublicPart(jwk: JsonObject): VerificationKey {
  const { kid } = jwk;
  if (kid !== undefined && typeof kid !== 'string') throw new KeyError('kid is not a string');
  const members = publicMembers(jwk);
  const fitting = fittingAlgorithms(jwk);
  const key = keyObject(() => createPublicKey({ key: members, format: 'jwk' }));
  const thumbprint = jwkThumbprint(members);
  // node:crypto skips characters that are not base64url and leading zeros (RFC 7518 §2, §6.2.1.2): without this check
  // one key would have many thumbprints, and a list of refused keys could be stepped around.
  if (jwkThumbprint(key.export({ format: 'jwk' })) !== thumbprint) throw new KeyError('not spelled canonically');
  const weakness = rsaWeakness(key) ?? ed25519Weakness(key);
  if (weakness !== undefined) throw new KeyError(weakness);
  return { kid, algorithms: fitting, key, thumbprint };
}

function keyObject(create: () => KeyObject): KeyObject {
  try {
    return create();
  } catch {
    throw new KeyError('not a valid key');
  }
}
