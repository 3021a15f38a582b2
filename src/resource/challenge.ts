// What a protected resource answers when it refuses: status, challenge and a body, as RFC 6750 §3, 9449 §7.1, 9470 §3 and 9728 §5.1 say.

import { failedCheck } from '../audit/trace.ts';
import type { Refusal } from '../protocol/refusal.ts';
import { refusalRow } from '../protocol/refusals.ts';
import { proofAlgorithms } from '../token/proofs/dpop.ts';
import type { Access } from './types.ts';
import type { Credentials, Guard } from './verify.ts';

/** The refusal as an answer; the challenge is for the scheme that was used, or the one to use. */
export function challenge(
  refusal: Refusal,
  presented: Credentials | undefined,
  guard: Guard,
  metadataUrl: string,
): Access {
  const { reason, extra } = refusal;
  const row = refusalRow(reason);
  // At a resource a bad proof is an authentication failure, not a bad request (RFC 9449 §7.1).
  const status = reason.startsWith('dpop_proof.') ? 401 : row.status;
  const scheme = presented?.scheme === 'dpop' || guard.proofRequired ? 'DPoP' : 'Bearer';
  // RFC 6750 §3.1: who sent no credentials is told how to, not what went wrong.
  const error = reason === 'access_token.missing' ? {} : { error: row.error, error_description: row.text };
  const parameters = {
    ...error,
    ...extra,
    ...(scheme === 'DPoP' && { algs: proofAlgorithms.join(' ') }),
    resource_metadata: metadataUrl,
  };
  const challenged = status === 401 || status === 403;
  return {
    granted: false,
    status,
    headers: {
      'Cache-Control': 'no-store',
      ...(challenged && { 'WWW-Authenticate': `${scheme} ${quoted(parameters)}` }),
      ...(row.error === 'use_dpop_nonce' && nonceHeader(guard)),
      ...(status === 503 && { 'Retry-After': '5' }),
    },
    body: { error: row.error, error_description: row.text },
    failed: failedCheck(refusal),
  };
}

/** The nonce for the next proof; an answer that carries one is not for caches (RFC 9449 §8.2). */
export function nonceHeader({ nonces, now }: Guard): Record<string, string> {
  return { 'DPoP-Nonce': nonces.current(Math.floor(now() / 1000)), 'Cache-Control': 'no-store' };
}

/** auth-params as quoted strings; quotes and backslashes do not occur in ours, and are dropped should they (RFC 6750 §3). */
function quoted(parameters: Readonly<Record<string, unknown>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}="${String(value).replace(/["\\\p{C}]/gu, '')}"`)
    .join(', ');
}
