// Where an exchanged token is to go. `resource` means two things here, and the kind of token decides which.

import { refuse } from '../../protocol/refusal.ts';
import type { IssuedKind } from '../issue/types.ts';
import type { Candidate } from '../types.ts';
import type { GrantContext } from './types.ts';

export type Target = {
  /** Rules that lead there, for the kind of token asked for. */
  readonly candidates: readonly Candidate[];
  /** `resource` values that name protected resources. */
  readonly resources: readonly string[];
  /** What is wanted is the partner's access token. */
  readonly redeems?: true;
};

type Named = { readonly audience: readonly string[]; readonly resource: readonly string[] };

/** Resolves audience and resource, or refuses with `target.*`. Values are compared byte for byte. */
export function findTarget(named: Named, wanted: IssuedKind | undefined, context: GrantContext): Target {
  const foreign = foreignResource(named, wanted, context);
  if (foreign) return foreign;
  const partner = namedPartner(named, wanted, context);
  if (partner === undefined) return ownResource(named, wanted, context);
  if (partner.audience === context.broker.issuer) refuse('target.own', { received: partner.audience });
  const there = context.broker.rules.send(partner.audience);
  const candidates = there.filter(({ rule }) => wanted === undefined || rule.issues === wanted);
  if (there.length === 0) refuse('target.unknown', { received: partner.audience });
  const kinds = [...new Set(there.map(({ rule }) => rule.issues.name))];
  if (candidates.length === 0) refuse('target.unknown', { expected: kinds, received: wanted?.name });
  return { candidates, resources: partner.resources };
}

/**
 * A protected resource of a partner where an access token is wanted (identity chaining App. B.2): named by `resource`, with or
 * without the partner as `audience`. Undefined: the request is about something else.
 */
function foreignResource(
  { audience, resource }: Named,
  wanted: IssuedKind | undefined,
  { broker }: GrantContext,
): Target | undefined {
  if (wanted?.goesTo === 'partner' || audience.length > 1) return undefined;
  const [server] = audience;
  if (server !== undefined) {
    const reached = wanted === undefined || broker.resources.has(server) ? [] : broker.rules.send(server);
    return reached.length > 0 ? { candidates: reached, resources: resource, redeems: true } : undefined;
  }
  const reached = resource.map((uri) => (broker.resources.has(uri) ? [] : broker.rules.redeeming(uri)));
  const [first = []] = reached;
  if (first.length === 0) return undefined;
  const partners = new Set(reached.flat().map(({ rule }) => rule.audience));
  if (partners.size > 1 || reached.some((rules) => rules.length === 0))
    refuse('target.several', { received: resource });
  return { candidates: [...new Set(reached.flat())], resources: resource, redeems: true };
}

/**
 * The partner's authorization server a request names. An ID-JAG names it by `audience`, and `resource` is the
 * protected resource there (ID-JAG §4.3). A plain chaining grant may name it by either (identity chaining §2.3.1);
 * what remains of `resource` is then a protected resource. Undefined: the request is about a resource of ours.
 */
function namedPartner({ audience, resource }: Named, wanted: IssuedKind | undefined, { broker }: GrantContext) {
  const toPartner = wanted?.goesTo === 'partner';
  if (wanted?.goesTo === 'resource') return undefined;
  if (audience.length > 1) refuse('target.several', { received: audience });
  const [named] = audience;
  if (named !== undefined && (toPartner || !broker.resources.has(named))) {
    return { audience: named, resources: resource.filter((uri) => uri !== named || wanted?.name === 'id-jag') };
  }
  if (named !== undefined || wanted?.name === 'id-jag')
    return named === undefined ? refuse('target.missing') : undefined;
  const servers = resource.filter((uri) => uri === broker.issuer || broker.rules.send(uri).length > 0);
  if (servers.length > 1) refuse('target.several', { received: servers });
  const [server] = servers;
  if (server !== undefined) return { audience: server, resources: resource.filter((uri) => uri !== server) };
  if (toPartner)
    return resource[0] === undefined ? refuse('target.missing') : refuse('target.unknown', { received: resource[0] });
  return undefined;
}

/** A smaller access token for a resource of ours, named by either parameter (RFC 8693 §2.1). */
function ownResource(
  { audience, resource }: Named,
  wanted: IssuedKind | undefined,
  { broker, client }: GrantContext,
): Target {
  const resources = [...new Set([...audience, ...resource])];
  if (resources.length === 0) refuse('target.missing');
  const foreign = resources.find((uri) => !broker.resources.has(uri));
  if (foreign !== undefined) refuse('target.unknown', { received: foreign });
  const candidates = broker.rules.access(client.id).map((rule) => ({ rule }));
  if (candidates.length === 0) refuse('policy.no_rule', { expected: wanted?.name, received: client.id });
  return { candidates, resources };
}
