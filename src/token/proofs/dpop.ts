// Checks a DPoP proof (RFC 9449 §4.3): one signed statement that the sender of this very request holds a key.

import { createHash } from 'node:crypto';
import { check, pass, type Trace } from '../../audit/trace.ts';
import type { SignatureAlgorithm } from '../../jose/algorithms.ts';
import { encodeBase64url } from '../../jose/base64url.ts';
import type { JsonObject } from '../../jose/json.ts';
import { KeyError } from '../../jose/jwk.ts';
import { decodeJws, verifyJws } from '../../jose/jws.ts';
import { limits } from '../../protocol/limits.ts';
import { Refusal, refuse } from '../../protocol/refusal.ts';
import { joseTypes } from '../../protocol/urns.ts';
import { mediaType, orRefuse } from '../../trust/verify-jwt.ts';
import type { Proof } from '../types.ts';
import { normalizeUri } from './htu.ts';
import type { FoundKey, ProofKeys } from './keys.ts';
import type { DpopNonces } from './nonce.ts';

/** Algorithms a proof may use; a symmetric one proves nothing. */
export const proofAlgorithms: readonly SignatureAlgorithm[] = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'RS256'];

/** The request the proof must be about. */
export type ProvenRequest = {
  readonly method: string;
  /** The URI as configured, never as a Host header has it. */
  readonly uri: string;
  /** Given at a resource: the proof must then name this token by `ath`. */
  readonly accessToken?: string;
};

/** What a proof is checked with beside the request. */
export type ProofChecks = {
  readonly nonces: Pick<DpopNonces, 'required' | 'isRecent' | 'current'>;
  readonly proofKeys: ProofKeys;
};

/** Verifies the proof at `now` (seconds), or refuses with `dpop_proof.*`. */
export function verifyProof(
  proof: string,
  request: ProvenRequest,
  { nonces, proofKeys }: ProofChecks,
  now: number,
  trace: Trace,
): Proof {
  const jws = orRefuse('dpop_proof', () => decodeJws(proof));
  const typ = mediaType(jws.header['typ']);
  check(trace, 'dpop_proof.typ', typ === joseTypes.dpop, { expected: joseTypes.dpop, received: typ });
  const { alg, jwk } = jws.header;
  if (!proofAlgorithms.includes(alg)) {
    refuse('dpop_proof.algorithm', { expected: proofAlgorithms, received: alg });
  }
  const { key, keep } = proofKey(jwk, proofKeys);
  orRefuse('dpop_proof', () => verifyJws(jws, key));
  keep();
  pass(trace, 'dpop_proof.signature');

  const jti = identifier(jws.claims, 'jti');
  const here = normalizeUri(request.uri);
  checkRequest(jws.claims, request, here, trace);
  const iat = checkFreshness(jws.claims, now, trace);
  checkNonce(jws.claims['nonce'], nonces, now, trace);
  const spent = {
    kind: 'dpop_proof',
    issuer: key.thumbprint,
    // As it is compared: a path spelled `/%65vents` must not let the proof for `/events` serve again.
    id: `${here}\n${jti}`,
    expiresAt: Math.ceil(iat) + limits.dpopProofAge + 1,
  } as const;
  return { jkt: key.thumbprint, algorithm: alg, spends: [spent] };
}

/** The one place where a key from inside a token counts: it proves possession, never identity. */
function proofKey(jwk: unknown, keys: ProofKeys): FoundKey {
  try {
    return keys.find(jwk);
  } catch (error) {
    if (error instanceof KeyError) throw new Refusal('dpop_proof.key', {}, {}, error);
    throw error;
  }
}

function checkRequest(
  claims: JsonObject,
  { method, uri, accessToken }: ProvenRequest,
  here: string | undefined,
  trace: Trace,
): void {
  const { htm, htu, ath } = claims;
  check(trace, 'dpop_proof.method', htm === method, { expected: method, received: htm ?? null });
  const there = htu === uri ? here : typeof htu === 'string' && normalizeUri(htu);
  check(trace, 'dpop_proof.uri', here !== undefined && there === here, {
    expected: uri,
    received: htu ?? null,
  });
  if (accessToken === undefined) return;
  const expected = encodeBase64url(createHash('sha256').update(accessToken).digest());
  check(trace, 'dpop_proof.claims', ath === expected, { expected: 'ath of this access token' });
}

/** RFC 9449 §4.3 step 11, §11.1. Returns `iat`. */
function checkFreshness(claims: JsonObject, now: number, trace: Trace): number {
  const { iat } = claims;
  if (typeof iat !== 'number') return refuse('dpop_proof.claims', { expected: 'iat' });
  check(trace, 'dpop_proof.not_yet_valid', iat <= now + limits.clockAhead, { expected: `by ${now}`, received: iat });
  check(trace, 'dpop_proof.expired', iat >= now - limits.dpopProofAge, {
    expected: `${limits.dpopProofAge} s old`,
    received: iat,
  });
  return iat;
}

/** RFC 9449 §8. A nonce that is there must be ours even where none is demanded, or an old proof could be dressed up. */
function checkNonce(
  nonce: unknown,
  nonces: Pick<DpopNonces, 'required' | 'isRecent'>,
  now: number,
  trace: Trace,
): void {
  const recent = typeof nonce === 'string' && nonces.isRecent(nonce, now);
  const missing = nonce === undefined && !nonces.required;
  check(trace, 'dpop_proof.nonce', recent || missing, { expected: 'a recent nonce of this server' });
}

function identifier(claims: JsonObject, name: string): string {
  const value = claims[name];
  const usable = typeof value === 'string' && value !== '' && value.length <= limits.identifier;
  return usable ? value : refuse('dpop_proof.claims', { expected: name });
}
