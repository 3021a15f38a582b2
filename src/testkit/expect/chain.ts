// What must hold from hop to hop: who acts stays visible, and nothing ever grows.

import { actorsOf } from '../actors.ts';
import { type Presented, tokenOf } from '../client.ts';
import { readToken } from '../outcome.ts';
import { type Difference, type Equals, side, tell, type Verdict } from './verdict.ts';

/** One actor, or the whole chain with who acts now at its head. */
export type Actors = string | readonly string[];

/** `sub` of each actor in the token (RFC 8693 §4.1). A single name is who acts now. */
export function judgeActor(presented: Presented, expected: Actors, equals: Equals): Verdict {
  const chain = actorsOf(claimsOf(presented));
  const received = typeof expected === 'string' ? chain[0] : chain;
  const pass = equals(received, expected);
  const difference = { what: typeof expected === 'string' ? 'actor' : 'actors', expected, received };
  const sentence = `expected the token ${pass ? 'not ' : ''}to carry this actor`;
  return {
    pass,
    expected,
    actual: received,
    message: () => tell(sentence, pass ? [] : [difference], chainLine(chain)),
  };
}

const chainLine = (chain: readonly string[]) => [
  `chain    ${chain.length === 0 ? 'nobody acts in it' : chain.join(' ← ')}`,
];

export type ShrinkOptions = {
  /** What scopes of the parent are called in the child, where two domains call them differently. Default: the same. */
  readonly scopes?: Readonly<Record<string, string>>;
};

/**
 * A token made of another: it must not live longer, reach further or name more resources, and it must keep the actors it came
 * with. What the parent says nothing of it does not limit.
 */
export function judgeShrink(child: Presented, parent: Presented, { scopes = {} }: ShrinkOptions): Verdict {
  const [of, from] = [claimsOf(child), claimsOf(parent)];
  const differences = [...grown(of, from, scopes)];
  const pass = differences.length === 0;
  const sentence = pass ? 'expected something to grow, but nothing does' : 'expected nothing to grow from hop to hop';
  return {
    pass,
    expected: side(differences, 'expected'),
    actual: side(differences, 'received'),
    message: () => tell(sentence, differences, []),
  };
}

type Claims = ReturnType<typeof claimsOf>;

function claimsOf(presented: Presented) {
  const { claims } = readToken(tokenOf(presented));
  if (Object.keys(claims).length === 0) throw new TypeError('this token is opaque: nothing can be read in it');
  return claims;
}

function* grown(child: Claims, parent: Claims, renamed: Readonly<Record<string, string>>): Generator<Difference> {
  const [expires, limit] = [Number(child['exp']), Number(parent['exp'])];
  if (parent['exp'] !== undefined && !(expires <= limit))
    yield { what: 'exp', expected: `at most ${parent['exp']}`, received: child['exp'] };
  const allowed = scopesIn(parent)?.map((scope) => renamed[scope] ?? scope);
  const more = beyond(scopesIn(child), allowed);
  if (more.length > 0) yield { what: 'scope', expected: allowed, received: scopesIn(child) };
  const resources = listed(parent['resource']);
  const reached = listed(child['resource']) ?? listed(child['aud']);
  if (beyond(reached, resources).length > 0) yield { what: 'resource', expected: resources, received: reached };
  const [before, now] = [actorsOf(parent), actorsOf(child)];
  const kept = before.length === 0 || now.slice(-before.length).join('\n') === before.join('\n');
  if (!kept) yield { what: 'actors', expected: `… ← ${before.join(' ← ')}`, received: now };
}

/** What is in `child` and not in `parent`; a parent that says nothing is no limit. */
function beyond(child: readonly string[] = [], parent: readonly string[] | undefined): readonly string[] {
  return parent === undefined ? [] : child.filter((one) => !parent.includes(one));
}

function scopesIn({ scope }: Claims): readonly string[] | undefined {
  return typeof scope === 'string' ? scope.split(' ') : undefined;
}

function listed(value: unknown): readonly string[] | undefined {
  return value === undefined ? undefined : [value].flat().map(String);
}
