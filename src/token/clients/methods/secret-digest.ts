// A client secret in memory: only its digest, compared in constant time.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { pass } from '../../../audit/trace.ts';
import { refuse } from '../../../protocol/refusal.ts';
import type { ClientVerifier } from './types.ts';

/** A verifier for clients that send `secret`; the key of the digest lives only in this process. */
export function secretVerifier(method: string, secret: string): ClientVerifier {
  const key = randomBytes(32);
  const digest = (text: string) => createHmac('sha256', key).update(text).digest();
  const registered = digest(secret);
  return {
    method,
    verify({ credential, asSent = credential }, _now, trace) {
      const matches = [credential, asSent].map((text) => timingSafeEqual(digest(text), registered));
      if (!matches.includes(true)) refuse('client.secret');
      pass(trace, 'client.secret');
      return [];
    },
  };
}
