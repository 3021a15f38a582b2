// The values that pass between the steps of the path: plain data, each made by one step.

import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import type { SingleUse, SubjectLink, Suspendable } from '../store/store.ts';
import type { Domain } from '../trust/domain.ts';
import type { IssuedKind } from './issue/types.ts';
import type { Detail } from './policy/details.ts';
import type { Rule } from './policy/rule.ts';

/** What came over the wire, before anything is believed of it. Header names in lower case, values as often as sent. */
export type Incoming = {
  readonly method: string;
  /** The address at the other end of the connection; undefined for a call in process. */
  readonly peer?: string | undefined;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** `too-large` when reading stopped at limits.requestBody, `incomplete` when the caller did. */
  readonly body: Uint8Array | 'too-large' | 'incomplete';
};

/** A key the caller has shown to hold (RFC 9449). */
export type Proof = {
  /** RFC 7638 thumbprint of that key. */
  readonly jkt: string;
  readonly algorithm: SignatureAlgorithm;
  readonly spends: readonly SingleUse[];
};

/** Current actor outermost, earlier ones nested (RFC 8693 §4.1). */
export type Actor = {
  readonly iss?: string;
  readonly sub: string;
  readonly act?: Actor;
  readonly [claim: string]: unknown;
};

/** On whose authority the caller asks: a verified token, in one shape whatever its kind. */
export type Subject = {
  readonly domain: Domain;
  readonly issuer: string;
  readonly sub: string;
  /** The tenant at the issuer, for an issuer with several. */
  readonly tenant?: string;
  readonly claims: JsonObject;
  readonly actor?: Actor;
  /** Seconds; undefined when the issuer does not say (an opaque token). */
  readonly expiresAt?: number;
  /** Issuers the authority passed through, oldest first, the one of this token last. */
  readonly lineage: readonly string[];
  /** What the token itself conveys; nothing issued goes beyond. Undefined: the token says nothing about it. */
  readonly conveys: Privileges;
  /** Of a token of ours: for whom it was issued, as the token before it called him, to which client, and who else is behind it. */
  readonly origin?: {
    readonly issuer: string;
    readonly sub: string;
    readonly clientId: string;
    readonly behind: readonly Suspendable[];
  };
};

export type Privileges = {
  readonly resources?: readonly string[];
  readonly scopes?: readonly string[];
  readonly details?: readonly Detail[];
};

/** A rule the request could fall under, as the caller reached it. */
export type Candidate = { readonly rule: Rule; readonly audienceTenant?: string };

/** What is asked, and on whose authority. */
export type Ask = {
  readonly subject: Subject;
  /** From a validated actor token, and the token as it was read. */
  readonly actor?: Actor;
  readonly actorToken?: Subject;
  readonly candidates: readonly Candidate[];
  readonly wants: Privileges;
  /** The token type the answer names (RFC 8693 §2.2.1); absent where the answer has no such member. */
  readonly answersTokenType: boolean;
  /** Both legs: the caller wants the partner's access token, not a grant for it (identity chaining App. B.2). */
  readonly redeems?: true;
  /** Thumbprint of a key that the issuer of the grant has seen proved, and the token is for (identity chaining App. B.3). */
  readonly delegatedKey?: string;
  /** The grant itself, when it is good only once; spent only when a token leaves. */
  readonly spends: readonly SingleUse[];
};

/** What may be issued, and by which rule. */
export type Decision = {
  readonly rule: Rule;
  /** The client id the audience knows. */
  readonly clientId: string;
  readonly audienceTenant?: string;
  readonly resources: readonly string[];
  /** As the audience calls them; undefined when the rule knows no scopes. */
  readonly scopes: readonly string[] | undefined;
  readonly details: readonly Detail[] | undefined;
  /** Whoever stands behind the request: looked at now, again when it is committed, and kept with the token. */
  readonly behind: readonly Suspendable[];
};

/** A token before it is signed. */
export type Draft = {
  readonly kind: IssuedKind;
  readonly claims: JsonObject & {
    readonly iss: string;
    readonly sub: string;
    readonly jti: string;
    readonly exp: number;
  };
  readonly link?: SubjectLink;
};

/** A signed token that was read back, and the draft it came from. */
export type Issued = { readonly jwt: string; readonly draft: Draft };
