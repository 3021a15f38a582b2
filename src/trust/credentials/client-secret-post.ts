// client_secret_post: id and secret among the parameters.

import { z } from 'zod';
import { presentCredentials } from '../client-credentials.ts';
import { secretReference } from '../references.ts';
import { defineCredentials } from './types.ts';

export const clientSecretPost = defineCredentials({
  name: 'client_secret_post',
  spec: 'RFC 6749 §2.3.1',
  settings: z.strictObject({ secret: secretReference.describe('Our client secret there') }),
  prepare({ secret: reference }, { secret }) {
    const method = 'client_secret_post';
    const value = secret(reference);
    return { method, show: ({ clientId }, now) => presentCredentials({ method, clientId, secret: value }, now) };
  },
});
