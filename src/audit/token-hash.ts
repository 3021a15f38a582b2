// How a token is named where it must not be shown: by its hash.

import { hash } from 'node:crypto';

/** SHA-256 of the token's text, base64url. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'base64url');
}
