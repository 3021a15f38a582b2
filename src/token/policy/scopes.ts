// Scopes only ever shrink: what is granted is asked for, conveyed by the presented token, and mapped by the rule.

import { limits } from '../../protocol/limits.ts';
import { refuse } from '../../protocol/refusal.ts';
import type { Rule } from './rule.ts';

/** RFC 6749 §3.3 scope-token: printable ASCII without space, quote and backslash. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Scopes about the sign-in, not about a resource; a grant has no use for them (ID-JAG issue #99). */
const signInScopes: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access']);

/** The values of a scope, each once; undefined when it is malformed. An empty scope has none. */
export function scopeValues(scope: string): readonly string[] | undefined {
  const values = scope === '' ? [] : scope.split(' ');
  const proper = values.length <= limits.scopes && values.every((value) => scopeToken.test(value));
  return proper ? [...new Set(values)] : undefined;
}

/** The values of a `scope` parameter; refuses with scope.malformed. */
export function parseScope(scope: string): readonly string[] {
  return scopeValues(scope) ?? refuse('scope.malformed', { received: scope });
}

type ScopeRule = Pick<Rule, 'scopes' | 'defaultScopes' | 'narrowScopes'>;

/**
 * What may be granted, as the audience calls it; undefined when scopes play no part.
 * Wanted values may use either name of the rule's map. Refuses with scope.exceeded or scope.none.
 */
export function grantScopes(
  wanted: readonly string[] | undefined,
  conveyed: readonly string[] | undefined,
  rule: ScopeRule,
): readonly string[] | undefined {
  if (rule.scopes.size === 0 && !wanted) return undefined;
  const held = [...rule.scopes.keys()].filter((scope) => conveyed === undefined || conveyed.includes(scope));
  const grantable = new Map(held.map((scope) => [scope, rule.scopes.get(scope) ?? scope]));
  const reachable = new Set(grantable.values());

  const asked = wanted?.filter((scope) => !signInScopes.has(scope));
  if (asked && conveyed && !rule.narrowScopes) {
    const beyond = asked.find((scope) => !conveyed.includes(scope) && !reachable.has(scope));
    if (beyond !== undefined) refuse('scope.exceeded', { expected: conveyed, received: beyond });
  }
  const from = asked ?? conveyed ?? rule.defaultScopes ?? [];
  const named = from.map((scope) => grantable.get(scope) ?? (reachable.has(scope) ? scope : undefined));
  const granted = [...new Set(named.filter((scope) => scope !== undefined))];
  if (granted.length > 0) return granted;
  // Nothing asked, nothing conveyed, no default: the token simply carries no scope. Otherwise somebody wanted something.
  if (wanted === undefined && conveyed === undefined) return undefined;
  return refuse('scope.none', { expected: [...rule.scopes.keys()], received: from });
}
