// Verifies an access token at a protected resource (RFC 9068 §4), with its binding (RFC 9449 §7) and what the operation needs.

import { check, openTrace, pass, type Trace } from '../audit/trace.ts';
import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import { limits } from '../protocol/limits.ts';
import { Refusal, refuse } from '../protocol/refusal.ts';
import { joseTypes } from '../protocol/urns.ts';
import { scopeValues } from '../token/policy/scopes.ts';
import { isFresh } from '../token/policy/sign-in.ts';
import { verifyProof } from '../token/proofs/dpop.ts';
import type { ProofKeys } from '../token/proofs/keys.ts';
import type { DpopNonces } from '../token/proofs/nonce.ts';
import type { KeySource } from '../trust/domain.ts';
import { IntrospectionUnavailable } from '../trust/introspection.ts';
import type { SeenTokens } from '../trust/presented.ts';
import { orRefuse, verifyJwt } from '../trust/verify-jwt.ts';
import type { AskLiveness } from './liveness.ts';
import type { AccessToken, Requirements, ResourceRequest } from './types.ts';

/** A resource with everything its checks reach for. */
export type Guard = {
  readonly resource: string;
  readonly issuer: string;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly keys: KeySource;
  readonly proofRequired: boolean;
  readonly nonces: DpopNonces;
  readonly seenTokens: SeenTokens;
  readonly proofKeys: ProofKeys;
  readonly firstUse: (key: string, expiresAt: number) => boolean | Promise<boolean>;
  /** Absent: a token counts until it expires. */
  readonly isActive?: AskLiveness;
  readonly now: () => number;
};

export type Credentials = { readonly scheme: 'bearer' | 'dpop'; readonly token: string };

const credentials = /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)$/i;

/** The token of the Authorization header, only from there (RFC 6750 §2.1). */
export function readCredentials({ authorization }: ResourceRequest): Credentials {
  if (authorization.length > 1) refuse('request.repeated_header', { received: 'authorization' });
  const [, scheme, token] = credentials.exec(authorization[0] ?? '') ?? refuse('access_token.missing');
  return { scheme: scheme?.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token: token ?? '' };
}

/** The verified token, or a refusal with `access_token.*` or `dpop_proof.*`. */
export async function verifyAccess(
  presented: Credentials,
  request: ResourceRequest,
  required: Requirements,
  guard: Guard,
): Promise<AccessToken> {
  const trace = openTrace('access', guard.now());
  const now = Math.floor(trace.at / 1000);
  const { claims } = await verifyJwt(
    orRefuse('access_token', () => guard.seenTokens.read(presented.token)),
    {
      kind: 'access_token',
      types: [joseTypes.accessToken],
      signer: (iss) => (iss === guard.issuer ? guard : undefined),
      audience: () => ({ among: [guard.resource] }),
      required: ['sub', 'client_id', 'jti'],
      iatRequired: true,
      maxLifetime: limits.subjectTokenLifetime,
    },
    now,
    trace,
  );
  const jkt = boundKey(claims);
  await checkBinding(jkt, presented, request, guard, trace);
  // Of a token that is good otherwise: a stranger must not make us ask the issuer.
  await checkActive(presented.token, guard, trace);
  const scopes = typeof claims['scope'] === 'string' ? (scopeValues(claims['scope']) ?? []) : [];
  // Only after the token is known to be good: requirements are nobody else's business (RFC 9470 §9).
  checkRequirements(claims, scopes, required, now, trace);
  return {
    issuer: claims.iss,
    subject: String(claims['sub']),
    clientId: String(claims['client_id']),
    scopes,
    jkt,
    claims,
  };
}

/** The thumbprint in `cnf`; any other confirmation is one we cannot check, so the token is worth nothing here. */
function boundKey({ cnf }: JsonObject): string | undefined {
  if (cnf === undefined) return undefined;
  const members = typeof cnf === 'object' && cnf !== null ? Object.entries(cnf) : [];
  const [name, value] = members[0] ?? [];
  const known = members.length === 1 && name === 'jkt' && typeof value === 'string';
  return known ? value : refuse('access_token.claims', { expected: 'cnf.jkt alone' });
}

async function checkBinding(
  jkt: string | undefined,
  { scheme, token }: Credentials,
  { method, url, dpop }: ResourceRequest,
  guard: Guard,
  trace: Trace,
): Promise<void> {
  const bound = jkt !== undefined;
  // A bound token must not be taken as a bearer token, nor the other way round (RFC 9449 §7.1, §7.2).
  check(trace, 'access_token.scheme', bound === (scheme === 'dpop') && (bound || !guard.proofRequired), {
    expected: bound || guard.proofRequired ? 'a bound token with the DPoP scheme' : 'Bearer',
    received: scheme,
  });
  if (!bound) return;
  const [proof, ...more] = dpop;
  if (proof === undefined) refuse('dpop_proof.missing');
  if (more.length > 0) refuse('dpop_proof.malformed', { expected: 'one DPoP header' });
  const uri = requestUri(url, guard.resource);
  const now = Math.floor(trace.at / 1000);
  const verified = verifyProof(proof, { method, uri, accessToken: token }, guard, now, trace);
  check(trace, 'access_token.proof_key', verified.jkt === jkt, { expected: jkt, received: verified.jkt });
  for (const { issuer, id, expiresAt } of verified.spends) {
    check(trace, 'dpop_proof.replayed', await guard.firstUse(`${issuer}\n${id}`, expiresAt));
  }
}

async function checkActive(token: string, { isActive }: Guard, trace: Trace): Promise<void> {
  if (isActive === undefined) return;
  try {
    check(trace, 'access_token.revoked', await isActive(token));
  } catch (error) {
    if (!(error instanceof IntrospectionUnavailable)) throw error;
    throw new Refusal('access_token.unavailable', { received: error.message }, {}, error);
  }
}

/**
 * Our own origin, and the path as it was sent (RFC 9449 §4.3). Put together as text: resolved as a reference,
 * the path `//evil.example/` is another host, and a proof made for that host would count here.
 */
function requestUri(url: string, resource: string): string {
  const { origin } = new URL(resource);
  const sent = url.startsWith('/') ? `${origin}${url}` : url;
  if (!/^https?:\/\//i.test(sent) || !URL.canParse(sent)) refuse('dpop_proof.uri', { received: url });
  return `${origin}${new URL(sent).pathname}`;
}

function checkRequirements(
  claims: JsonObject,
  scopes: readonly string[],
  required: Requirements,
  now: number,
  trace: Trace,
): void {
  const { scope = [], acr, maxAge } = required;
  const missing = scope.filter((value) => !scopes.includes(value));
  if (missing.length > 0)
    refuse('access_token.scope', { expected: scope, received: scopes }, { scope: scope.join(' ') });
  const strong = acr === undefined || acr.some((accepted) => accepted === claims['acr']);
  const fresh = maxAge === undefined || isFresh(claims['auth_time'], maxAge, now);
  const challenge = {
    ...(acr && { acr_values: acr.join(' ') }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
  };
  if (!strong || !fresh) refuse('access_token.sign_in', { expected: challenge }, challenge);
  pass(trace, 'access_token.sign_in');
}
