// Claims that specifications give a meaning, so that a name beside them can be told from a slip.

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
