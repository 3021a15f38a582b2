// The proofs printed in RFC 9449, at the time and place they were made for, and a step beside it.

import { describe, expect, it } from 'vitest';
import vectors from '../../fixtures/vectors/dpop-rfc9449.json' with { type: 'json' };
import { openTrace } from '../../src/audit/trace.ts';
import { type Reason, Refusal } from '../../src/protocol/refusal.ts';
import { verifyProof } from '../../src/token/proofs/dpop.ts';
import { proofKeys } from '../../src/token/proofs/keys.ts';
import { dpopNonces } from '../../src/token/proofs/nonce.ts';

describe('the proofs of RFC 9449', () => {
  const secret = Buffer.alloc(32);

  it.each(vectors.vectors)('$id is $expect', (vector) => {
    const { proof, method, url: uri, now } = vector;
    const accessToken = 'accessToken' in vector ? vector.accessToken : undefined;
    const nonces = dpopNonces(secret, 'server', 'requireNonce' in vector);
    const verify = () =>
      verifyProof(
        proof,
        { method, uri, ...(accessToken && { accessToken }) },
        { nonces, proofKeys: proofKeys() },
        now,
        openTrace('test', now),
      );
    const wanted = reasons[vector.id];
    if (wanted !== undefined) {
      expect(reasonOf(verify)).toBe(wanted);
      return;
    }
    // The rest verify; what they are bound to and whether they come again is for the caller to compare.
    const { jkt, spends } = verify();
    expect(jkt).toBe(vectors.jkt);
    expect(vector.expect === 'valid' || 'replay' in vector || ('boundJkt' in vector && vector.boundJkt !== jkt)).toBe(
      true,
    );
    expect(spends).toEqual(verify().spends);
  });
});

const reasons: Readonly<Record<string, Reason>> = {
  'token-request/now': 'dpop_proof.expired',
  'token-request/wrong-method': 'dpop_proof.method',
  'token-request/wrong-path': 'dpop_proof.uri',
  'token-request/wrong-host': 'dpop_proof.uri',
  'token-request/at-resource-without-ath': 'dpop_proof.claims',
  'token-request/nonce-required': 'dpop_proof.nonce',
  'resource-request/other-token': 'dpop_proof.claims',
  'resource-request/truncated-signature': 'dpop_proof.signature',
};

function reasonOf(work: () => unknown): Reason | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}
