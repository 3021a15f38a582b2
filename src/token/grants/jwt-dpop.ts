// jwt-dpop: the same as jwt-bearer for a grant that is bound to a key, and only for such.

import { grantTypes } from '../../protocol/urns.ts';
import { grantParameters, readGrant, supposeGrant } from './received.ts';
import { defineGrant } from './types.ts';

export const jwtDpop = defineGrant({
  type: grantTypes.jwtDpop,
  action: 'jwt-dpop',
  spec: 'draft-parecki-oauth-jwt-dpop-grant, ID-JAG §8.6.1',
  parameters: grantParameters,
  read: (asked, context) => readGrant(asked, 'must-be-bound', context),
  suppose: supposeGrant,
});
