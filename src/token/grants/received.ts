// A grant received from another domain: whose it is, for whom, bound to which key, and how far it reaches.

import { tokenHash } from '../../audit/token-hash.ts';
import { check, note } from '../../audit/trace.ts';
import type { JsonObject } from '../../jose/json.ts';
import type { DecodedJws } from '../../jose/jws.ts';
import { isName } from '../../protocol/claims.ts';
import { limits } from '../../protocol/limits.ts';
import { refuse } from '../../protocol/refusal.ts';
import { joseTypes } from '../../protocol/urns.ts';
import type { SingleUse } from '../../store/store.ts';
import type { PresentedJws } from '../../trust/presented.ts';
import { mediaType, orRefuse, verifyJwt } from '../../trust/verify-jwt.ts';
import { actorIssuers, readActor } from '../claims/actor.ts';
import { isDetails, parseDetails } from '../policy/details.ts';
import { isResourceUri, parseResources } from '../policy/resources.ts';
import type { Acceptance } from '../policy/rule.ts';
import { parseScope, scopeValues } from '../policy/scopes.ts';
import { type Asked, required } from '../request.ts';
import type { Ask, Privileges, Subject } from '../types.ts';
import { type Binding, checkConfirmation, delegatedKey } from './confirmation.ts';
import { noteAsked, noteConditions } from './note-asked.ts';
import { noteSubject } from './note-subject.ts';
import type { GrantContext, SupposedAuthority } from './types.ts';

export const grantParameters = ['assertion', 'scope', 'authorization_details'] as const;
type Redemption = Asked<(typeof grantParameters)[number]>;

/** Verifies the grant and reads what is asked of it (ID-JAG §4.4.1, RFC 7523 §3, digest §10.2). */
export async function readGrant(asked: Redemption, binding: Binding, context: GrantContext): Promise<Ask> {
  const { broker, trace } = context;
  trace.grantProfile = true;
  const assertion = required(asked.assertion, 'assertion');
  note(trace, { presented: tokenHash(assertion) });

  const presented = orRefuse('grant', () => broker.seenTokens.read(assertion));
  const { acceptance, claims, profile } = await verifyGrant(presented, context);
  checkHolder(acceptance, claims, profile, context);
  checkConfirmation(claims, binding, context);
  const spends = acceptance.reuse === 'once' ? [singleUse(presented.jws, claims)] : [];
  return { ...askOf(acceptance, claims, profile, asked, context), spends };
}

/** What would be asked with a grant of these claims, were it properly signed, in time and not used before. */
export function supposeGrant({ presented, claims }: SupposedAuthority, asked: Redemption, context: GrantContext): Ask {
  context.trace.grantProfile = true;
  const profile: Profile = presented === 'id-jag' ? 'id-jag' : 'jwt';
  const { iss, exp } = claims;
  const issuer = typeof iss === 'string' ? grantIssuer(iss, profile, context) : undefined;
  if (typeof iss !== 'string' || issuer === undefined) return refuse('grant.issuer', { received: iss ?? null });
  const { acceptance } = issuer;
  const now = Math.floor(context.trace.at / 1000);
  const supposed = { ...claims, iss, exp: typeof exp === 'number' ? exp : now + acceptance.maxLifetime };
  checkHolder(acceptance, { client_id: context.client.id, ...supposed }, profile, context);
  return { ...askOf(acceptance, supposed, profile, asked, context), spends: [] };
}

/** Same-client rule, second leg: the id is the one the client has here (ID-JAG §4.4.1). */
function checkHolder(
  { domain }: Acceptance,
  claims: JsonObject,
  profile: Profile,
  { trace, client }: GrantContext,
): void {
  note(trace, { domain: domain.name });
  const holder = claims['client_id'] ?? (profile === 'jwt' ? client.id : undefined);
  check(trace, 'grant.client', holder === client.id, { expected: client.id, received: holder ?? null });
}

function askOf(
  acceptance: Acceptance,
  claims: GrantClaims,
  profile: Profile,
  asked: Redemption,
  context: GrantContext,
): Omit<Ask, 'spends'> {
  const subject = toSubject(acceptance, claims, context);
  const { trace, client } = context;
  const key = delegatedKey(claims, acceptance, context);
  // Who redeems for somebody tells whose story it is (token/redeem/send.ts); a public client could be anybody.
  noteSubject(subject, context, client.verifier.method === 'none' ? undefined : trace.told);
  const { authorization_details: details, scope, resource } = asked;
  const candidates = [{ rule: acceptance.rule }];
  noteAsked({ presented: profile, scope, resource, details }, subject, context);
  noteConditions(subject, candidates, context);
  return {
    subject,
    candidates,
    wants: {
      resources: wantedResources(resource, subject.conveys, acceptance),
      ...(scope !== undefined && { scopes: parseScope(scope) }),
      ...(details !== undefined && { details: parseDetails(details, context.broker.detailTypes) }),
    },
    answersTokenType: false,
    ...(key !== undefined && { delegatedKey: key }),
  };
}

type Profile = 'id-jag' | 'jwt';
type GrantClaims = JsonObject & { readonly iss: string; readonly exp: number };

