// none: a public client that only says its name.

import { z } from 'zod';
import { defineCredentials } from './types.ts';

export const none = defineCredentials({
  name: 'none',
  spec: 'RFC 6749 §2.1',
  settings: z.strictObject({}),
  prepare: () => ({
    method: 'none',
    show: ({ clientId }) => ({ headers: {}, form: { client_id: clientId } }),
  }),
});
