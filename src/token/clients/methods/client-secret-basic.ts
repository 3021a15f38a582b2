// client_secret_basic: id and secret in the Authorization header.

import { z } from 'zod';
import { refuse } from '../../../protocol/refusal.ts';
import { secretReference } from '../../../trust/references.ts';
import { secretVerifier } from './secret-digest.ts';
import { defineMethod } from './types.ts';

const basic = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

export const clientSecretBasic = defineMethod({
  name: 'client_secret_basic',
  spec: 'RFC 6749 §2.3.1',
  registration: z.strictObject({ secret: secretReference.describe('The client secret') }),
  present({ authorization }) {
    if (authorization === undefined) return undefined;
    const encoded = basic.exec(authorization)?.[1] ?? refuse('client.malformed', { expected: 'Basic credentials' });
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 1) refuse('client.malformed', { expected: 'id:secret' });
    const asSent = text.slice(colon + 1);
    return { clientId: formDecode(text.slice(0, colon)), credential: formDecode(asSent), asSent };
  },
  prepare: (registration, { secret }) => secretVerifier('client_secret_basic', secret(registration.secret)),
});

/** Id and secret are form-encoded first; some clients (the MCP SDK) leave that out, so the secret is tried both ways. */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
