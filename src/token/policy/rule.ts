// A rule: what may be issued for whom. Sending to a partner, accepting from one and access to our own resources have the same shape.

import type { Credentials } from '../../trust/credentials/types.ts';
import type { Domain } from '../../trust/domain.ts';
import type { Profile } from '../../trust/profiles/types.ts';
import type { Quirks } from '../../trust/quirks.ts';
import type { SubjectMapper } from '../claims/subject/types.ts';
import type { IssuedKind } from '../issue/types.ts';
import type { DetailCeiling } from './details.ts';

/** A claim taken over from the verified token: its name there and its name in what we issue. */
export type ClaimRule = { readonly from: string; readonly to: string };

/** What must be true of the sign-in behind the subject token (RFC 9470 §3, ID-JAG §9.2). */
export type SignInRequirement = {
  /** Any one of these suffices; also what the refusal asks for. */
  readonly acr: readonly string[];
  /** Every one of these must be among `amr`. */
  readonly amr: readonly string[];
  /** Seconds since `auth_time`. */
  readonly maxAge?: number;
};

/** Client ids as a rule finds them. `keys` is for people: it tells a host whose documents count as `https://host/…`. */
export type ClientNames = Pick<ReadonlyMap<string, string>, 'get' | 'has' | 'keys'>;

export type Rule = {
  /** `contoso.send`, `contoso.accept`, `travel-agent.access`: what records and answers to operators name. */
  readonly id: string;
  /** The other domain; absent for access to our own resources by our own subjects. */
  readonly domain?: Domain;
  readonly issues: IssuedKind;
  /** Whom a grant is for: the partner's issuer. Absent: the token is for the granted resource. */
  readonly audience?: string;
  /** What `aud` says where that is not just `audience`, because the partner wants to be called otherwise. */
  readonly writtenAudience?: string | readonly string[];
  /** Our client id → the id it has at the audience (ID-JAG §5). Who is not there is not allowed. */
  readonly clients: ClientNames;
  readonly publicClients: boolean;
  /** Domains whose subjects the rule is for, by name; empty: every domain we take subject tokens from. */
  readonly subjectsOf: ReadonlySet<string>;
  readonly resources: readonly string[];
  /** Used when the caller names none. */
  readonly defaultResource?: string;
  readonly resourceRequired: boolean;
  /** Scope as asked or held → scope as the audience calls it. */
  readonly scopes: ReadonlyMap<string, string>;
  /** Asked-for names taken when the caller names none; undefined: everything the presented token holds. */
  readonly defaultScopes: readonly string[] | undefined;
  /** True: a request beyond the presented token is cut down; false: it is refused (RFC 7521 §4.1). */
  readonly narrowScopes: boolean;
  readonly details: readonly DetailCeiling[];
  readonly mapSubject: SubjectMapper;
  readonly claims: readonly ClaimRule[];
  /** What becomes of actors: carried as they came, our agent put in front, refused, or taken from an actor token. */
  readonly actor: 'carry' | 'agent' | 'refuse' | 'token';
  /** `tenant` of the subject at us, taken from this claim (ID-JAG §6.1). */
  readonly tenantFrom?: string;
  /** `aud_tenant`: the tenant at the audience. */
  readonly audienceTenant?: string;
  /** Claims the subject must have, each with one of the values; not met: access_denied. */
  readonly when: ReadonlyMap<string, readonly string[]>;
  readonly signIn?: SignInRequirement;
  /** Seconds; what is issued also never outlives what was presented. */
  readonly lifetime: number;
  readonly proofRequired: boolean;
  /** Of a send rule: what is known of who receives its grants, for people; the settings above go by it already. */
  readonly receiver?: { readonly make?: Profile; readonly quirks: Quirks };
  /** Of a send rule: how we redeem its grants ourselves for callers that want only the result. */
  readonly redeem?: RedeemRule;
};

/** Both legs for a caller (identity chaining App. B.2). */
export type RedeemRule = {
  /** Our client id → how we authenticate in its name at the partner. Who is not listed redeems himself. */
  readonly credentials: ReadonlyMap<string, Credentials>;
  /** What callers get: the partner's token, or a handle that only our proxy turns into it. */
  readonly gives: 'token' | 'handle';
  /** True: the partner binds its token to the key a caller has proved to us (identity chaining App. B.3). */
  readonly delegatesKey: boolean;
  /** The partner's token endpoint; rejects with an EndpointUnknown while its metadata cannot be had. */
  readonly tokenEndpoint: () => Promise<string>;
};

/** How grants of one domain are received; `rule` says what comes of them. */
export type Acceptance = {
  readonly domain: Domain;
  /** Grant profiles accepted from this domain. */
  readonly grants: ReadonlySet<'id-jag' | 'jwt'>;
  /** `once` makes a grant single-use; `until_expiry` lets the client present it again (ID-JAG §4.4.3). */
  readonly reuse: 'once' | 'until_expiry';
  /** Seconds between `iat` and `exp` of a grant at most. */
  readonly maxLifetime: number;
  /** True: its grants may name the key of somebody else than who redeems them (`requested_cnf`, identity chaining App. B.3). */
  readonly delegatedKeys: boolean;
  /** Values a plain chaining grant may carry as its one `aud` (RFC 7523 §3 item 3). */
  readonly plainAudiences: readonly string[];
  /** Their tenant → our tenant; present when the issuer has several (ID-JAG §6). */
  readonly tenants?: ReadonlyMap<string, string>;
  readonly rule: Rule;
};

/** All rules in force, found by what a request names. */
export type Rulebook = {
  /** Rules that send to this audience: a partner's issuer or an alias of it. Empty: unknown target. */
  send(audience: string): readonly SendTarget[];
  /** Rules by which we redeem grants ourselves, for this resource of a partner. */
  redeeming(resource: string): readonly SendTarget[];
  accept(domain: Domain): Acceptance | undefined;
  /** Domains this client has opaque access tokens of. */
  opaque(clientId: string): readonly Domain[];
  /** Rules for access to our own resources. */
  access(clientId: string): readonly Rule[];
};

/** A send rule as reached by one name; an alias can stand for one tenant of the partner (ID-JAG §4.3, §6.1). */
export type SendTarget = { readonly rule: Rule; readonly audienceTenant?: string };
