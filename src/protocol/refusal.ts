// Every way we say no: an exact reason inside, fixed words outside, and one table (refusals.ts) between the two.

import type { refusals } from './refusals.ts';

/** OAuth error codes we answer with (RFC 6749 §5.2, 7009 §2.2.1, 8693 §2.2.2, 9396 §5, 9449 §5, 9470 §3, 8628 §3.5, ID-JAG). */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_authorization_details'
  | 'access_denied'
  | 'insufficient_user_authentication'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'unsupported_token_type'
  | 'unsupported_response_type'
  | 'slow_down'
  | 'temporarily_unavailable'
  | 'server_error';

/** Who can put something right: whoever sent the request, we who run this broker, or the domain a token came from. */
export type Party = 'caller' | 'us' | 'partner';

/** What the outside learns of a refusal, and what an operator reads beside the record. */
export type RefusalRow = {
  readonly status: number;
  readonly error: OAuthError;
  /** The code where a grant profile applies: bad tokens are invalid_request in RFC 8693 §2.2.2, invalid_grant in ID-JAG §4.3.4.3. */
  readonly errorInGrantProfile?: OAuthError;
  /** `error_description`: says what the caller may know, never what we trust. */
  readonly text: string;
  readonly section: string;
  /** What happened, as far as the reason alone tells; the record adds what was expected and what came. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Who can, the likeliest first. */
  readonly by: readonly Party[];
};

export type Reason = keyof typeof refusals;

/** What an operator is told of a failed check; never a token, secret or key. */
export type Evidence = { readonly expected?: unknown; readonly received?: unknown };

/** The one error a step throws to refuse. `extra` are further members of the answer, such as `acr_values`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: Reason;
  readonly evidence: Evidence;
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(reason: Reason, evidence: Evidence = {}, extra: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.evidence = evidence;
    this.extra = extra;
  }
}

/** Refuses. */
export function refuse(reason: Reason, evidence?: Evidence, extra?: Readonly<Record<string, unknown>>): never {
  throw new Refusal(reason, evidence, extra);
}
