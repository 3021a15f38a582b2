// What specifications say of claims: which names they give a meaning, and what a name of somebody may be.

import { limits } from './limits.ts';

/** RFC 7519 §4.1, 7800, 8693, 9068, 9396, 9493, 7662; OpenID Connect Core §2 and §5.1, logout; ID-JAG; transaction tokens. */
export const specifiedClaims: readonly string[] = [
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'cnf', 'act', 'may_act', 'client_id', 'scope', 'azp', 'nonce'],
  ...['auth_time', 'acr', 'amr', 'at_hash', 'c_hash', 's_hash', 'sid', 'groups', 'roles', 'entitlements'],
  ...[
    'authorization_details',
    'resource',
    'tenant',
    'aud_tenant',
    'aud_sub',
    'sub_id',
    'txn',
    'username',
    'token_type',
  ],
  ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
  ...['website', 'email', 'email_verified', 'gender', 'birthdate', 'zoneinfo', 'locale', 'phone_number'],
  ...['phone_number_verified', 'address', 'updated_at', 'events', 'active', 'trust_framework', 'verified_claims'],
];

/**
 * Whether a text holds what nobody is called: a NUL ends a name for one reader and not for the next, a line end forges a line,
 * an escape writes to a terminal (Unicode category Cc).
 */
export const hasControls = (text: string): boolean => /\p{Cc}/u.test(text);

/** Whether a claim can be what somebody or something is called by (RFC 7519 §2, StringOrURI). */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= limits.identifier && !hasControls(value);
