// Names made from claims: `contoso|{sub}`. Two different subjects never get the same name.

import { limits } from '../../../protocol/limits.ts';
import type { Subject } from '../../types.ts';

export type Template = {
  readonly claims: readonly string[];
  /** What stands before, between and behind them: one more than there are claims. */
  readonly literals: readonly string[];
  /** Undefined when a claim is missing, is not a string, or would make the name ambiguous. */
  fill(subject: Subject, extra?: Readonly<Record<string, string>>): string | undefined;
};

/** What needs no claim of its own. */
const always: ReadonlySet<string> = new Set(['issuer', 'tenant', 'sub']);

/** The claims a template is filled with. */
export const claimsIn = (text: string): readonly string[] =>
  parseTemplate(text).claims.filter((name) => !always.has(name));

const placeholder = /\{([A-Za-z0-9_:./-]+)\}/g;

/** Reads a template; throws a plain Error that says what is wrong with it. `{issuer}`, `{tenant}` and claims may stand in it. */
export function parseTemplate(text: string): Template {
  const claims = [...text.matchAll(placeholder)].map((match) => match[1] ?? '');
  const literals = text.split(/\{[A-Za-z0-9_:./-]+\}/);
  if (claims.length === 0) throw new Error(`a template needs a placeholder such as {sub}: ${text}`);
  if (literals.some((literal) => /[{}]/.test(literal)))
    throw new Error(`a brace does not belong to a placeholder: ${text}`);
  if (literals.slice(1, -1).includes('')) throw new Error(`two placeholders need something between them: ${text}`);
  return { claims, literals, fill: (subject, extra = {}) => fill(claims, literals, subject, extra) };
}

function fill(
  claims: readonly string[],
  literals: readonly string[],
  subject: Subject,
  extra: Readonly<Record<string, string>>,
): string | undefined {
  let name = literals[0] ?? '';
  for (const [at, claim] of claims.entries()) {
    const value = extra[claim] ?? claimOf(subject, claim);
    const literal = literals[at + 1] ?? '';
    if (value === undefined || value === '' || /\p{C}/u.test(value)) return undefined;
    // `a|{tenant}|{sub}` with tenant `x|y` would meet tenant `x`, sub `y|…`: somebody else's account. So would tenant
    // `x|` before `||`, where the literal begins in the value: it must first be found where the value ends.
    if (at < claims.length - 1 && (value + literal).indexOf(literal) < value.length) return undefined;
    name += value + literal;
  }
  return name.length <= limits.identifier ? name : undefined;
}

function claimOf(subject: Subject, claim: string): string | undefined {
  if (claim === 'issuer') return subject.issuer;
  if (claim === 'tenant') return subject.tenant;
  const value = claim === 'sub' ? subject.sub : subject.claims[claim];
  return typeof value === 'string' ? value : undefined;
}
