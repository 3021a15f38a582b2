// Plain JWTs an issuer made for us: a workload's token, an assertion of another system.

import { check } from '../../audit/trace.ts';
import { joseTypes, tokenTypes } from '../../protocol/urns.ts';
import type { SubjectReader } from './types.ts';
import { checkBoundKey, conveyed, holderOf, toSubject, verifySubjectJwt } from './verify.ts';

export const plainJwt: SubjectReader = {
  kind: 'jwt',
  tokenType: tokenTypes.jwt,
  spec: 'RFC 8693 §3, RFC 7523 §3',
  async read(token, role, context) {
    const { broker, trace } = context;
    const shape = { types: ['', joseTypes.plain], audience: () => ({ sole: [broker.issuer] }) };
    const { claims, signer } = await verifySubjectJwt(token, role, 'jwt', shape, context);
    const holder = holderOf(claims, signer.trust) ?? signer.there.id;
    check(trace, `${role}.client`, holder === signer.there.id, { expected: signer.there.id, received: holder });
    checkBoundKey(claims, role, context);
    return toSubject(signer, claims, role, conveyed(claims, role, signer.trust));
  },
};
