// The signature algorithms we know, asymmetric only: one row holds everything the code needs to know about one `alg`.

import { constants, generateKeyPairSync, type KeyObject, type SigningOptions } from 'node:crypto';
import { ecdsaFromDer, ecdsaToDer } from './ecdsa.ts';

/** What there is to know about one `alg` value (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). */
export type AlgorithmRow = {
  readonly kty: 'EC' | 'OKP' | 'RSA';
  /** JWK `crv`; RSA has none. */
  readonly crv: string | undefined;
  /** The digest for node:crypto; null where the algorithm has its own. */
  readonly hash: string | null;
  /** What node:crypto must be told beside the key. */
  readonly options: SigningOptions;
  /** A JWS signature as node:crypto wants it; undefined when it has the wrong length or is out of range. */
  readonly toNode: (signature: Buffer, key: KeyObject) => Buffer | undefined;
  /** A signature of node:crypto as a JWS holds it. */
  readonly fromNode: (signature: Buffer) => Buffer;
  /** A new private key. */
  readonly generate: () => KeyObject;
};

const unchanged = (signature: Buffer) => signature;

function ecdsa(crv: string, hash: string, orderHex: string): AlgorithmRow {
  const order = Buffer.from(orderHex, 'hex');
  return {
    kty: 'EC',
    crv,
    hash,
    options: {},
    toNode: (signature) => ecdsaToDer(signature, order),
    fromNode: (der) => ecdsaFromDer(der, order.length),
    generate: () => generateKeyPairSync('ec', { namedCurve: crv }).privateKey,
  };
}

function rsa(hash: string, options: SigningOptions): AlgorithmRow {
  return {
    kty: 'RSA',
    crv: undefined,
    hash,
    options,
    // OpenSSL lets PSS signatures without their leading zeros pass (RFC 8017 §8.1.2 step 1).
    toNode: (signature, key) => (signature.length === modulusBytes(key) ? signature : undefined),
    fromNode: unchanged,
    // 2048 bits hold until 2030 (NIST SP 800-57); our keys rotate within weeks, and 3072 cost three times the signing.
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  };
}

const modulusBytes = (key: KeyObject) => Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);

const pkcs1 = { padding: constants.RSA_PKCS1_PADDING };
/** RFC 7518 §3.5: the salt is as long as the hash, and so is MGF1 over the same hash. */
const pss = (saltLength: number) => ({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });

const ed25519: AlgorithmRow = {
  kty: 'OKP',
  crv: 'Ed25519',
  hash: null,
  options: {},
  toNode: (signature) => (signature.length === 64 ? signature : undefined),
  fromNode: unchanged,
  generate: () => generateKeyPairSync('ed25519').privateKey,
};

const p256Order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const p384Order = 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973';
const p521Order =
  '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa' +
  '51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409';

const rows = {
  ES256: ecdsa('P-256', 'sha256', p256Order),
  ES384: ecdsa('P-384', 'sha384', p384Order),
  ES512: ecdsa('P-521', 'sha512', p521Order),
  /** RFC 9864 §2.2 splits this name up; here it has always meant Ed25519. */
  EdDSA: ed25519,
  Ed25519: ed25519,
  RS256: rsa('sha256', pkcs1),
  RS384: rsa('sha384', pkcs1),
  RS512: rsa('sha512', pkcs1),
  PS256: rsa('sha256', pss(32)),
  PS384: rsa('sha384', pss(48)),
  PS512: rsa('sha512', pss(64)),
} as const satisfies Record<string, AlgorithmRow>;

/** The `alg` values we sign and verify with. No MAC and no `none`: a federation partner never shares a secret with us. */
export type SignatureAlgorithm = keyof typeof rows;

/** The table. */
export const algorithms: Readonly<Record<SignatureAlgorithm, AlgorithmRow>> = rows;

/** Exact, case-sensitive match with a row of the table (RFC 7515 §4.1.1); `constructor` is none. */
export function isSignatureAlgorithm(name: unknown): name is SignatureAlgorithm {
  return typeof name === 'string' && Object.hasOwn(rows, name);
}

/** The names of all rows, in the order of the table. */
export const signatureAlgorithms: readonly SignatureAlgorithm[] = Object.keys(rows).filter(isSignatureAlgorithm);

/** What we take unless told otherwise. */
export const usualAlgorithms = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const;
