// What the record keeps of the subject and of the sign-in behind it.

import { note } from '../../audit/trace.ts';
import { limits } from '../../protocol/limits.ts';
import type { Subject } from '../types.ts';
import type { GrantContext } from './types.ts';

/**
 * Notes who it is for. A token of a trusted issuer is there now: also what a public client does is worth a record. `told` is
 * the transaction where the token names none.
 */
export function noteSubject(
  { issuer, sub, tenant, claims, actor }: Subject,
  { trace, proof }: GrantContext,
  told: string | null = null,
): void {
  trace.spends ??= proof?.spends ?? [];
  const { acr, amr, auth_time: authTime, txn } = claims;
  note(trace, {
    // A client without a workload identifier of its own: the agent its trusted issuer names.
    agent: trace.facts.agent ?? actor?.sub ?? null,
    subject: { issuer, sub, ...(tenant !== undefined && { tenant }) },
    txn: typeof txn === 'string' && txn.length <= limits.identifier ? txn : told,
    risk: {
      ...trace.facts.risk,
      ...(typeof acr === 'string' && { acr }),
      ...(Array.isArray(amr) && { amr: amr.filter((method) => typeof method === 'string') }),
      ...(typeof authTime === 'number' && { auth_time: authTime }),
    },
  });
}
