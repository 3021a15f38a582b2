// Which key a subject token is bound to: whoever exchanges it has to prove that he holds that key.

import { faultList } from '../define.ts';
import type { Bad } from '../types.ts';

/** A server without DPoP may say that the request is wrong, or the token. */
const unproven: Partial<Bad> = { errors: ['invalid_request', 'invalid_grant', 'invalid_dpop_proof'] };

export const bindingFaults = faultList(
  {
    section: 'RFC 7800 §3.1',
    fault: 'subject_token.bound',
    fix: 'Exchange a bound token only with a proof of its key.',
    attack: 'A stolen token is as good as an own one, though it was bound to a key the thief does not have.',
    kinds: ['id_token', 'access_token', 'jwt'],
  },
  [
    {
      id: 'cnf/no-proof',
      how: '`cnf` with the `jkt` of a key, and no DPoP proof',
      make: ({ token, holder }) => token({ cnf: { jkt: holder.kid } }),
      per: {
        id_token: unproven,
        access_token: { ...unproven, core: true, section: 'RFC 9449 §6' },
        jwt: unproven,
      },
    },
  ],
);
