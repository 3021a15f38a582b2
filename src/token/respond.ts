// The answer: exactly the members the specifications name, and on a refusal no more than the table lets out.

import type { Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import type { Refusal } from '../protocol/refusal.ts';
import { refusalRow } from '../protocol/refusals.ts';
import { notAccessToken, tokenTypes } from '../protocol/urns.ts';
import type { GrantContext } from './grants/types.ts';
import type { ForeignToken } from './redeem/answer.ts';
import type { Ask, Decision, Issued } from './types.ts';

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** A body that comes from elsewhere and is handed on as it is. */
  readonly content?: Uint8Array<ArrayBuffer>;
  /** The story behind it, for whoever watches; never sent. */
  readonly trace: Trace;
  /** Present iff the request was refused. */
  readonly refusal?: Refusal;
};

/** The header by which a caller can name this request to an operator. */
export const traceHeader = 'Crossgrant-Trace-Id';

/** RFC 6749 §5.1 asks for both on every answer with a token or an error of the token endpoint. */
export const uncached = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const;

/** A granted request: RFC 6749 §5.1, RFC 8693 §2.2.1, ID-JAG §4.3.4. Never a refresh token. */
export function answerToken(
  { jwt, draft }: Issued,
  ask: Ask,
  decision: Decision,
  { proof, broker, trace }: GrantContext,
): Answer {
  const { kind, claims } = draft;
  const { resources, scopes, details } = decision;
  const tokenType = kind.goesTo === 'partner' ? notAccessToken : proof || ask.delegatedKey ? 'DPoP' : 'Bearer';
  const body = {
    access_token: jwt,
    ...(ask.answersTokenType && { issued_token_type: kind.tokenType }),
    token_type: tokenType,
    expires_in: claims.exp - Math.floor(trace.at / 1000),
    ...(scopes && { scope: scopes.join(' ') }),
    ...(resources.length > 0 && { resource: resources.length === 1 ? resources[0] : resources }),
    ...(details && { authorization_details: details }),
    // `token_type` N_A cannot tell a bound grant from an unbound one (ID-JAG issue #103).
    ...(proof && kind.goesTo === 'partner' && { cnf: { jkt: proof.jkt } }),
  };
  const nonce = proof && { 'DPoP-Nonce': broker.nonces.current(Math.floor(trace.at / 1000)) };
  return { status: 200, headers: { ...uncached, ...nonce, [traceHeader]: trace.id }, body, trace };
}

/** Both legs: the partner's access token, never a refresh token (RFC 8693 §2.2.1). */
export function answerForeign(
  { token, tokenType, expiresAt, scopes }: ForeignToken,
  { resources }: Decision,
  { trace }: GrantContext,
): Answer {
  const body = {
    access_token: token,
    issued_token_type: tokenTypes.accessToken,
    token_type: tokenType,
    expires_in: expiresAt - Math.floor(trace.at / 1000),
    ...(scopes && { scope: scopes.join(' ') }),
    ...(resources.length > 0 && { resource: resources.length === 1 ? resources[0] : resources }),
  };
  return { status: 200, headers: { ...uncached, [traceHeader]: trace.id }, body, trace };
}

/** A refused request: RFC 6749 §5.2, with the trace id an operator of either domain can be asked about. */
export function answerRefusal(refusal: Refusal, trace: Trace, broker: Broker): Answer {
  const row = refusalRow(refusal.reason);
  const error = (trace.grantProfile && row.errorInGrantProfile) || row.error;
  return {
    status: row.status,
    headers: {
      ...uncached,
      ...challenge(row.status, broker),
      ...nonceOf(error, trace, broker),
      [traceHeader]: trace.id,
    },
    body: { error, error_description: row.text, ...refusal.extra, trace_id: trace.id },
    trace,
    refusal,
  };
}

/** RFC 9110 §15.5.2 wants a challenge with every 401, §15.5.6 the methods with every 405, §10.2.3 the wait with a 503, RFC 6585 §4 that with a 429. */
function challenge(status: number, broker: Broker): Record<string, string> {
  if (status === 401) return { 'WWW-Authenticate': `Basic realm="${broker.issuer}", charset="UTF-8"` };
  if (status === 405) return { Allow: 'POST' };
  // A rate gives back at least one a second.
  if (status === 429) return { 'Retry-After': '1' };
  return status === 503 ? { 'Retry-After': '5' } : {};
}

/** RFC 9449 §8: whoever is asked for a nonce is given one. */
function nonceOf(error: string, trace: Trace, broker: Broker): Record<string, string> {
  return error === 'use_dpop_nonce' ? { 'DPoP-Nonce': broker.nonces.current(Math.floor(trace.at / 1000)) } : {};
}
