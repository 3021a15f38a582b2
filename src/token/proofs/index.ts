// Which key the caller holds: the proof of possession that came with the request, if any.

import type { Trace } from '../../audit/trace.ts';
import type { Broker } from '../../broker.ts';
import { refuse } from '../../protocol/refusal.ts';
import type { TokenRequest } from '../request.ts';
import type { Proof } from '../types.ts';
import { verifyProof } from './dpop.ts';

/** Verifies the DPoP proof of a token request; undefined when there is none, never when there is a bad one. */
export function readProof(request: TokenRequest, broker: Broker, trace: Trace): Proof | undefined {
  const [proof, ...more] = request.dpop;
  if (proof === undefined) return undefined;
  if (more.length > 0) refuse('dpop_proof.malformed', { expected: 'one DPoP header', received: request.dpop.length });
  const now = Math.floor(trace.at / 1000);
  return verifyProof(proof, { method: 'POST', uri: broker.tokenEndpoint }, broker, now, trace);
}
