// What rules of all kinds have, compared: scopes, conditions, the sign-in, claims, actors and lifetime.

import { isDeepStrictEqual } from 'node:util';
import type { AccessRule } from '../../config/schema/access.ts';
import type { SendRule } from '../../config/schema/send.ts';
import type { Chosen } from '../../config/schema/variants.ts';
import {
  duration,
  entries,
  members,
  moreIsNarrower,
  moreIsWider,
  ordered,
  shown,
  switched,
  texts,
  time,
  toggle,
} from './comparers.ts';
import { type Catalog, type Comparer, type Difference, setting } from './types.ts';

/** Settings that send, accept and access share. */
export const sharedSettings: Catalog<Omit<AccessRule, 'from' | 'subject'>> = {
  scopes: setting(scopeMap, 'scope.none', 'scope.exceeded', 'issued scope'),
  default_scopes: setting(
    members({ name: (scope) => `default scope ${scope}`, about: (scope) => ({ scope: [scope] }) }),
    'scope.none',
    'issued scope',
  ),
  authorization_details: setting(
    members({ name: (ceiling) => `authorization details up to ${JSON.stringify(ceiling)}` }),
    'details.exceeded',
  ),
  when: setting(conditions('condition'), 'policy.condition'),
  require: setting(signIn, 'policy.authentication'),
  dpop: setting(ordered('DPoP proof', 'required', 'optional'), 'policy.proof'),
  public_clients: setting(toggle('clients without credentials', 'widens access'), 'client.public'),
  claims: setting(
    members(
      { name: ({ from, to }) => `claim ${from === to ? from : `${from} as ${to}`}` },
      { ...moreIsWider, removed: 'breaks callers' },
    ),
  ),
  actor: setting(actor, 'actor.refused', 'actor_token.unsupported', 'actor.depth', 'issued actor'),
  lifetime: setting(duration('lifetime of what is issued'), 'lifetime.exhausted', 'issued lifetime'),
};

/** What a rule in report-only says is compared elsewhere (versions/plan.ts): that it is, changes nothing for anybody. */
export const stateSettings = { state: setting(switched<SendRule['state']>('state', 'cosmetic')) };

/** Other settings of a rule that govern which resource a token is for. */
export const governedSettings = {
  resources: setting(
    members<string>({ name: (uri) => `resource ${uri}`, about: (resource) => ({ resource }) }),
    'resource.not_governed',
    'resource.required',
    'issued resource',
  ),
  default_resource: setting<string | undefined>(defaultResource, 'resource.required', 'issued resource'),
};

function scopeMap(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
  const about = (scope: string, there: string) => ({ scope: [scope, there] });
  const name = (scope: string, there: string) =>
    scope === there ? `scope ${scope}` : `scope ${scope} (${there} there)`;
  return entries<string>({ name, about })(before, after);
}

/** Each claim is one more condition; of its values any one suffices. */
export function conditions(noun: string): Comparer<Readonly<Record<string, readonly string[]>>> {
  return entries<readonly string[]>(
    {
      name: (claim, values) => `${noun} ${claim} = ${values.join(' or ')}`,
      changed: (claim, before, after) => texts(`${noun} ${claim}: value`)(before, after),
    },
    moreIsNarrower,
  );
}

type SignIn = AccessRule['require'];

function signIn(before: SignIn, after: SignIn): readonly Difference[] {
  const { acr: acrBefore = [], amr: amrBefore = [], max_age: ageBefore } = before ?? {};
  const { acr = [], amr = [], max_age: age } = after ?? {};
  return [
    ...contexts(acrBefore, acr).map((found) => ({ ...found, at: ['acr'] })),
    ...texts('required sign-in method', moreIsNarrower)(amrBefore, amr).map((found) => ({ ...found, at: ['amr'] })),
    ...duration('age of the sign-in at most')(ageBefore, age).map((found) => ({ ...found, at: ['max_age'] })),
  ];
}

/** Any one of the contexts suffices, and an empty list asks for none. */
function contexts(before: readonly string[], after: readonly string[]): readonly Difference[] {
  if (before.length > 0 && after.length > 0) return texts('sufficient sign-in context')(before, after);
  if (before.length === 0 && after.length === 0) return [];
  const required = (after.length > 0 ? after : before).join(' or ');
  return after.length > 0
    ? [{ class: 'narrows access', says: `a sign-in context is required: ${required}` }]
    : [{ class: 'widens access', says: `no sign-in context is required any more; it was ${required}` }];
}

type Actor = AccessRule['actor'];

function actor(before: Actor, after: Actor): readonly Difference[] {
  if (before === 'refuse') return switched<Actor>('actors', 'widens access')(before, after);
  return switched<Actor>('actors', after === 'refuse' ? 'narrows access' : 'breaks callers')(before, after);
}

function defaultResource(before: string | undefined, after: string | undefined): readonly Difference[] {
  const noun = 'resource when none is asked for';
  if (before === undefined) return switched<string | undefined>(noun, 'widens access')(before, after);
  return switched<string | undefined>(noun, after === undefined ? 'narrows access' : 'breaks callers')(before, after);
}

/** `from`: an empty list stands for every domain that we take subject tokens from. */
export function subjectsOf(before: readonly string[], after: readonly string[]): readonly Difference[] {
  if (before.length > 0 && after.length > 0) return texts('subjects of')(before, after);
  if (before.length === after.length) return [];
  return after.length > 0
    ? [{ class: 'narrows access', says: `only for subjects of ${after.join(', ')}; it was for those of every domain` }]
    : [{ class: 'widens access', says: `for subjects of every domain; it was for those of ${before.join(', ')}` }];
}

type Mapping = Chosen | readonly Chosen[];

/** Other names make other people of the subjects at the audience: accounts, links and grants of theirs are left behind. */
export function subjectNames(before: Mapping, after: Mapping): readonly Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  return switched<string>('subjects are named otherwise')(mappingName(before), mappingName(after));
}

function mappingName(mapping: Mapping): string {
  if (!('name' in mapping)) return mapping.map(mappingName).join(', then ');
  const { name, settings } = mapping;
  if (Object.keys(settings).length === 0) return name;
  return typeof settings['to'] === 'string' ? `${name} as ${settings['to']}` : `${name} ${shown(settings)}`;
}

/** What a new or removed rule allows, for a line. */
export function reach(rule: {
  readonly scopes: Readonly<Record<string, string>>;
  readonly lifetime: number;
  readonly resources?: readonly string[];
}): string {
  const { scopes, lifetime, resources = [] } = rule;
  const names = Object.keys(scopes);
  const where = resources.length > 0 ? ` at ${resources.join(', ')}` : '';
  return `${names.length > 0 ? names.join(' ') : 'no scopes'}${where}, for ${time(lifetime)}`;
}
