// Compact JSON Web Signatures (RFC 7515 §7.1): the one place where a token is taken apart, verified and made.

import { limits } from '../protocol/limits.ts';
import { isSignatureAlgorithm, type SignatureAlgorithm } from './algorithms.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { JsonError, type JsonObject, parseJsonObject } from './json.ts';
import type { SigningKey, VerificationKey } from './jwk.ts';
import { signBytes, verifyBytes } from './signature.ts';

/** A protected header that passed the checks every header must pass. */
export type JwsHeader = JsonObject & {
  readonly alg: SignatureAlgorithm;
  readonly kid?: string;
  readonly typ?: string;
};

/** A compact JWS taken apart; nothing in it is to be believed before verifyJws. */
export type CompactJws = {
  readonly header: JwsHeader;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** The two segments the signature covers, as received. */
  readonly signingInput: string;
};

/** A compact JWS with a JSON object as its payload (RFC 7519 §7.2), taken apart. */
export type DecodedJws = Omit<CompactJws, 'payload'> & { readonly claims: JsonObject };

/** What was wrong: its form, its `alg`, another header member, the choice of the key, the signature. */
export type JwsFault = 'malformed' | 'algorithm' | 'header' | 'key' | 'signature';

/** Why a JWS is not acceptable; the message never quotes the token. */
export class JwsError extends Error {
  override readonly name = 'JwsError';
  readonly fault: JwsFault;
  constructor(fault: JwsFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Takes a JWT of at most `longest` characters apart, strictly and without verifying it. Throws JwsError. */
export function decodeJws(token: string, longest: number = limits.jwt): DecodedJws {
  const { header, payload, signature, signingInput } = decodeCompact(token, longest);
  return { header, claims: parseSegment(payload, 'payload'), signature, signingInput };
}

/** Takes a compact JWS with any payload apart, strictly and without verifying it. Throws JwsError. */
export function decodeCompact(token: string, longest: number = limits.jwt): CompactJws {
  if (token.length > longest)
    throw new JwsError('malformed', `longer than ${longest === limits.jwt ? 'limits.jwt' : longest}`);
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.indexOf('.', headerEnd + 1);
  if (headerEnd === -1 || payloadEnd === -1) throw new JwsError('malformed', 'fewer than three segments');
  const header = parseSegment(decodeSegment(token.slice(0, headerEnd), 'header'), 'header');
  checkHeader(header);
  const payload = decodeSegment(token.slice(headerEnd + 1, payloadEnd), 'payload');
  // A fourth segment would leave a dot here, which is no base64url.
  const signature = decodeSegment(token.slice(payloadEnd + 1), 'signature');
  if (signature.length === 0) throw new JwsError('malformed', 'the signature is empty');
  return { header, payload, signature, signingInput: token.slice(0, payloadEnd) };
}

/** Throws JwsError unless the key may be used with the algorithm of the header and the signature is its own. */
export function verifyJws(jws: Pick<CompactJws, 'header' | 'signature' | 'signingInput'>, key: VerificationKey): void {
  const { alg } = jws.header;
  if (!key.algorithms.includes(alg)) throw new JwsError('algorithm', 'the key is not for this alg');
  const data = Buffer.from(jws.signingInput, 'latin1');
  if (!verifyBytes(alg, key.key, data, jws.signature)) throw new JwsError('signature', 'the signature does not fit');
}

/** A signed compact JWS; the header is `alg`, `typ` when given, and `kid`, or `jwk` in its place. */
export function signJws(
  { typ, jwk }: { readonly typ?: string; readonly jwk?: JsonObject },
  claims: JsonObject,
  key: SigningKey,
): string {
  const { alg, kid } = key;
  const named = jwk ? { jwk } : { kid };
  const protectedHeader = typ === undefined ? { alg, ...named } : { alg, typ, ...named };
  const signingInput = `${encodeJson(protectedHeader)}.${encodeJson(claims)}`;
  const signature = signBytes(alg, key.key, Buffer.from(signingInput, 'latin1'));
  return `${signingInput}.${encodeBase64url(signature)}`;
}

const encodeJson = (value: JsonObject) => encodeBase64url(JSON.stringify(value));

/**
 * `crit`, `b64` and `zip` each change what the rest of the token means; no JWT we take needs one (RFC 7515 §4.1.11,
 * RFC 7797 §7). `jwk`, `jku`, `x5u` and `x5c` are left alone: nobody here reads a key from them, except DPoP.
 */
function checkHeader(header: JsonObject): asserts header is JwsHeader {
  if (!isSignatureAlgorithm(header['alg'])) throw new JwsError('algorithm', 'alg is missing or not one we know');
  for (const name of ['crit', 'b64', 'zip']) {
    if (Object.hasOwn(header, name)) throw new JwsError('header', `${name} in the header`);
  }
  for (const name of ['kid', 'typ']) {
    if (Object.hasOwn(header, name) && typeof header[name] !== 'string') {
      throw new JwsError('header', `${name} is not a string`);
    }
  }
}

function decodeSegment(text: string, what: string): Buffer {
  const bytes = decodeBase64url(text);
  if (bytes === undefined) throw new JwsError('malformed', `the ${what} is not base64url`);
  return bytes;
}

function parseSegment(bytes: Buffer, what: string): JsonObject {
  try {
    return parseJsonObject(bytes);
  } catch (error) {
    if (error instanceof JsonError) throw new JwsError('malformed', `the ${what}: ${error.message}`);
    throw error;
  }
}
