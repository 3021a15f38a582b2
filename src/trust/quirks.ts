// How a receiver of our grants differs from what the specifications promise; issuing honours what stands here.

/** By the names they have in the configuration; what is left out is as the specifications have it. */
export type Quirks = {
  /** What `aud` must be: the issuer identifier, the same with a slash at its end, or the token endpoint (RFC 7523 §3). */
  readonly audience?: 'issuer' | 'issuer_slash' | 'token_endpoint';
  /** Whether `aud` is text or a list of one. */
  readonly audience_form?: 'string' | 'array';
  /** Seconds from `iat` to `exp` at most. */
  readonly max_lifetime?: number;
  /** True: a grant is good once there. For information; ours are never meant to be used twice. */
  readonly single_use?: boolean;
};
