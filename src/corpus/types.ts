// What an entry of the corpus is: a token that should be refused, how it is made in any world, and what whoever takes it gives away.

import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import type { OAuthError, Reason } from '../protocol/refusal.ts';
import type { Kind } from './kinds.ts';

/** Claims or header members to replace; undefined takes one away. */
export type Changes = Readonly<Record<string, unknown>>;

/** Parameters of a form; an array repeats one, undefined leaves it out. */
export type FormFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A key somebody signs with: what is published of it, and raw signatures in the form a JWS holds them. */
export type TokenKey = {
  readonly alg: SignatureAlgorithm;
  readonly kid: string;
  readonly publicJwk: JsonObject;
  sign(input: Buffer): Buffer;
};

/** Who issues what is presented, and the key it publishes. */
export type Issuer = { readonly id: string; readonly key: TokenKey };

/** How a client authenticates (RFC 6749 §2.3); `none` also where the connection does it (RFC 8705). */
export type ClientAuth =
  | { readonly method: 'private_key_jwt'; readonly key: TokenKey; readonly audience?: string }
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secret: string }
  | { readonly method: 'none' }
  /** By what somebody else shows, with headers in lower case; nothing can be broken in it. */
  | { readonly method: 'shown'; readonly show: () => ShownCredentials };

export type ShownCredentials = {
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
};

export type Caller = {
  /** The client id at the server under test. */
  readonly id: string;
  /** The client id at the issuer: the audience of its ID Tokens, the holder of its access tokens. */
  readonly idAtIssuer: string;
  readonly auth: ClientAuth;
};

/** Everything a token is made from. The same entry can so be made against any authorization server. */
export type World = {
  /** Seconds. */
  readonly now: number;
  /** The authorization server under test. */
  readonly server: { readonly issuer: string; readonly tokenEndpoint: string };
  /** Whose grants or subject tokens the server takes. */
  readonly issuer: Issuer;
  /** A second issuer it trusts. */
  readonly otherIssuer?: Issuer;
  /** Who presents. */
  readonly client: Caller;
  /** A second client of the server; without `auth` we know its id alone. */
  readonly otherClient?: { readonly id: string; readonly auth?: ClientAuth };
  /** `sub` of every good token: somebody the server knows, or would make an account for. */
  readonly subject: string;
  /** Scope and resource of a good token; absent: it names none. */
  readonly scope?: string;
  readonly resource?: string;
  /** Further claims the server wants in every good token of the issuer, such as `email` or `tenant`. */
  readonly claims?: Changes;
  /** Where a subject token is exchanged for: the authorization server the grant is meant for. */
  readonly partner?: string;
  /** A DPoP nonce of the server, once it gave one out (RFC 9449 §8). */
  readonly nonce?: string;
  /** The key the client shows to hold, named by its thumbprint (RFC 7638). */
  readonly holder: TokenKey;
  /** A key nobody publishes, the same one each time. */
  readonly stranger: (alg: SignatureAlgorithm) => TokenKey;
};

/** Header and payload of a token as JSON text, so that they may also be what no serializer would write. */
export type Texts = { readonly header: string; readonly payload: string };

/** What an entry makes its token with: the world, and good tokens of its own kind and of others. */
export type Mint = Omit<World, 'stranger'> & {
  readonly kind: Kind;
  /** The key that tokens of this kind are properly signed with. */
  readonly key: TokenKey;
  /** A key nobody publishes, of the same algorithm: with another one it would be the algorithm that is refused. */
  readonly stranger: TokenKey;
  /** A good token of this kind, with claims and header members replaced, signed with `key` unless another is given. */
  token(claims?: Changes, header?: Changes, key?: TokenKey): string;
  /** The same before it is signed. */
  texts(claims?: Changes, header?: Changes): Texts;
  /** The tools for a token of another kind. */
  of(kind: Kind): Mint;
};

/** One presentation of a token. */
export type Attempt = {
  readonly token: string;
  /** Parameters laid over those of a good request. */
  readonly fields?: FormFields;
  /** DPoP proofs that go with it; several are sent as one header with commas, as proxies join them. */
  readonly proofs?: readonly string[];
  /** Who presents; default: the client. */
  readonly as?: 'other_client';
};

/** A token, or a whole attempt, or several one after the other: then all but the last must be granted. */
export type Made = string | Attempt | readonly (string | Attempt)[];

/** What a world may lack. The texts are in needs.ts. */
export type Need =
  | 'private_key_jwt'
  | 'other_client'
  | 'other_client_auth'
  | 'other_issuer'
  | 'dpop'
  | 'ecdsa'
  | 'resource'
  | 'scope'
  | 'partner';

type Described = {
  /** Kind and name, such as `id_jag/alg/none`; unique. */
  readonly id: string;
  readonly kind: Kind;
  /** How it is made, in a clause that is enough to make it with other tools. */
  readonly how: string;
  readonly section: string;
  readonly needs: readonly Need[];
  readonly make: (mint: Mint) => Made;
};

/** A token that should be refused. */
export type Bad = Described & {
  readonly expect: 'refuse';
  /** `must`: a specification forbids to take it. `should`: it leaves that to the receiver, and a careful one refuses. */
  readonly severity: 'must' | 'should';
  /** What an attacker gains where it is taken. */
  readonly attack: string;
  /** What whoever takes it has to repair. */
  readonly fix: string;
  /** OAuth error codes a conformant server may answer with. */
  readonly errors: readonly OAuthError[];
  /** Why crossgrant refuses it. */
  readonly reason?: Reason;
  /** The setting of crossgrant with which it is taken on purpose. */
  readonly takenWith?: string;
  /** True for an answer that grants and does no harm all the same, such as one that leaves out what was asked beyond. */
  readonly harmless?: (granted: JsonObject) => boolean;
  /** One of the few that a first look at a server takes. */
  readonly core: boolean;
};

/** A token that should be taken: without it a refusal proves nothing. */
export type Good = Described & {
  readonly expect: 'accept';
  /** `must`: every server of this kind takes it. `may`: conformant servers differ, and who sends has to know. */
  readonly severity: 'must' | 'may';
  /** Why crossgrant refuses it all the same, as it is by default. */
  readonly reason?: Reason;
};

export type Entry = Bad | Good;

/** What `fetch` must do for us; the global one fits. */
export type Send = (
  url: string,
  request: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly redirect: 'manual';
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null | undefined };
  text(): Promise<string>;
}>;

/** An authorization server to try entries at, and everything we have there. */
export type Target = Omit<World, 'now' | 'nonce' | 'holder' | 'stranger'> & {
  /** Kinds of token it takes. Client assertions and proofs go with the first of the others, or with client_credentials. */
  readonly takes: readonly Kind[];
  /** Whether it knows DPoP. */
  readonly dpop: boolean;
  /** Parameters of a token exchange beside the subject token: audience, requested_token_type, … */
  readonly exchange?: FormFields;
  /** Seconds. */
  readonly now: () => number;
  readonly fetch: Send;
};

/** `refused_otherwise`: refused, but with a code no specification gives for it. `failed`: no answer that says anything. */
export type Outcome = 'accepted' | 'refused' | 'refused_otherwise' | 'skipped' | 'failed';

/** What came of an entry. */
export type Result = {
  readonly entry: Entry;
  readonly outcome: Outcome;
  /** HTTP status and OAuth code of the answer that counts; null where there is none. */
  readonly status: number | null;
  readonly error: string | null;
  /** Why it was skipped or failed, or what is odd. */
  readonly why?: string;
  /** The trace id a crossgrant answers with. */
  readonly trace?: string;
  /** How many requests were made. */
  readonly requests: number;
};
