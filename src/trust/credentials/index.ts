// The ways we authenticate at others. A new one is one file and one line here; the configuration follows.

import { clientSecretBasic } from './client-secret-basic.ts';
import { clientSecretPost } from './client-secret-post.ts';
import { none } from './none.ts';
import { privateKeyJwt } from './private-key-jwt.ts';
import { tlsClientAuth } from './tls-client-auth.ts';

export const credentialMethods = [privateKeyJwt, tlsClientAuth, clientSecretBasic, clientSecretPost, none] as const;
