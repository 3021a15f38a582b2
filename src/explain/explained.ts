// What an explanation says: plain data, so that it can be printed, sent and compared.

import type { JsonObject } from '../jose/json.ts';
import type { Party, Reason } from '../protocol/refusal.ts';

/** One check of the path, in the order it was made. */
export type ExplainedCheck = {
  readonly reason: string;
  readonly section: string;
  readonly held: boolean;
  readonly expected?: unknown;
  readonly received?: unknown;
};

/** A rule that was looked at and not taken. */
export type NearRule = {
  readonly rule: string;
  /** What stands in its way; absent: it fits as well, and comes later. */
  readonly reason?: Reason;
  readonly expected?: unknown;
  readonly received?: unknown;
};

export type ScopeRow = {
  /** As it was asked for, or is held. */
  readonly scope: string;
  readonly asked: boolean;
  /** Whether the presented token conveys it; null where it says nothing of scopes. */
  readonly held: boolean | null;
  /** What the audience calls it; null where the rule does not know it. */
  readonly becomes: string | null;
  readonly granted: boolean;
};

export type ClaimRow = {
  readonly claim: string;
  /** Undefined where the reader's role may not see it. */
  readonly value?: unknown;
  /** Where it comes from: a claim of the presented token, the rule, or we say it ourselves. */
  readonly from: string;
};

/** Why it would be refused, and what would have to change. */
export type ExplainedRefusal = {
  readonly reason: Reason;
  /** What the caller is told. */
  readonly answer: { readonly status: number; readonly error: string; readonly text: string };
  readonly cause: string;
  readonly remedy: string;
  /** Who can change it, the likeliest first. */
  readonly by: readonly Party[];
  /** A name we know that is nearly the one that came. */
  readonly nearest?: string;
};

/** What the partner would make of the grant. */
export type SecondLeg = {
  readonly domain: string;
  /** Who says so: the partner itself, or what we know of it. */
  readonly told: 'by the partner' | 'by what we know';
  readonly outcome: 'granted' | 'refused' | 'unknown';
  readonly notes: readonly string[];
  /** What the partner lets us see of its own explanation. */
  readonly partner?: PartnerSays;
};

/** What a partner is told of a grant of its own: enough to mend it, nothing about whom we trust beside it. */
export type PartnerSays = {
  readonly outcome: 'granted' | 'refused';
  readonly checks: readonly { readonly reason: string; readonly section: string; readonly held: boolean }[];
  readonly refused: {
    readonly reason: string;
    readonly cause: string;
    readonly remedy: string;
    readonly by: readonly string[];
  } | null;
  /** What the access token would say. */
  readonly token: {
    readonly sub: string;
    readonly aud: string;
    readonly scope: string | null;
    readonly actor: string | null;
    /** Seconds. */
    readonly lifetime: number;
  } | null;
};

export type Explained = {
  readonly outcome: 'granted' | 'refused';
  /** Milliseconds since the epoch: the moment for which it was decided. */
  readonly at: number;
  readonly action: string;
  readonly client: string | null;
  readonly agent: string | null;
  readonly subject: { readonly issuer: string; readonly sub: string; readonly tenant?: string } | null;
  readonly domain: string | null;
  readonly rule: string | null;
  readonly checks: readonly ExplainedCheck[];
  readonly near: readonly NearRule[];
  readonly scopes: readonly ScopeRow[];
  readonly claims: readonly ClaimRow[];
  /** Claims of the presented token that stay here, by name. */
  readonly left: readonly string[];
  /** The token that would come out; never signed. */
  readonly token: { readonly kind: string; readonly typ: string | null; readonly claims: JsonObject } | null;
  readonly refused: ExplainedRefusal | null;
  /** What explaining does not look at. */
  readonly unchecked: readonly string[];
  readonly secondLeg: SecondLeg | null;
  /** What would be answered if what is in report-only counted; null where nothing is. */
  readonly reportOnly: ReportOnly | null;
};

export type ReportOnly = Pick<Explained, 'domain' | 'rule' | 'refused'> & {
  /** `unknown`: it depends on what an issuer would say of a token that it is not asked about yet. */
  readonly outcome: Explained['outcome'] | 'unknown';
  /** The check that would end it. */
  readonly failed: ExplainedCheck | null;
};
