// none: a public client that only names itself. Every rule refuses it unless it says otherwise.

import { z } from 'zod';
import { parameter } from '../../request.ts';
import { defineMethod } from './types.ts';

export const none = defineMethod({
  name: 'none',
  spec: 'RFC 6749 §2.1',
  registration: z.strictObject({}),
  present(request) {
    const clientId = parameter(request, 'client_id');
    return clientId === undefined ? undefined : { clientId, credential: '' };
  },
  prepare: () => ({ method: 'none', verify: () => [] }),
});
