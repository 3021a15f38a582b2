// Keys in a grant: the one whoever brings it must prove, and the one that what comes of it shall be bound to.

import { check, pass, type Trace } from '../../audit/trace.ts';
import { isJsonObject, type JsonObject } from '../../jose/json.ts';
import { refuse } from '../../protocol/refusal.ts';
import type { Acceptance } from '../policy/rule.ts';
import type { GrantContext } from './types.ts';

/** Which grants a grant type takes: jwt-dpop insists on a bound one. */
export type Binding = 'may-be-bound' | 'must-be-bound';

/** DPoP × `cnf` (ID-JAG §9.8.1.2): a bound grant is worth nothing without its key. */
export function checkConfirmation({ cnf }: JsonObject, binding: Binding, { proof, trace }: GrantContext): void {
  if (cnf === undefined) {
    check(trace, 'grant.unbound', binding === 'may-be-bound');
    return;
  }
  const jkt = onlyThumbprint(cnf, trace);
  check(trace, 'grant.proof_missing', proof !== undefined, { expected: jkt });
  check(trace, 'grant.proof_key', proof?.jkt === jkt, { expected: jkt, received: proof?.jkt });
}

/**
 * The key the token is to be bound to, where the issuer may name one for somebody else (identity chaining App. B.3): it has seen the
 * proof, and we never do. From anybody else it would hand out tokens to keys of its own.
 */
export function delegatedKey(
  { requested_cnf: requested }: JsonObject,
  { delegatedKeys }: Acceptance,
  { trace }: GrantContext,
) {
  check(trace, 'grant.delegated_key', requested === undefined || delegatedKeys);
  return requested === undefined ? undefined : onlyThumbprint(requested, trace);
}

function onlyThumbprint(confirmation: unknown, trace: Trace): string {
  const members = isJsonObject(confirmation) ? Object.entries(confirmation) : [];
  const [name, jkt] = members.length === 1 ? (members[0] ?? []) : [];
  const usable = name === 'jkt' && typeof jkt === 'string' && /^[\w-]{43}$/.test(jkt);
  if (!usable) refuse('grant.confirmation', { expected: ['jkt'], received: members.map(([member]) => member) });
  pass(trace, 'grant.confirmation');
  return jkt;
}
