// client_secret_basic: id and secret in the Authorization header, each form-encoded first.

import { z } from 'zod';
import { presentCredentials } from '../client-credentials.ts';
import { secretReference } from '../references.ts';
import { defineCredentials } from './types.ts';

export const clientSecretBasic = defineCredentials({
  name: 'client_secret_basic',
  spec: 'RFC 6749 §2.3.1',
  settings: z.strictObject({ secret: secretReference.describe('Our client secret there') }),
  prepare({ secret: reference }, { secret }) {
    const method = 'client_secret_basic';
    const value = secret(reference);
    return { method, show: ({ clientId }, now) => presentCredentials({ method, clientId, secret: value }, now) };
  },
});
