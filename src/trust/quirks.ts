// How a receiver of our grants differs from what the specifications promise; issuing honours what stands here.

/** By the names they have in the configuration; what is left out is as the specifications have it. */
export type Quirks = {
  /** What `aud` must be: the issuer identifier, the same with a slash at its end, or the token endpoint (RFC 7523 §3). */
  readonly audience?: 'issuer' | 'issuer_slash' | 'token_endpoint' | undefined;
  /** Whether `aud` is text or a list of one. */
  readonly audience_form?: 'string' | 'array' | undefined;
  /** Seconds from `iat` to `exp` at most. */
  readonly max_lifetime?: number | undefined;
  /** True: a grant is good once there. For information; ours are never meant to be used twice. */
  readonly single_use?: boolean | undefined;
};

/** The `aud` of grants for this receiver: always one, and always the receiver itself. */
export function audienceFor(
  issuer: string,
  { audience = 'issuer', audience_form: form = 'string' }: Quirks,
  tokenEndpoint: string,
): string | readonly string[] {
  const names = { issuer, issuer_slash: issuer.endsWith('/') ? issuer : `${issuer}/`, token_endpoint: tokenEndpoint };
  return form === 'array' ? [names[audience]] : names[audience];
}
