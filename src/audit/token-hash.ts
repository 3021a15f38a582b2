// How a token is named where it must not be shown: by its hash.

import { createHash } from 'node:crypto';
import { encodeBase64url } from '../jose/base64url.ts';

/** SHA-256 of the token's text, base64url. */
export function tokenHash(token: string): string {
  return encodeBase64url(createHash('sha256').update(token).digest());
}
