// tls_client_auth: a certificate at the connection says who we are, the form only names us.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { KeyError } from '../../jose/jwk.ts';
import { secretReference } from '../references.ts';
import { defineCredentials } from './types.ts';

export const tlsClientAuth = defineCredentials({
  name: 'tls_client_auth',
  spec: 'RFC 8705 §2',
  settings: z.strictObject({
    cert: secretReference.describe('Certificate chain (PEM)'),
    key: secretReference.describe('Its private key (PEM)'),
  }),
  prepare(settings, { secret }) {
    const identity = { cert: secret(settings.cert), key: secret(settings.key) };
    checkPair(identity);
    return {
      method: 'tls_client_auth',
      show: ({ clientId }) => ({ headers: {}, form: { client_id: clientId }, identity }),
    };
  },
});

/** What could not be read is noted where it was looked for. */
function checkPair({ cert, key }: { readonly cert: string; readonly key: string }): void {
  if (cert === '' || key === '') return;
  if (!belongTogether(cert, key)) throw new KeyError('cert and key are not a PEM certificate and its private key');
}

function belongTogether(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
