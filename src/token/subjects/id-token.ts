// ID Tokens: a sign-in at the home identity provider, made for the very client that presents it.

import { check } from '../../audit/trace.ts';
import { joseTypes, tokenTypes } from '../../protocol/urns.ts';
import type { SubjectReader } from './types.ts';
import { checkBoundKey, toSubject, verifySubjectJwt } from './verify.ts';

export const idToken: SubjectReader = {
  kind: 'id_token',
  tokenType: tokenTypes.idToken,
  spec: 'OpenID Connect Core §3.1.3.7, ID-JAG §4.3.3',
  async read(token, role, context) {
    const { claims, signer } = await verifySubjectJwt(
      token,
      role,
      'id_token',
      {
        // ID Tokens have no type of their own; one that names another kind is refused (ID-JAG subject-token-type).
        types: ['', joseTypes.plain],
        audience: ({ there }) => ({ sole: [there.id] }),
      },
      context,
    );
    // A logout token has issuer, audience and subject of an ID Token and proves the opposite of a sign-in.
    const { events, azp } = claims;
    check(context.trace, `${role}.typ`, events === undefined, {
      expected: 'an ID Token',
      received: 'a token with events',
    });
    const { id } = signer.there;
    check(context.trace, `${role}.client`, azp === undefined || azp === id, { expected: id, received: azp });
    checkBoundKey(claims, role, context);
    return toSubject(signer, claims, role, {});
  },
};
