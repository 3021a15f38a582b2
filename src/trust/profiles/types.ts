// What a profile is: one make of issuer, what its tokens look like, what to beware of, and the settings that follow from it.

import type { SignatureAlgorithm } from '../../jose/algorithms.ts';
import type { JsonObject } from '../../jose/json.ts';
import type { SubjectTokenKind } from '../domain.ts';
import type { Quirks } from '../quirks.ts';

/** Something that is so, and the public document that says it. */
export type Fact = {
  readonly about: 'issuer' | 'id_token' | 'access_token' | 'jwt' | 'subject' | 'tenant' | 'grants';
  readonly says: string;
  readonly source: string;
};

/** Something that goes wrong with this make if nobody thinks of it. */
export type Beware = {
  readonly says: string;
  readonly source: string;
  /** What shows that nobody did, in words; undefined where nothing does. */
  readonly overlooked?: (handling: Handling) => string | undefined;
};

/** How a configuration takes the tokens and grants of an issuer. */
export type Handling = {
  /** Kinds of token taken from it. */
  readonly tokens: readonly SubjectTokenKind[];
  /** The claim that names the subject. */
  readonly subject: string;
  /** Claims people are named or found by in some rule. */
  readonly names: ReadonlySet<string>;
  /** Claims that must have one of these values, whatever rule a token is used with. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
};

/**
 * Settings of a domain file, as they are written there, for what a file of this make leaves out. There is no way to say here
 * who may do what: a profile tells how tokens are read, and may demand more of them.
 */
export type ProfileDefaults = {
  /** None that would not be taken anyway. */
  readonly algs?: readonly SignatureAlgorithm[];
  readonly subjects?: {
    readonly access_tokens?: 'jwt';
    readonly subject_claim?: string;
    readonly client_claim?: string;
    readonly scope_claim?: string;
    readonly email?: 'unverified';
    readonly when?: Readonly<Record<string, readonly string[]>>;
    readonly kinds?: { readonly claim: string } & Readonly<Partial<Record<SubjectTokenKind, readonly string[]>>>;
  };
};

export type Profile = {
  /** As `profile` of a domain file names it. */
  readonly name: string;
  /** As people call it. */
  readonly make: string;
  /** What issuer identifiers look like. */
  readonly issuers: string;
  /** One such identifier, made up. */
  readonly example: string;
  /** Why an issuer identifier cannot be one of this make; undefined when it can. */
  readonly issuerFault?: (issuer: string) => string | undefined;
  /** Kinds of token it issues that can be verified here. */
  readonly tokens: readonly SubjectTokenKind[];
  /** The claims that name subject and tenant; no tenant: the issuer has only one. */
  readonly subject: string;
  readonly tenant?: string;
  /** Kinds of grant its authorization server takes from others. */
  readonly takes: readonly ('id-jag' | 'jwt')[];
  /** How it takes them. */
  readonly quirks: Quirks;
  /** Claims of its tokens, beside those of OpenID Connect and RFC 9068. */
  readonly claims: readonly string[];
  /**
   * Everybody can get a token of this issuer made for us: which ones count must be said by a condition on one of these
   * claims. `why` ends a sentence.
   */
  readonly pin?: { readonly why: string; readonly claims: readonly string[] };
  readonly facts: readonly Fact[];
  readonly beware: readonly Beware[];
  /** What follows from it for a file with this issuer. */
  readonly defaults: (issuer: string) => ProfileDefaults;
  /** Whether an issuer with this metadata (RFC 8414 §2, or none) is of this make. */
  readonly detect: (issuer: URL, metadata: JsonObject) => boolean;
};
