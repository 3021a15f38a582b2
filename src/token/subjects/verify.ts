// What the readers of JWT subject tokens share: the issuer must be one we take such tokens from, for this very client.

import { check } from '../../audit/trace.ts';
import { isName } from '../../protocol/claims.ts';
import { limits } from '../../protocol/limits.ts';
import { refuse } from '../../protocol/refusal.ts';
import type { ClientThere, Domain, SubjectTokenKind, SubjectTrust } from '../../trust/domain.ts';
import { type AudienceRule, orRefuse, type VerifiedJwt, verifyJwt } from '../../trust/verify-jwt.ts';
import { actorIssuers, readActor } from '../claims/actor.ts';
import type { GrantContext } from '../grants/types.ts';
import { unmetCondition } from '../policy/conditions.ts';
import { isDetails } from '../policy/details.ts';
import { scopeValues } from '../policy/scopes.ts';
import type { Privileges, Subject } from '../types.ts';
import type { Role } from './types.ts';

/** The issuer of a subject token, as far as it concerns the client that presents it. */
export type SubjectIssuer = Pick<Domain, 'algorithms' | 'keys'> & {
  readonly domain: Domain;
  readonly trust: SubjectTrust;
  /** How the client is known there. */
  readonly there: ClientThere;
};

/** The issuer of tokens of this kind, or a refusal; `iss` is compared byte for byte. */
export function subjectIssuer(
  iss: string,
  kind: SubjectTokenKind,
  role: Role,
  context: GrantContext,
): SubjectIssuer | undefined {
  const domain = context.broker.domains.get(iss);
  const trust = domain?.subjects;
  if (domain === undefined || !trust?.tokens.has(kind)) return undefined;
  const there = trust.clients.get(context.client.id);
  // Same-client rule (ID-JAG §4.3.3, identity chaining §5.3): a token taken from elsewhere must not become access here.
  if (there === undefined) refuse(`${role}.client`, { received: context.client.id });
  return { domain, trust, there, algorithms: domain.algorithms, keys: domain.keys };
}

/** Verifies a JWT of `kind`. */
export async function verifySubjectJwt(
  token: string,
  role: Role,
  kind: SubjectTokenKind,
  shape: { readonly types: readonly string[]; readonly audience: (issuer: SubjectIssuer) => AudienceRule },
  context: GrantContext,
): Promise<VerifiedJwt<SubjectIssuer>> {
  const expectation = {
    kind: role,
    signer: (iss: string) => subjectIssuer(iss, kind, role, context),
    required: ['sub'],
    iatRequired: kind !== 'jwt',
    maxLifetime: limits.subjectTokenLifetime,
    ...shape,
  };
  const presented = orRefuse(role, () => context.broker.seenTokens.read(token));
  const verified = await verifyJwt(presented, expectation, Math.floor(context.trace.at / 1000), context.trace);
  checkKind(verified.claims, verified.signer.trust, kind, role);
  return verified;
}

/** Where all kinds have the same `typ` and the same keys, one could pass for another: the issuer may tell by a claim. */
function checkKind(claims: Subject['claims'], { kinds }: SubjectTrust, kind: SubjectTokenKind, role: Role): void {
  if (kinds === undefined) return;
  const said = claims[kinds.claim];
  const own = kinds.values.get(kind);
  const isOneOf = (values: readonly string[]) => values.some((value) => value === said);
  const fits = own === undefined ? !isOneOf([...kinds.values.values()].flat()) : isOneOf(own);
  if (!fits) refuse(`${role}.typ`, { expected: { [kinds.claim]: own ?? null }, received: said ?? null });
}

/** A verified token as a subject. */
export function toSubject(
  { domain, trust }: SubjectIssuer,
  claims: Subject['claims'],
  role: Role,
  conveys: Privileges,
): Subject {
  const { exp } = claims;
  const sub = subjectName(claims, trust, role);
  // Left out it is unknown; as text it would be overlooked, and what we issue would outlive the token.
  if (exp !== undefined && typeof exp !== 'number') refuse(`${role}.claims`, { expected: 'exp as a number' });
  const actor = readActor(claims['act']);
  const tenant = trust.tenantClaim === undefined ? undefined : claims[trust.tenantClaim];
  if (trust.tenantClaim !== undefined && !isName(tenant)) refuse(`${role}.tenant`, { expected: trust.tenantClaim });
  const unmet = unmetCondition(trust.when, claims);
  if (unmet) refuse(`${role}.condition`, unmet);
  return {
    domain,
    issuer: domain.issuer,
    sub,
    claims,
    lineage: [...new Set([...actorIssuers(actor), domain.issuer])],
    conveys,
    ...(typeof tenant === 'string' && { tenant }),
    ...(exp !== undefined && { expiresAt: exp }),
    ...(actor && { actor }),
  };
}

/** No fallback to another claim: a value of the one could be somebody else's value of the other. */
function subjectName(claims: Subject['claims'], { subjectClaim = 'sub' }: SubjectTrust, role: Role): string {
  const name = claims[subjectClaim];
  return isName(name) ? name : refuse(`${role}.claims`, { expected: subjectClaim });
}

/** Who holds an access token or plain JWT; undefined when it does not say. */
export function holderOf(claims: Subject['claims'], { clientClaim }: SubjectTrust): unknown {
  return clientClaim === undefined ? (claims['client_id'] ?? claims['azp']) : claims[clientClaim];
}

/** A token that is bound to a key is worth nothing without a proof of that key (RFC 7800 §3.1, RFC 9449 §6). */
export function checkBoundKey({ cnf }: Subject['claims'], role: Role, { proof, trace }: GrantContext): void {
  const jkt = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : undefined;
  check(trace, `${role}.bound`, cnf === undefined || (jkt !== undefined && jkt === proof?.jkt));
}

/** What a token holds, and so the most that can come of it. What is there but unreadable is no free pass. */
export function conveyed(claims: Subject['claims'], role: Role, trust: SubjectTrust): Privileges {
  const { authorization_details: details } = claims;
  const scopes = conveyedScopes(claims, role, trust);
  if (details !== undefined && !isDetails(details)) refuse(`${role}.claims`, { expected: 'authorization_details' });
  return { ...(scopes && { scopes }), ...(details !== undefined && { details }) };
}

/** Undefined: the token says nothing about scopes. Where the issuer names a claim for them, not to have it says: none. */
function conveyedScopes(
  claims: Subject['claims'],
  role: Role,
  { scopeClaim }: SubjectTrust,
): readonly string[] | undefined {
  const scope = claims[scopeClaim ?? 'scope'];
  if (scope === undefined) return scopeClaim === undefined ? undefined : [];
  const text = scopeClaim !== undefined && isList(scope) ? scope.join(' ') : scope;
  const scopes = typeof text === 'string' ? scopeValues(text) : undefined;
  return scopes ?? refuse(`${role}.claims`, { expected: scopeClaim ?? 'scope' });
}

/** Of texts without spaces, which would make two of one. */
function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes(' '));
}
