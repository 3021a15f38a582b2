// private_key_jwt: a short-lived assertion signed with a key of the client, addressed to us alone.

import { z } from 'zod';
import { type SignatureAlgorithm, signatureAlgorithms, usualAlgorithms } from '../../../jose/algorithms.ts';
import { limits } from '../../../protocol/limits.ts';
import { refuse } from '../../../protocol/refusal.ts';
import { asType, clientAssertionType, joseTypes } from '../../../protocol/urns.ts';
import type { KeySource } from '../../../trust/domain.ts';
import { presentedOnce } from '../../../trust/presented.ts';
import { keyReference } from '../../../trust/references.ts';
import { orRefuse, verifyJwt } from '../../../trust/verify-jwt.ts';
import { parameter } from '../../request.ts';
import { type ClientVerifier, defineMethod } from './types.ts';

export const privateKeyJwt = defineMethod({
  name: 'private_key_jwt',
  spec: 'RFC 7523 §2.2, RFC 10070',
  registration: z.strictObject({
    jwks: keyReference.describe("The client's public keys"),
    algs: z
      .array(z.enum(signatureAlgorithms))
      .min(1)
      .default([...usualAlgorithms])
      .describe('Accepted algorithms'),
    audience: z
      .enum(['issuer', 'token_endpoint'])
      .default('issuer')
      .describe('`token_endpoint` accepts the old audience as well'),
  }),
  present(request) {
    const assertion = parameter(request, 'client_assertion');
    const type = parameter(request, 'client_assertion_type');
    if (assertion === undefined && type === undefined) return undefined;
    if (assertion === undefined) refuse('request.parameter_missing', { expected: 'client_assertion' });
    if (type !== clientAssertionType)
      refuse('client.malformed', { expected: clientAssertionType, received: asType(type) });
    // Only to find the registration; nothing of it is believed before the signature is.
    const jws = orRefuse('client_assertion', () => presentedOnce(assertion));
    const { iss } = jws.jws.claims;
    return { clientId: typeof iss === 'string' ? iss : refuse('client_assertion.issuer'), credential: assertion, jws };
  },
  prepare({ jwks, algs, audience }, { clientId, issuer, tokenEndpoint, keys }) {
    const audiences = audience === 'issuer' ? [issuer] : [issuer, tokenEndpoint];
    return assertionVerifier({ clientId, keys: keys(jwks), algorithms: algs, audiences });
  },
});

/** Whose assertions count, and addressed to whom. */
type Assertions = {
  readonly clientId: string;
  readonly keys: KeySource;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly audiences: readonly string[];
};

/** Checks assertions of one client, however its keys are known. */
export function assertionVerifier({ clientId, keys, algorithms, audiences }: Assertions): ClientVerifier {
  return {
    method: 'private_key_jwt',
    async verify({ credential, jws }, now, trace) {
      const { claims } = await verifyJwt(
        jws ?? presentedOnce(credential),
        {
          kind: 'client_assertion',
          // Clients should type it, servers should not insist (RFC 10070); any other type is another kind of token.
          types: ['', joseTypes.plain, joseTypes.clientAssertion],
          signer: (iss, { sub }) => (iss === clientId && sub === clientId ? { algorithms, keys } : undefined),
          audience: () => ({ sole: audiences }),
          required: ['sub', 'jti'],
          iatRequired: false,
          maxLifetime: limits.clientAssertionLifetime,
        },
        now,
        trace,
      );
      return [
        { kind: 'client_assertion', issuer: clientId, id: String(claims['jti']), expiresAt: forgettable(claims.exp) },
      ];
    },
  };
}

/** When the assertion would be refused for its age alone. */
const forgettable = (exp: number) => Math.ceil(exp) + limits.clockBehind;
