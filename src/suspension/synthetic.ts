// A request that a rule would grant, made up from the rule: somebody who does not exist asks for the first thing there is to ask for.

import type { Broker } from '../broker.ts';
import type { JsonObject } from '../jose/json.ts';
import type { Suspendable } from '../store/store.ts';
import { jwtBearer } from '../token/grants/jwt-bearer.ts';
import { tokenExchange } from '../token/grants/token-exchange.ts';
import type { Rule } from '../token/policy/rule.ts';
import type { SupposedRequest } from '../token/rehearsal.ts';
import type { Proof } from '../token/types.ts';
import type { Domain, SubjectTrust } from '../trust/domain.ts';
import { isAuthority, type Route } from './concerned.ts';

/** The subject of what is rehearsed, where it is not about somebody. */
const nobody = 'crossgrant-canary';

/**
 * The request of a good caller by this route, who is or comes from the one that is suspended. Several where somebody is known by our name
 * alone: an issuer may call him by any end of it (`alice`, where we say `acme|alice`). None where the configuration lets nobody come: no
 * client, or no issuer of subject tokens that fit.
 */
export function syntheticRequests(suspended: Suspendable, route: Route, broker: Broker): readonly SupposedRequest[] {
  const { kind, issuer, name } = suspended;
  const known = kind === 'subject' && issuer === broker.issuer ? ends(name) : [kind === 'subject' ? name : nobody];
  return known.flatMap((sub) => syntheticRequest(suspended, sub, route, broker) ?? []);
}

/** `a|b|c`, `b|c`, `c` */
const ends = (name: string): readonly string[] => [
  name,
  ...[...name.matchAll(/[^\p{L}\p{N}._-]/gu)].map(({ index }) => name.slice(index + 1)).filter((end) => end !== ''),
];

function syntheticRequest(
  suspended: Suspendable,
  sub: string,
  route: Route,
  broker: Broker,
): SupposedRequest | undefined {
  const { rule, acceptance } = route;
  if (acceptance) return redemption(suspended, sub, { rule, acceptance }, broker);
  const domain = authorityOf(suspended, rule, broker);
  const trust = domain?.subjects;
  const client = trust && clientOf(suspended, rule, (id) => trust.clients.has(id));
  const presented = trust && rule.issues.madeFrom.find((kind) => trust.tokens.has(kind));
  if (domain === undefined || trust === undefined || client === undefined || presented === undefined) return undefined;
  const { subjectClaim = 'sub' } = trust;
  const claims = { iss: domain.issuer, [subjectClaim]: sub, ...claimsFor(suspended, rule, broker) };
  return {
    client,
    proof,
    action: tokenExchange.action,
    authority: { presented, claims: { ...claims, ...claimsOf(trust, rule) } },
    parameters: {
      ...wanted(rule),
      requested_token_type: [rule.issues.tokenType],
      ...(rule.audience !== undefined && { audience: [rule.audience] }),
    },
  };
}

function redemption(
  suspended: Suspendable,
  sub: string,
  { rule, acceptance }: Required<Route>,
  broker: Broker,
): SupposedRequest | undefined {
  const { domain, grants, tenants } = acceptance;
  const client = clientOf(suspended, rule, () => true);
  const [presented] = grants;
  if (client === undefined || presented === undefined) return undefined;
  const [tenant] = tenants?.keys() ?? [];
  const claims = { iss: domain.issuer, sub, ...(tenant !== undefined && { tenant }) };
  return {
    client,
    proof,
    action: jwtBearer.action,
    authority: { presented, claims: { ...claims, client_id: client, ...claimsFor(suspended, rule, broker) } },
    parameters: wanted(rule),
  };
}

/** A key is shown whether or not one is needed. */
const proof: Proof = { jkt: nobody, algorithm: 'ES256', spends: [] };

/** Whose tokens would be presented: those of the suspended one where they can be. */
function authorityOf({ kind, issuer }: Suspendable, rule: Rule, { domains }: Broker): Domain | undefined {
  const own = kind === 'client' ? undefined : domains.get(issuer);
  if (own !== undefined && isAuthority(own, rule)) return own;
  return [...domains.values()].find((domain) => isAuthority(domain, rule));
}

/** A client the rule knows; of ids that are documents' URLs at a host, one that could be. */
function clientOf({ kind, name }: Suspendable, rule: Rule, known: (id: string) => boolean): string | undefined {
  const ids = kind === 'client' ? [name] : [...rule.clients.keys()].map((id) => id.replace(/…$/, nobody));
  return ids.find((id) => rule.clients.has(id) && known(id));
}

/** The first resource and scope of the rule. */
function wanted({ resources, defaultResource, scopes }: Rule): Readonly<Record<string, readonly string[]>> {
  const resource = defaultResource ?? resources[0];
  const [scope] = scopes.keys();
  return { ...(resource !== undefined && { resource: [resource] }), ...(scope !== undefined && { scope: [scope] }) };
}

/** A sign-in as strong and fresh as the rule wants it, and every other claim it looks at. */
function claimsFor({ kind, name }: Suspendable, { when, signIn, tenantFrom }: Rule, { now }: Broker): JsonObject {
  const sub = kind === 'subject' ? name : nobody;
  return {
    email: sub.includes('@') ? sub : `${nobody}@${nobody}.invalid`,
    email_verified: true,
    aud_sub: sub,
    ...(tenantFrom !== undefined && { [tenantFrom]: nobody }),
    auth_time: Math.floor(now() / 1000),
    ...(signIn && signIn.acr.length > 0 && { acr: signIn.acr[0] }),
    ...(signIn && { amr: signIn.amr }),
    ...firstOfEach(when),
  };
}

/** What tokens of the issuer must say, whatever the rule. */
function claimsOf({ when, tenantClaim, scopeClaim }: SubjectTrust, { scopes }: Rule): JsonObject {
  return {
    ...(tenantClaim !== undefined && { [tenantClaim]: nobody }),
    ...(scopeClaim !== undefined && { [scopeClaim]: [...scopes.keys()] }),
    ...firstOfEach(when),
  };
}

const firstOfEach = (conditions: ReadonlyMap<string, readonly string[]>): JsonObject =>
  Object.fromEntries([...conditions].map(([claim, [value]]) => [claim, value]));
