// jwt-bearer (RFC 7523): a grant of another domain becomes an access token for a resource of ours.

import { grantTypes } from '../../protocol/urns.ts';
import { grantParameters, readGrant, supposeGrant } from './received.ts';
import { defineGrant } from './types.ts';

export const jwtBearer = defineGrant({
  type: grantTypes.jwtBearer,
  action: 'jwt-bearer',
  spec: 'RFC 7523 §2.1, ID-JAG §4.4',
  parameters: grantParameters,
  read: (asked, context) => readGrant(asked, 'may-be-bound', context),
  suppose: supposeGrant,
});
