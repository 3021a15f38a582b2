// What a server announces of itself in its metadata (RFC 8414 §2), as far as a federation depends on it.

import type { JsonObject } from '../jose/json.ts';

export type Announced = {
  /** Absent in the document: what RFC 8414 §2 says that means. */
  readonly grants: readonly string[];
  readonly profiles: readonly string[];
  /** Kinds of grant it issues (identity chaining §3). */
  readonly issues: readonly string[];
  readonly clientMethods: readonly string[];
  readonly clientAlgorithms: readonly string[];
  readonly tokenAlgorithms: readonly string[];
  readonly dpopAlgorithms: readonly string[];
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  /** Members that are no list of texts. */
  readonly malformed: readonly string[];
};

/** Reads the lists; what is malformed counts as absent and is named. */
export function announcedBy(raw: JsonObject): Announced {
  const malformed: string[] = [];
  const list = (name: string, absent: readonly string[] = []): readonly string[] => {
    const value = raw[name];
    if (value === undefined) return absent;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    malformed.push(name);
    return absent;
  };
  return {
    grants: list('grant_types_supported', ['authorization_code', 'implicit']),
    profiles: list('authorization_grant_profiles_supported'),
    issues: list('identity_chaining_requested_token_types_supported'),
    clientMethods: list('token_endpoint_auth_methods_supported', ['client_secret_basic']),
    clientAlgorithms: list('token_endpoint_auth_signing_alg_values_supported'),
    tokenAlgorithms: list('id_token_signing_alg_values_supported'),
    dpopAlgorithms: list('dpop_signing_alg_values_supported'),
    scopes: list('scopes_supported'),
    resources: list('protected_resources'),
    malformed,
  };
}
