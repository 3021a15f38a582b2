// The rules somebody stands behind: what is refused once he is suspended.

import type { Broker } from '../broker.ts';
import type { Suspendable } from '../store/store.ts';
import type { Acceptance, Rule } from '../token/policy/rule.ts';
import type { Domain } from '../trust/domain.ts';

/** A rule and how it is reached: with a subject token, or with a grant that `acceptance` describes. */
export type Route = { readonly rule: Rule; readonly acceptance?: Acceptance };

/** Routes that lead through it, in the order of the configuration. */
export function concernedRoutes({ kind, issuer, name }: Suspendable, broker: Broker): readonly Route[] {
  return routesOf(broker).filter((route) => {
    if (kind === 'client') return route.rule.clients.has(name);
    if (kind === 'domain' && route.rule.domain?.issuer === issuer) return true;
    // A subject of ours: whatever issues tokens that call people by our own names.
    if (kind === 'subject' && issuer === broker.issuer && route.rule.audience === undefined) return true;
    return speaksFor(issuer, route, broker);
  });
}

/** All ways to a token. */
function routesOf({ domains, clients, rules }: Broker): readonly Route[] {
  const sends = [...domains.values()].flatMap(({ issuer }) => rules.send(issuer).map(({ rule }) => ({ rule })));
  const accepts = [...domains.values()].flatMap((domain) => {
    const acceptance = rules.accept(domain);
    return acceptance ? [{ rule: acceptance.rule, acceptance }] : [];
  });
  const accesses = [...clients.keys()].flatMap((id) => rules.access(id).map((rule) => ({ rule })));
  return [...sends, ...accepts, ...accesses];
}

/** Whether people of this issuer come by the route. */
function speaksFor(issuer: string, { rule, acceptance }: Route, { domains }: Broker): boolean {
  if (acceptance) return acceptance.domain.issuer === issuer;
  const domain = domains.get(issuer);
  return domain !== undefined && isAuthority(domain, rule);
}

/** Whether subject tokens of the domain can come to anything by the rule. */
export function isAuthority({ name, subjects }: Domain, rule: Rule): boolean {
  if (subjects === undefined) return false;
  const open = rule.subjectsOf.size === 0 || rule.subjectsOf.has(name);
  const kinds = rule.issues.madeFrom.some((kind) => subjects.tokens.has(kind));
  return open && kinds && [...subjects.clients.keys()].some((id) => rule.clients.has(id));
}
