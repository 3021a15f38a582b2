// The mapping of scopes and claims as tables: what came, what becomes of it, and what stays here.

import type { Ask, Decision, Draft, Subject } from '../token/types.ts';
import type { ClaimRow, ScopeRow } from './explained.ts';

type Wanted = Pick<Ask, 'wants'> & { readonly subject: Pick<Subject, 'conveys'> };

/** A row for every scope that was asked for, is held, or is known to the rule. */
export function scopeTable(
  { wants, subject }: Wanted,
  { rule, scopes: granted = [] }: Pick<Decision, 'rule' | 'scopes'>,
) {
  const held = subject.conveys.scopes;
  const theirs = new Map([...rule.scopes].map(([ours, audience]) => [audience, ours]));
  const names = new Set([...(wants.scopes ?? []), ...(held ?? []), ...rule.scopes.keys()]);
  return [...names].map((scope): ScopeRow => {
    const ours = rule.scopes.has(scope) ? scope : (theirs.get(scope) ?? scope);
    const becomes = rule.scopes.get(ours) ?? null;
    return {
      scope,
      asked: wants.scopes?.includes(scope) ?? false,
      held: held === undefined ? null : held.includes(ours),
      becomes,
      granted: becomes !== null && granted.includes(becomes),
    };
  });
}

/** A row for every claim of the token that would come out. */
export function claimTable({ claims }: Draft, { rule }: Pick<Decision, 'rule'>): readonly ClaimRow[] {
  const taken = new Map(rule.claims.map(({ from, to }) => [to, from]));
  return Object.entries(claims).map(([claim, value]) => ({ claim, value, from: originOf(claim, taken) }));
}

function originOf(claim: string, taken: ReadonlyMap<string, string>): string {
  const from = taken.get(claim);
  if (from !== undefined) return `${from} of the presented token`;
  return origins[claim] ?? 'this broker';
}

const origins: Readonly<Record<string, string>> = {
  sub: 'subject mapping of the rule',
  client_id: 'client map of the rule',
  aud: 'the rule',
  scope: 'scope map of the rule',
  resource: 'what was asked, within the rule',
  exp: 'lifetime of the rule, cut to that of the presented token',
  act: 'actors of the presented token, and the rule',
  cnf: 'the key the caller holds',
  txn: 'the presented token, or this request',
  authorization_details: 'what was asked, within the rule',
  tenant: 'the presented token',
  aud_tenant: 'the rule',
};

/** Claims about the subject that the rule does not let out, by name. */
export function claimsLeft({ claims }: Pick<Subject, 'claims'>, { rule }: Pick<Decision, 'rule'>): readonly string[] {
  const taken = new Set(rule.claims.map(({ from }) => from));
  return Object.keys(claims).filter((name) => !taken.has(name) && !frame.has(name));
}

/** Members of every token, which are about itself and not about anybody. */
const frame: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'scope', 'act', 'cnf', 'txn', 'client_id', 'azp', 'resource'],
  ...['authorization_details', 'tenant', 'aud_tenant', 'nonce', 'at_hash', 'c_hash', 's_hash', 'active', 'token_type'],
]);
