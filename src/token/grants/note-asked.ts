// What the record keeps of the wish itself, so that the decision can be made again by another configuration.

import { printable, printableText } from '../../audit/printable.ts';
import type { AskedFor } from '../../audit/record.ts';
import { note } from '../../audit/trace.ts';
import type { Candidate, Subject } from '../types.ts';
import type { GrantContext } from './types.ts';

/** Parameters as they were sent. */
type Wish = {
  readonly presented: string;
  readonly kind?: string | undefined;
  readonly audience?: readonly string[];
  readonly resource: readonly string[];
  readonly scope: string | undefined;
  readonly details: string | undefined;
};

/** Notes what is asked, whether or not anything leads there. */
export function noteAsked(
  { presented, kind, audience = [], resource, scope, details }: Wish,
  { domain, claims, conveys, actor }: Subject,
  { trace }: GrantContext,
): void {
  const { scopes, resources } = conveys;
  const held = { ...(scopes && { scope: texts(scopes) }), ...(resources && { resource: texts(resources) }) };
  const asked: AskedFor = {
    presented,
    ...(kind !== undefined && { kind }),
    ...(audience.length > 0 && { audience: texts(audience) }),
    ...(resource.length > 0 && { resource: texts(resource) }),
    ...(scope !== undefined && { scope: scope === '' ? [] : texts(scope.split(' ')) }),
    ...(details !== undefined && { details: true as const }),
    ...((scopes ?? resources) && { held }),
    ...(actor && { actors: true as const }),
    ...kept(claims, domain.subjects?.when.keys() ?? []),
  };
  note(trace, { asked });
}

/** Notes claims that conditions of the candidates look at, and no others: they decide, so they are evidence. */
export function noteConditions({ claims }: Subject, candidates: readonly Candidate[], { trace }: GrantContext): void {
  const { asked } = trace.facts;
  const names = candidates.flatMap(({ rule }) => [...rule.when.keys()]);
  if (asked === undefined || names.length === 0) return;
  note(trace, { asked: { ...asked, claims: { ...asked.claims, ...kept(claims, names).claims } } });
}

/** Each fit to be kept: a client can put a token anywhere (design §2.10). */
const texts = (values: readonly string[]) => values.map((value) => printableText(value));

function kept(claims: Subject['claims'], names: Iterable<string>): Pick<AskedFor, 'claims'> {
  const present = [...names].filter((name) => Object.hasOwn(claims, name));
  return present.length === 0 ? {} : { claims: Object.fromEntries(present.map((name) => [name, value(claims[name])])) };
}

/** Conditions compare values one by one, so that a list stays a list. */
const value = (claim: unknown) => (Array.isArray(claim) ? claim.map(printable) : printable(claim));
