// The client authentication methods. A new one is one file and one line here; metadata and configuration follow.

import { clientSecretBasic } from './client-secret-basic.ts';
import { clientSecretPost } from './client-secret-post.ts';
import { none } from './none.ts';
import { privateKeyJwt } from './private-key-jwt.ts';

export const clientMethods = [privateKeyJwt, clientSecretBasic, clientSecretPost, none] as const;
