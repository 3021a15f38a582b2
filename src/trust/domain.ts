// A trust domain as we believe it: who issues there, with which keys, and whose tokens we take from it.

import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import type { VerificationKey } from '../jose/jwk.ts';
import type { Upstream } from './upstream.ts';

/** `report-only` evaluates and records without refusing more; `suspended` stops every grant of the domain at once. */
export type DomainState = 'enforce' | 'report-only' | 'suspended';

/** Finds a key of one issuer; throws Unavailable when none can be had at all. */
export type KeySource = {
  find(
    kid: string | undefined,
    alg: SignatureAlgorithm,
  ): VerificationKey | undefined | Promise<VerificationKey | undefined>;
};

/** Subject token kinds a caller may present, by the short name of their token type. */
export const subjectTokenKinds = ['id_token', 'access_token', 'jwt'] as const;
export type SubjectTokenKind = (typeof subjectTokenKinds)[number];

/** How one of our clients is known at an issuer of subject tokens. */
export type ClientThere = {
  /** Its client id there: the only `aud` of its ID Tokens (ID-JAG §4.3.3), the `client_id` of its access tokens. */
  readonly id: string;
  /** Resources this client is there; it may present access tokens made for them (identity chaining App. B.1). */
  readonly audiences: readonly string[];
};

/** What we take from an issuer as the authority of somebody (RFC 8693 §2.1). */
export type SubjectTrust = {
  readonly tokens: ReadonlySet<SubjectTokenKind>;
  /** Our client id → how it is known there; who is not listed may present nothing of this issuer. */
  readonly clients: ReadonlyMap<string, ClientThere>;
  /** `at+jwt` (RFC 9068), a plain JWT the issuer calls an access token, or opaque (RFC 7662). */
  readonly accessTokens: 'rfc9068' | 'jwt' | 'opaque';
  /** Asks the issuer about an opaque token; the answer is active. Present iff `accessTokens` is `opaque`. */
  readonly introspect?: (token: string) => Promise<JsonObject>;
  /** The claim that names the tenant, for an issuer with several; then a token must carry it (ID-JAG §6.3). */
  readonly tenantClaim?: string;
  /** The claim that names the subject; absent: `sub`. */
  readonly subjectClaim?: string;
  /** The claim that names the client of an access token or plain JWT; absent: `client_id`, else `azp`. */
  readonly clientClaim?: string;
  /** The claim that holds the scope, as text or as a list; a token without it holds none. Absent: `scope`, as text (RFC 9068 §2.2.3). */
  readonly scopeClaim?: string;
  /** True: an e-mail address without `email_verified` names nobody, whatever the mapping says that would use it. */
  readonly emailMustBeVerified: boolean;
  /** Claims a token must have, each with one of the values. */
  readonly when: ReadonlyMap<string, readonly string[]>;
  /** How the issuer itself tells its JWTs apart. */
  readonly kinds?: TokenKinds;
};

/** A claim that says which kind of token this is, and what it says for a kind; a kind that is not listed must say none of these. */
export type TokenKinds = {
  readonly claim: string;
  readonly values: ReadonlyMap<SubjectTokenKind, readonly string[]>;
};

export type Domain = {
  /** The name of its file, by which rules, records and commands speak of it. */
  readonly name: string;
  /** RFC 8414 issuer identifier, compared byte for byte. */
  readonly issuer: string;
  readonly contact: string;
  readonly state: DomainState;
  /** Seconds since the epoch from when on nothing of it counts; absent: the trust has no end. */
  readonly expiresAt?: number;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly keys: KeySource;
  readonly subjects?: SubjectTrust;
  /** Asks the partner what it would make of a grant; throws PartnerSilent. Absent: it did not let us. */
  readonly askExplain?: (question: object) => Promise<JsonObject>;
  /** Its servers that callers with handles reach through us. */
  readonly upstreams?: readonly Upstream[];
};
