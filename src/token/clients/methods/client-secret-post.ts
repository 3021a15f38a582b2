// client_secret_post: id and secret as form parameters.

import { z } from 'zod';
import { refuse } from '../../../protocol/refusal.ts';
import { secretReference } from '../../../trust/references.ts';
import { parameter } from '../../request.ts';
import { secretVerifier } from './secret-digest.ts';
import { defineMethod } from './types.ts';

export const clientSecretPost = defineMethod({
  name: 'client_secret_post',
  spec: 'RFC 6749 §2.3.1',
  registration: z.strictObject({ secret: secretReference.describe('The client secret') }),
  present(request) {
    const credential = parameter(request, 'client_secret');
    if (credential === undefined) return undefined;
    const clientId = parameter(request, 'client_id') ?? refuse('client.malformed', { expected: 'client_id' });
    return { clientId, credential };
  },
  prepare: (registration, { secret }) => secretVerifier('client_secret_post', secret(registration.secret)),
});
