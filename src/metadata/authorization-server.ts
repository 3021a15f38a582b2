// The documents by which others find us: RFC 8414 metadata, its OpenID form, and our keys. All of it is read off the catalogs.

import type { Broker } from '../broker.ts';
import { signatureAlgorithms } from '../jose/algorithms.ts';
import { grantProfiles, grantTypes } from '../protocol/urns.ts';
import { clientMethods } from '../token/clients/methods/index.ts';
import { grants } from '../token/grants/index.ts';
import { issuedKinds } from '../token/issue/index.ts';
import { proofAlgorithms } from '../token/proofs/dpop.ts';
import { endpoints } from './endpoints.ts';

/** RFC 8414 §2, with the members of the drafts we implement. */
export function authorizationServerMetadata(broker: Broker): Record<string, unknown> {
  const at = endpoints(broker.issuer);
  const methods = configuredMethods(broker);
  const confidential = methods.filter((name) => name !== 'none');
  // Required beside private_key_jwt and meaningless without it (RFC 8414 §2).
  const algorithms = methods.includes('private_key_jwt') ? signatureAlgorithms : [];
  return {
    issuer: broker.issuer,
    authorization_endpoint: at.authorize,
    token_endpoint: at.token,
    introspection_endpoint: at.introspect,
    revocation_endpoint: at.revoke,
    jwks_uri: at.jwks,
    // Required by RFC 8414 §2 and by strict clients even where there is no interactive flow.
    response_types_supported: ['code'],
    grant_types_supported: grants.map(({ type }) => type),
    token_endpoint_auth_methods_supported: methods,
    ...optional('token_endpoint_auth_signing_alg_values_supported', algorithms),
    ...optional('introspection_endpoint_auth_methods_supported', confidential),
    ...optional('introspection_endpoint_auth_signing_alg_values_supported', algorithms),
    revocation_endpoint_auth_methods_supported: methods,
    ...optional('revocation_endpoint_auth_signing_alg_values_supported', algorithms),
    dpop_signing_alg_values_supported: proofAlgorithms,
    identity_chaining_requested_token_types_supported: issuedKinds
      .filter(({ goesTo }) => goesTo === 'partner')
      .map(({ tokenType }) => tokenType),
    ...acceptedProfiles(broker),
    // draft-ietf-oauth-client-id-metadata-document §5
    ...(broker.clientDocuments.offered && { client_id_metadata_document_supported: true }),
    ...optional(
      'scopes_supported',
      [...broker.resources.values()].flatMap(({ scopes }) => scopes),
    ),
    ...optional('authorization_details_types_supported', [...broker.detailTypes.keys()]),
    ...optional('protected_resources', [...broker.resources.keys()]),
  };
}

/** What some client is registered with; all we know while there is none, since an absent member means Basic (RFC 8414 §2). */
function configuredMethods({ clients, clientDocuments }: Broker): readonly string[] {
  const used = new Set([...clients.values()].map(({ verifier }) => verifier.method));
  if (clientDocuments.offered) used.add('private_key_jwt');
  const known = clientMethods.map(({ name }) => name);
  return used.size > 0 ? known.filter((name) => used.has(name)) : known;
}

/** Says that we implement the profile, never from whom we accept it (ID-JAG §7.2, §9.4). */
function acceptedProfiles(broker: Broker): Record<string, unknown> {
  const accepting = [...broker.domains.values()].some((domain) => broker.rules.accept(domain)?.grants.has('id-jag'));
  return accepting && grants.some(({ type }) => type === grantTypes.jwtBearer)
    ? { authorization_grant_profiles_supported: [grantProfiles.idJag] }
    : {};
}

/** RFC 8414 §3.2: a member without values is left out. */
function optional(name: string, values: readonly string[]): Record<string, unknown> {
  return values.length > 0 ? { [name]: [...new Set(values)] } : {};
}

/** OpenID Connect Discovery §3, for clients that look only there. */
export function openidConfiguration(broker: Broker): Record<string, unknown> {
  return {
    ...authorizationServerMetadata(broker),
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: [broker.signer.alg],
  };
}
