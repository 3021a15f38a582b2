// Which kind of token it is, from its type and, where kinds have no type of their own, from its claims.

import { isJsonObject, type JsonObject } from '../jose/json.ts';
import { joseTypes } from '../protocol/urns.ts';

const typed = {
  [joseTypes.idJag]: 'ID-JAG',
  [joseTypes.accessToken]: 'access token',
  [joseTypes.clientAssertion]: 'client assertion',
  [joseTypes.dpop]: 'DPoP proof',
  [joseTypes.bundle]: 'partner bundle',
  'logout+jwt': 'logout token',
  'secevent+jwt': 'security event',
  'token-introspection+jwt': 'introspection answer',
} as const;

export type TokenKind = (typeof typed)[keyof typeof typed] | 'ID Token' | 'plain JWT' | 'encrypted' | 'unreadable';

/** The kind; `typ` lower case without `application/`. */
export function kindOf(typ: string, claims: JsonObject): TokenKind {
  const named = Object.entries(typed).find(([name]) => name === typ)?.[1];
  if (named !== undefined) return named;
  if (isJsonObject(claims['events'])) return 'logout token';
  const { iss, sub, aud, nonce, auth_time: authTime, at_hash: atHash } = claims;
  if (typeof iss === 'string' && iss === sub && aud !== undefined) return 'client assertion';
  if (nonce !== undefined || authTime !== undefined || atHash !== undefined) return 'ID Token';
  return 'plain JWT';
}
