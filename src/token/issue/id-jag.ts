// The Identity Assertion JWT Authorization Grant: a person's sign-in, asserted to one partner.

import { joseTypes, tokenTypes } from '../../protocol/urns.ts';
import type { IssuedKind } from './types.ts';

export const idJag: IssuedKind = {
  name: 'id-jag',
  tokenType: tokenTypes.idJag,
  typ: joseTypes.idJag,
  spec: 'draft-ietf-oauth-identity-assertion-authz-grant-04 §3.1',
  goesTo: 'partner',
  // An access token is not an identity assertion (§4.3).
  madeFrom: ['id_token'],
};
