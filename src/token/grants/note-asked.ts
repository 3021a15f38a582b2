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

/** Notes what is asked. Of claims only those that conditions of the candidates look at: they decided, so they are evidence. */
export function noteAsked(
  { presented, kind, audience = [], resource, scope, details }: Wish,
  { claims, conveys }: Subject,
  candidates: readonly Candidate[],
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
    ...conditions(claims, candidates),
  };
  note(trace, { asked });
}

/** Each fit to be kept: a client can put a token anywhere (design §2.10). */
const texts = (values: readonly string[]) => values.map((value) => printableText(value));

function conditions(claims: Subject['claims'], candidates: readonly Candidate[]): Pick<AskedFor, 'claims'> {
  const names = new Set(candidates.flatMap(({ rule }) => [...rule.when.keys()]));
  if (names.size === 0) return {};
  const present = [...names].filter((name) => Object.hasOwn(claims, name));
  return { claims: Object.fromEntries(present.map((name) => [name, kept(claims[name])])) };
}

/** Conditions compare values one by one, so that a list stays a list. */
const kept = (value: unknown) => (Array.isArray(value) ? value.map(printable) : printable(value));
