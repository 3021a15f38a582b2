// The plain JWT grant of identity chaining: any authority, asserted to one partner. The specification gives it no `typ`.

import { tokenTypes } from '../../protocol/urns.ts';
import type { IssuedKind } from './types.ts';

export const chainingJwt: IssuedKind = {
  name: 'jwt',
  tokenType: tokenTypes.jwt,
  typ: undefined,
  spec: 'draft-ietf-oauth-identity-chaining-17 §2.3.3',
  goesTo: 'partner',
  madeFrom: ['id_token', 'access_token', 'jwt'],
};
