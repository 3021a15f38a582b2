// What a protected resource tells us of itself, of a request, and what it gets back.

import type { Check } from '../audit/record.ts';
import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import type { AnswersInProcess } from '../trust/fetch-in-process.ts';
import type { Network } from '../trust/guarded-fetch.ts';
import type { KeyLocation } from '../trust/remote-keys.ts';
import type { LivenessOptions } from './liveness.ts';

export type ResourceOptions = {
  /** Our identifier (RFC 9728 §2): the `aud` a token must name, and the base of `htu`. */
  readonly resource: string;
  /** The authorization server whose tokens count, byte for byte. */
  readonly issuer: string;
  /** Where its keys are; default: `jwks_uri` of its metadata. */
  readonly keys?: KeyLocation;
  readonly algorithms?: readonly SignatureAlgorithm[];
  /** Published as `scopes_supported`. */
  readonly scopes?: readonly string[];
  /** `required` refuses every token that is not bound to a key. Default `optional`. */
  readonly dpop?: 'optional' | 'required';
  /** True: proofs must carry a nonce of this process (RFC 9449 §9). Default false. */
  readonly dpopNonce?: boolean;
  /**
   * Asks the issuer whether a token was revoked since it was issued. Default: nobody is asked, and a revoked token passes until it
   * expires. It makes the resource depend on the issuer, and costs a round trip for each token and cache time.
   */
  readonly liveness?: LivenessOptions;
  /** Published as `resource_name`. */
  readonly name?: string;
  /** What may be fetched beside public https addresses. */
  readonly network?: Partial<Network>;
  /** Where it is fetched from instead of the network: for tests in one process. */
  readonly fetch?: AnswersInProcess | undefined;
  /**
   * Remembers that a proof was used and says whether it is the first time; the default remembers in this process.
   * Give one that shares its memory when several processes serve the resource (RFC 9449 §11.1).
   */
  readonly firstUse?: (key: string, expiresAt: number) => boolean | Promise<boolean>;
  /** Told of every refusal, with the check that failed: what your log should hold, and the caller not. */
  readonly onRefused?: (failed: Check, request: ResourceRequest) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** A request as any server framework can give it. Header values as often as they were sent. */
export type ResourceRequest = {
  readonly method: string;
  /** The path and query, or the whole URL; only path and query are used. */
  readonly url: string;
  readonly authorization: readonly string[];
  readonly dpop: readonly string[];
};

/** What an operation needs beside a good token. */
export type Requirements = {
  /** Every one of these scopes. */
  readonly scope?: readonly string[];
  /** Any one of these (RFC 9470). */
  readonly acr?: readonly string[];
  /** Seconds since the sign-in at most (RFC 9470). */
  readonly maxAge?: number;
};

/** A verified access token. */
export type AccessToken = {
  readonly issuer: string;
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Thumbprint of the key it is bound to, undefined for a bearer token. */
  readonly jkt: string | undefined;
  readonly claims: JsonObject;
};

export type Access =
  | { readonly granted: true; readonly token: AccessToken; readonly headers: Readonly<Record<string, string>> }
  /** `status`, `headers` (with the challenge) and `body` are the answer. */
  | {
      readonly granted: false;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: { readonly error: string; readonly error_description: string };
      /** Which check failed, for your own log; the caller must not see it. */
      readonly failed: Check;
    };
