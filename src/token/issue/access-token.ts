// The JWT access token for one of our own resources.

import { joseTypes, tokenTypes } from '../../protocol/urns.ts';
import type { IssuedKind } from './types.ts';

export const accessToken: IssuedKind = {
  name: 'access_token',
  tokenType: tokenTypes.accessToken,
  typ: joseTypes.accessToken,
  spec: 'RFC 9068 §2',
  goesTo: 'resource',
  madeFrom: ['id_token', 'access_token', 'jwt'],
};
