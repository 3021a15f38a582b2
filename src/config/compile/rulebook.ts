// The rulebook: all rules in force, found by what a request names.

import type { Acceptance, Rule, Rulebook, SendTarget } from '../../token/policy/rule.ts';
import type { Domain } from '../../trust/domain.ts';
import { acceptSites, accessSites, sendSites } from '../rule-sites.ts';
import { compileAccept, compileAccess, compileSend, type RuleContext } from './rules.ts';

/** Compiles all rules; every name leads to its rules at once. */
export function compileRulebook(domains: ReadonlyMap<string, Domain>, context: RuleContext): Rulebook {
  const sends = sendSites(context.files).map((site) => compileSend(site, domains, context));
  const targets = group(sends.flatMap(({ targets: named }) => [...named]));
  const redeeming = group(
    sends
      .filter(({ rule }) => rule.redeem)
      .flatMap(({ rule, targets: named }) => {
        const target = named.get(rule.audience ?? '');
        return target ? rule.resources.map((uri) => [uri, target] as const) : [];
      }),
  );
  const accesses = group(
    accessSites(context.files).map((site) => [site.client, compileAccess(site, context)] as const),
  );
  const acceptances = new Map(
    acceptSites(context.files)
      .map((site) => compileAccept(site, domains, context))
      .map((acceptance) => [acceptance.domain.issuer, acceptance] as const),
  );
  const opaque = group(
    [...domains.values()].flatMap((domain) =>
      domain.subjects?.introspect ? [...domain.subjects.clients.keys()].map((id) => [id, domain] as const) : [],
    ),
  );
  return {
    redeeming: (resource): readonly SendTarget[] => redeeming.get(resource) ?? [],
    send: (audience): readonly SendTarget[] => targets.get(audience) ?? [],
    opaque: (clientId): readonly Domain[] => opaque.get(clientId) ?? [],
    accept: ({ issuer }): Acceptance | undefined => acceptances.get(issuer),
    access: (clientId): readonly Rule[] => accesses.get(clientId) ?? [],
  };
}

function group<T>(pairs: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const [name, value] of pairs) {
    const others = groups.get(name);
    if (others) others.push(value);
    else groups.set(name, [value]);
  }
  return groups;
}