/** The profile is chosen by `typ` alone; each has required claims and audiences of its own. */
async function verifyGrant(presented: PresentedJws, context: GrantContext) {
  const { trace, broker } = context;
  const profile: Profile = mediaType(presented.jws.header.typ) === joseTypes.idJag ? 'id-jag' : 'jwt';
  const idJag = profile === 'id-jag';
  const { claims, signer } = await verifyJwt(
    { ...presented, keep: () => {} },
    {
      kind: 'grant',
      types: idJag ? [joseTypes.idJag] : ['', joseTypes.plain],
      signer: (iss) => grantIssuer(iss, profile, context),
      audience: ({ acceptance }) => ({ sole: idJag ? [broker.issuer] : acceptance.plainAudiences }),
      required: idJag ? ['sub', 'jti', 'client_id'] : ['sub'],
      iatRequired: idJag,
      maxLifetime: ({ acceptance }) => acceptance.maxLifetime,
    },
    Math.floor(trace.at / 1000),
    trace,
  );
  // One that is good once would only push out what comes again.
  if (signer.acceptance.reuse !== 'once') presented.keep();
  return { claims, profile, acceptance: signer.acceptance };
}

function grantIssuer(iss: string, profile: Profile, { broker }: GrantContext) {
  // What we issue belongs at a partner; turning it into a token here would skip that boundary (ID-JAG §9.3).
  if (iss === broker.issuer) refuse('grant.own_issuer', { received: iss });
  const domain = broker.domains.get(iss);
  const acceptance = domain && broker.rules.accept(domain);
  if (!acceptance) return undefined;
  const { grants } = acceptance;
  if (!grants.has(profile)) refuse('grant.profile', { expected: [...grants], received: profile });
  return { acceptance, algorithms: acceptance.domain.algorithms, keys: acceptance.domain.keys };
}

function toSubject({ domain, tenants }: Acceptance, claims: GrantClaims, context: GrantContext): Subject {
  const actor = readActor(claims['act']);
  const tenant = checkTenant(claims, tenants, context);
  const { sub } = claims;
  // Verified of every grant; of one that is only supposed here.
  if (!isName(sub)) refuse('grant.claims', { expected: 'sub' });
  return {
    domain,
    issuer: claims.iss,
    sub,
    claims,
    expiresAt: claims.exp,
    lineage: [...new Set([...actorIssuers(actor), claims.iss])],
    conveys: conveyed(claims, context),
    ...(tenant !== undefined && { tenant }),
    ...(actor && { actor }),
  };
}

/**
 * ID-JAG §6: at an issuer with several tenants a subject is known only within one. Returns their tenant.
 * A tenant nobody configured is refused: without it subjects of two tenants would be taken for one.
 */
function checkTenant(claims: JsonObject, tenants: Acceptance['tenants'], { trace }: GrantContext): string | undefined {
  const { tenant, aud_tenant: audienceTenant } = claims;
  if (tenants === undefined) {
    const named = tenant ?? audienceTenant;
    check(trace, 'grant.tenant', named === undefined, { expected: 'no tenant', received: named });
    return undefined;
  }
  const ours = typeof tenant === 'string' ? tenants.get(tenant) : undefined;
  if (typeof tenant !== 'string' || ours === undefined) {
    return refuse('grant.tenant', { expected: [...tenants.keys()], received: tenant ?? null });
  }
  const fits = audienceTenant === undefined || audienceTenant === ours;
  check(trace, 'grant.tenant', fits, { expected: ours, received: audienceTenant });
  return tenant;
}

/** What the grant conveys; nothing issued goes beyond. Its claims are content of the grant, so what is wrong in them is too. */
function conveyed(
  { scope, resource, authorization_details: details }: JsonObject,
  { broker, trace }: GrantContext,
): Privileges {
  const resources = resource === undefined ? undefined : Array.isArray(resource) ? resource : [resource];
  if (resources) {
    const foreign = resources.find((uri) => !isResourceUri(uri) || !broker.resources.has(uri));
    const governed = resources.length > 0 && resources.length <= limits.resources && foreign === undefined;
    check(trace, 'grant.resource', governed, () => ({ expected: [...broker.resources.keys()], received: foreign }));
  }
  const scopes = typeof scope === 'string' ? scopeValues(scope) : undefined;
  check(trace, 'grant.claims', scope === undefined || scopes !== undefined, { expected: 'scope' });
  check(trace, 'grant.details', details === undefined || isDetails(details), { received: typeof details });
  return {
    ...(resources && { resources: resources.filter(isResourceUri) }),
    ...(scopes && { scopes }),
    ...(isDetails(details) && { details }),
  };
}

/** The request may name fewer resources than the grant, never another one. */
function wantedResources(asked: readonly string[], { resources }: Privileges, { rule }: Acceptance): readonly string[] {
  const wanted = parseResources(asked);
  const beyond = resources && wanted.find((uri) => !resources.includes(uri));
  if (beyond !== undefined) refuse('resource.beyond_grant', { expected: resources, received: beyond });
  if (wanted.length > 0 || resources === undefined) return wanted;
  // A grant for several and a request for none: the rule's own choice, where the grant reaches it (ID-JAG §4.4.1).
  const { defaultResource } = rule;
  return defaultResource !== undefined && resources.includes(defaultResource) ? [defaultResource] : resources;
}

/** Keyed by issuer and `jti` together: two issuers may use the same one. A plain grant without `jti` is known by its hash. */
function singleUse(jws: DecodedJws, { iss, jti, exp }: GrantClaims): SingleUse {
  const id = typeof jti === 'string' && jti !== '' ? jti : fingerprint(jws);
  return { kind: 'grant', issuer: iss, id, expiresAt: Math.ceil(exp) + limits.clockBehind };
}

/**
 * The same for every spelling of one grant. Of an ECDSA signature anybody makes a second one for the same content,
 * (r, n − s) from (r, s), and the grant would be good twice; the first half of a signature nobody can change.
 */
function fingerprint({ signingInput, signature }: DecodedJws): string {
  return tokenHash(`${signingInput}.${signature.toString('hex', 0, signature.length / 2)}`);
}
