// The table of refusals: reason → status, code, public words, section, remedy. One row a line, so that it reads as a table.

import type { OAuthError, RefusalRow } from './refusal.ts';

/** What can be wrong with a JWT, whatever its kind. */
const jwtFaults = {
  malformed: ['RFC 7519 §7.2', 'Send one compact JWS; base64url without padding, JSON without repeated members.'],
  algorithm: ['rfc8725bis §3.1', 'Sign with an algorithm the domain or client is configured for (`algs`).'],
  header: ['RFC 7515 §4.1.11', 'Leave out `crit`, `b64` and `zip`.'],
  typ: ['rfc8725bis §3.11', 'This is another kind of token than the parameter wants; send the right one.'],
  key: ['RFC 7515 §6', 'The issuer must publish the key with this `kid`, for signatures and for this algorithm.'],
  signature: ['RFC 7515 §5.2', 'The token was changed, or signed with another key than the issuer publishes.'],
  claims: ['RFC 7519 §4', 'A required claim is missing or has the wrong JSON type.'],
  expired: ['RFC 7519 §4.1.4', 'Get a fresh token; if it was fresh, compare the clocks.'],
  not_yet_valid: ['RFC 7519 §4.1.5', 'Compare the clocks: `iat` or `nbf` lies in the future.'],
} as const;
/** What can be wrong beside that with a JWT somebody issued to be believed by us. */
const assertedFaults = {
  ...jwtFaults,
  issuer: ['RFC 7523 §3', 'Add a file in `domains/` for this issuer, written exactly as in the token, or fix `iss`.'],
  audience: ['RFC 7523 §3', 'The token is meant for somebody else; compare `aud` byte by byte.'],
  lifetime: ['RFC 7523 §3', 'Issue it for a shorter time, or raise the limit for this domain.'],
} as const;
/** And what can be wrong with a token somebody presents as his authority, JWT or not. */
const presentedFaults = {
  ...assertedFaults,
  client: ['ID-JAG §4.3.3', 'Same-client rule: the token was issued to another client; see `subjects.clients` of the issuer.'],
  inactive: ['RFC 7662 §2.2', 'The issuer says the token is expired, revoked or unknown.'],
  revoked: ['RFC 7009 §2', 'We issued this token and revoked it.'],
  tenant: ['ID-JAG §6.3', 'The issuer has several tenants and the token names none; see `tenant_claim`.'],
  bound: ['RFC 9449 §6', 'Send a DPoP proof made with the key the token is bound to.'],
} as const;
export type JwtFault = keyof typeof assertedFaults;
/** Kinds of JWT that assert something, each with a validator of its own. */
export type JwtKind = 'client_assertion' | 'subject_token' | 'actor_token' | 'grant' | 'access_token';

type JwtOutside = Pick<RefusalRow, 'status' | 'error' | 'errorInGrantProfile'> & { readonly name: string };

function jwtRows<K extends string, F extends string>(kind: K, faults: Readonly<Record<F, readonly [string, string]>>, outside: JwtOutside): Record<`${K}.${F}`, RefusalRow> {
  const { name, ...code } = outside;
  const text = (fault: string) => (fault === 'expired' ? `The ${name} has expired.` : `The ${name} is not acceptable.`);
  const rows = Object.entries<readonly [string, string]>(faults).map(([fault, [section, remedy]]) => [`${kind}.${fault}`, { ...code, text: text(fault), section, remedy }]);
  return Object.fromEntries(rows);
}

const row = (status: number, error: OAuthError, text: string, section: string, remedy: string, errorInGrantProfile?: OAuthError): RefusalRow => ({ status, error, text, section, remedy, ...(errorInGrantProfile && { errorInGrantProfile }) });

export const refusals = {
  // The request as such.
  'request.method': row(405, 'invalid_request', 'Use POST.', 'RFC 6749 §3.2', 'The caller must POST the form.'),
  'request.content_type': row(400, 'invalid_request', 'Send application/x-www-form-urlencoded.', 'RFC 6749 §3.2', 'Set the Content-Type header, once, without another charset than UTF-8.'),
  'request.too_large': row(413, 'invalid_request', 'The request is too large.', 'limits.requestBody', 'Look at what the caller sends; no honest request is this large.'),
  'request.headers': row(431, 'invalid_request', 'The header fields are too large or too many.', 'RFC 6585 §5', 'Look at what the caller sends: limits.headerBytes and limits.headers are far above what is needed.'),
  'request.malformed': row(400, 'invalid_request', 'This is no HTTP request.', 'RFC 9112 §2.2', 'Not HTTP/1.1, no Host, or a target that makes no URL; look for a client that speaks TLS to a plain port.'),
  'request.timeout': row(408, 'invalid_request', 'The request took too long to arrive.', 'RFC 9110 §15.5.9', 'The caller sent headers or body too slowly; look for a proxy that passes on bodies piece by piece.'),
  'request.incomplete': row(400, 'invalid_request', 'The request is incomplete.', 'RFC 9112 §8', 'The caller hung up before the whole form had arrived; look for a proxy that gives up early.'),
  'request.encoding': row(400, 'invalid_request', 'The form is not properly encoded.', 'RFC 6749 App. B', 'Percent-encode as UTF-8; no control characters.'),
  'request.repeated_parameter': row(400, 'invalid_request', 'A parameter is repeated.', 'RFC 6749 §3.2', 'Send each parameter once; only `resource` and `audience` may repeat.'),
  'request.repeated_header': row(400, 'invalid_request', 'A header is repeated.', 'RFC 9110 §5.3', 'Send Authorization, DPoP and Content-Type once; look for a proxy that adds one.'),
  'request.parameter_missing': row(400, 'invalid_request', 'A required parameter is missing.', 'RFC 6749 §5.2', 'The record names the parameter.'),
  'grant_type.unsupported': row(400, 'unsupported_grant_type', 'This grant type is not offered here.', 'RFC 6749 §5.2', 'See `grant_types_supported` in the metadata.'),

  // Who asks.
  'client.missing': row(401, 'invalid_client', 'Client authentication is required.', 'RFC 6749 §3.2.1', 'The caller must authenticate with its registered method.'),
  'client.malformed': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 6749 §2.3', 'The credentials cannot be read; for Basic, form-encode id and secret first.'),
  'client.unknown': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 6749 §2.3', 'Add the client to `clients` or to `accept.clients` of its domain.'),
  'client.method': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 6749 §2.3', 'The client used another method than `auth.method` says.'),
  'client.several_methods': row(400, 'invalid_request', 'Use one client authentication method.', 'RFC 6749 §2.3', 'The request carries two kinds of credentials; send the registered kind alone.'),
  'client.secret': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 6749 §2.3.1', 'The secret differs from the configured one.'),
  'client.id_mismatch': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 7521 §4.2', '`client_id` names another client than the credentials.'),
  'client.grant_not_allowed': row(400, 'unauthorized_client', 'This client may not use this grant type.', 'RFC 6749 §5.2', 'Add the grant type to the client.'),
  'client.public': row(400, 'unauthorized_client', 'This grant needs a confidential client.', 'ID-JAG §9.1', 'Give the client an authentication method, or set `public_clients: true` on the rule.'),
  ...jwtRows('client_assertion', assertedFaults, { status: 401, error: 'invalid_client', name: 'client assertion' }),

  'client_assertion.replayed': row(401, 'invalid_client', 'The client assertion is not acceptable.', 'RFC 7523 §3', 'Each `jti` is good once; make a new assertion for each request.'),
  'client_assertion.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 7523 §3', "The client's key set cannot be fetched; see its `jwks.url`."),

  // How often. `slow_down` is registered for the token endpoint and says that it is the caller who should do less;
  // `temporarily_unavailable` stays for what is our trouble.
  'rate.address': row(429, 'slow_down', 'Too many requests from this address have failed.', 'RFC 6585 §4', 'Look in the log for what fails there. Behind a load balancer set `listen.trusted_proxies`, or all callers count as one.'),
  'rate.client': row(429, 'slow_down', 'This client asks too often.', 'RFC 6585 §4', 'Raise `rate` of the client or `rates.client`, or let the agent keep its tokens until they expire.'),

  // What the caller can prove.
  ...jwtRows('dpop_proof', jwtFaults, { status: 400, error: 'invalid_dpop_proof', name: 'DPoP proof' }),
  'dpop_proof.replayed': row(400, 'invalid_dpop_proof', 'The DPoP proof is not acceptable.', 'RFC 9449 §11.1', 'Each proof is good once; make a new one for each request.'),
  'dpop_proof.method': row(400, 'invalid_dpop_proof', 'The DPoP proof is not acceptable.', 'RFC 9449 §4.3', '`htm` must be the method of this request.'),
  'dpop_proof.uri': row(400, 'invalid_dpop_proof', 'The DPoP proof is not acceptable.', 'RFC 9449 §4.3', '`htu` must be our endpoint as the metadata spells it.'),
  'dpop_proof.nonce': row(400, 'use_dpop_nonce', 'Repeat with the nonce of the DPoP-Nonce header.', 'RFC 9449 §8', 'Normal: the client repeats the request with the nonce.'),
  'dpop_proof.missing': row(400, 'invalid_dpop_proof', 'A DPoP proof is required.', 'RFC 9449 §5.2', 'The client or rule demands a bound token; send a DPoP header.'),

  // On whose authority: token exchange.
  'subject_token.type': row(400, 'invalid_request', 'This subject token type is not accepted here.', 'RFC 8693 §2.2.2', 'For an ID-JAG send an ID Token; see `subjects.tokens` of the issuer.'),
  ...jwtRows('subject_token', presentedFaults, {
    status: 400,
    error: 'invalid_request',
    errorInGrantProfile: 'invalid_grant',
    name: 'subject token',
  }),
  'subject_token.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 7662 §2', "The issuer's keys or introspection endpoint do not answer."),
  'actor_token.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 7662 §2', "The issuer's keys or introspection endpoint do not answer."),
  'actor_token.unsupported': row(400, 'invalid_request', 'Actor tokens are not accepted here.', 'RFC 8693 §2.1', 'Set `actor: token` on the rule, if it should take actor tokens.'),
  'actor_token.nested': row(400, 'invalid_request', 'The actor token is not acceptable.', 'actor profile §6', 'An actor token must not carry `act` itself.'),
  ...jwtRows('actor_token', presentedFaults, { status: 400, error: 'invalid_request', name: 'actor token' }),
  'actor.depth': row(400, 'invalid_request', 'The chain of actors is too long.', 'actor profile §3.5', 'More hops than limits.actorDepth; the chain is never cut short.', 'invalid_grant'),
  'actor.malformed': row(400, 'invalid_request', 'The actor claim is not acceptable.', 'RFC 8693 §4.1', '`act` must be an object with a `sub`, nested at most.', 'invalid_grant'),
  'actor.refused': row(400, 'access_denied', 'Delegated tokens are not accepted for this target.', 'RFC 8693 §4.1', 'The rule says `actor: refuse`.'),
  'token_type.unsupported': row(400, 'invalid_request', 'This token type cannot be issued.', 'RFC 8693 §2.1', 'See `identity_chaining_requested_token_types_supported`.'),

  // On whose authority: grants of other domains.
  ...jwtRows('grant', assertedFaults, { status: 400, error: 'invalid_grant', name: 'grant' }),
  'grant.replayed': row(400, 'invalid_grant', 'The grant is not acceptable.', 'identity chaining §5.5', 'The domain says `reuse: once`; fetch a new grant, or set `until_expiry`.'),
  'grant.own_issuer': row(400, 'invalid_grant', 'The grant is not acceptable.', 'ID-JAG §9.3', 'A grant of ours was brought back to us; it belongs at the partner.'),
  'grant.profile': row(400, 'invalid_grant', 'The grant is not acceptable.', 'ID-JAG §4.1', 'Add this grant to `accept.grants` of the domain.'),
  'grant.client': row(400, 'invalid_grant', 'The grant was issued to another client.', 'ID-JAG §4.4.1', '`client_id` in the grant must be the id the client has here; fix the client map at the issuer.'),
  'grant.proof_missing': row(400, 'invalid_grant', 'Proof of possession is required for this grant.', 'ID-JAG §9.8.1.2', 'The grant carries `cnf`; send a DPoP proof with that key.'),
  'grant.proof_key': row(400, 'invalid_grant', 'The grant is bound to another key.', 'ID-JAG §9.8.1.2', 'Use the key the grant is bound to.'),
  'grant.unbound': row(400, 'invalid_grant', 'This grant type needs a bound grant.', 'jwt-dpop-grant', 'The grant has no `cnf`; use jwt-bearer.'),
  'grant.confirmation': row(400, 'invalid_grant', 'The grant is not acceptable.', 'RFC 7800 §3.1', '`cnf` names a confirmation we cannot check.'),
  'grant.delegated_key': row(400, 'invalid_grant', 'The grant is not acceptable.', 'identity chaining App. B.3', 'The issuer is not trusted to name a key for somebody else.'),
  'grant.tenant': row(400, 'invalid_grant', 'The grant is not acceptable.', 'ID-JAG §6', 'See `accept.tenants` of the domain.'),
  'grant.resource': row(400, 'invalid_grant', 'The grant is not acceptable.', 'ID-JAG §4.4.1', 'The grant names a resource that is not ours to protect.'),
  'grant.details': row(400, 'invalid_grant', 'The grant is not acceptable.', 'RFC 9396 §2', '`authorization_details` in the grant must be an array of objects with a `type`.'),
  'grant.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 7523 §3', "The issuer's keys cannot be fetched."),

  // Where to, and how much.
  'target.missing': row(400, 'invalid_request', 'Name the target with audience or resource.', 'RFC 8693 §2.1', 'The caller must say for which server the token is.'),
  'target.unknown': row(400, 'invalid_target', 'The target is not available.', 'RFC 8693 §2.2.2', 'No rule sends to this target; compare with `issuer` of the domain byte by byte.'),
  'target.several': row(400, 'invalid_target', 'Name one target.', 'ID-JAG §4.3', 'A grant has exactly one audience.'),
  'target.own': row(400, 'invalid_target', 'The target is not available.', 'ID-JAG §9.3', 'A grant for ourselves makes no sense; ask for an access token.'),
  'target.loop': row(400, 'invalid_target', 'The target is not available.', 'identity chaining §5', 'The authority already passed through that domain.'),
  'resource.malformed': row(400, 'invalid_target', 'resource must be an absolute URI without fragment.', 'RFC 8707 §2', 'Fix the value of `resource`.'),
  'resource.not_governed': row(400, 'invalid_target', 'The resource is not available.', 'RFC 8707 §2', 'Add it to `resources` of the rule, written exactly like this.'),
  'resource.beyond_grant': row(400, 'invalid_target', 'The resource is not available.', 'RFC 8707 §2', 'The grant was issued for other resources.'),
  'resource.required': row(400, 'invalid_target', 'Say which resource.', 'RFC 8707 §2', 'The rule has several resources and no `default_resource`.'),
  'resource.several': row(400, 'invalid_target', 'One resource per access token.', 'RFC 9068 §3', 'Ask once per resource.'),
  'scope.malformed': row(400, 'invalid_scope', 'The scope is malformed.', 'RFC 6749 §3.3', 'Scope values are printable ASCII without quotes, parted by single spaces.'),
  'scope.exceeded': row(400, 'invalid_scope', 'The scope exceeds what was granted.', 'RFC 7521 §4.1', 'Ask for no more than the presented token holds.'),
  'scope.none': row(400, 'invalid_scope', 'None of the scopes can be granted.', 'RFC 6749 §5.2', 'See `scopes` of the rule.'),
  'details.malformed': row(400, 'invalid_authorization_details', 'authorization_details is malformed.', 'RFC 9396 §5', 'A JSON array of objects, each with a `type`.'),
  'details.unknown_type': row(400, 'invalid_authorization_details', 'An authorization_details type is not known here.', 'RFC 9396 §5', 'Describe the type under `authorization_details` in the configuration.'),
  'details.invalid': row(400, 'invalid_authorization_details', 'authorization_details does not fit its type.', 'RFC 9396 §5', 'The record names the field.'),
  'details.exceeded': row(400, 'invalid_authorization_details', 'authorization_details exceeds what can be granted.', 'RFC 9396 §6', 'See `authorization_details` of the rule.'),

  // Whether.
  'policy.no_rule': row(400, 'access_denied', 'The request is not allowed.', 'ID-JAG §4.1', 'No rule of this domain covers the request.'),
  'policy.client': row(400, 'access_denied', 'The request is not allowed.', 'ID-JAG §6.2', 'Map the client in `clients` of the rule.'),
  'policy.condition': row(400, 'access_denied', 'The request is not allowed.', 'ID-JAG §4.3.3', 'The subject does not meet `when` of the rule.'),
  'policy.domain_suspended': row(400, 'access_denied', 'The request is not allowed.', 'design §2.1', 'The domain is suspended.'),
  'policy.domain_expired': row(400, 'access_denied', 'The request is not allowed.', 'design §2.1', 'The trust in the domain has ended: renew `expires` in its file, or remove it.'),
  'policy.client_suspended': row(400, 'access_denied', 'The request is not allowed.', 'design §2.1', 'The client is suspended.'),
  'policy.proof': row(400, 'invalid_grant', 'This resource needs a bound token; send a DPoP proof.', 'ID-JAG §9.8.1.2', 'The rule or resource says `dpop: required`.'),
  'policy.authentication': row(400, 'insufficient_user_authentication', 'A stronger or fresher sign-in is needed.', 'RFC 9470 §3', 'Normal: the client sends the user to sign in again with the returned values.'),
  'subject.unmapped': row(400, 'access_denied', 'The request is not allowed.', 'identity chaining §2.5', 'The subject token lacks the claim the mapping needs.'),
  'subject.unknown': row(400, 'invalid_grant', 'The subject is not known here.', 'identity chaining §2.4.2', 'Add the subject to the map, or allow just-in-time accounts.'),
  'subject.conflict': row(400, 'invalid_grant', 'The subject is not known here.', 'digest §11.5', 'Two ways of finding the account disagree, or the account belongs to somebody else.'),
  'issued.unreadable': row(400, 'invalid_request', 'Too much would have to be carried over from the presented token.', 'limits.jwt', 'Actors and claims taken over make the token longer than limits.jwt or deeper than limits.jsonDepth; take over less.', 'invalid_grant'),
  'lifetime.exhausted': row(400, 'invalid_request', 'Nothing is left of the lifetime of the presented token.', 'identity chaining §2.5', 'Present a token that lives longer.', 'invalid_grant'),

  // The endpoints beside the path.
  'introspection.not_allowed': row(400, 'unauthorized_client', 'This client may not introspect.', 'RFC 7662 §4', 'Add `introspects` to the client.'),
  'revocation.foreign': row(400, 'invalid_request', 'The token was issued to another client.', 'RFC 7009 §2.1', 'Only the client a token was issued to may revoke it.'),
  'revocation.kind': row(400, 'unsupported_token_type', 'This kind of token cannot be revoked here.', 'RFC 7009 §2.2.1', 'A grant lives for minutes; suspend the domain to stop it.'),
  'authorization.unsupported': row(400, 'unsupported_response_type', 'There is no interactive sign-in here; use the token endpoint.', 'RFC 6749 §4.1.2.1', 'The client should use token exchange or jwt-bearer.'),

  // At a protected resource.
  ...jwtRows('access_token', assertedFaults, { status: 401, error: 'invalid_token', name: 'access token' }),
  'access_token.missing': row(401, 'invalid_token', 'An access token is required.', 'RFC 6750 §3', 'Send `Authorization: Bearer …` or `Authorization: DPoP …`.'),
  'access_token.scheme': row(401, 'invalid_token', 'The access token is not acceptable.', 'RFC 9449 §7.2', 'A bound token goes with the DPoP scheme and a proof, an unbound one with Bearer.'),
  'access_token.proof_key': row(401, 'invalid_token', 'The access token is not acceptable.', 'RFC 9449 §7.1', 'The proof was made with another key than the token is bound to.'),
  'access_token.scope': row(403, 'insufficient_scope', 'The access token does not reach that far.', 'RFC 6750 §3.1', 'Ask for the scope named in the challenge.'),
  'access_token.sign_in': row(401, 'insufficient_user_authentication', 'A stronger or fresher sign-in is needed.', 'RFC 9470 §3', 'Sign in again as the challenge says.'),
  'access_token.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 9068 §4', "The issuer's keys cannot be fetched."),

  // Ours.
  'request.deadline': row(503, 'temporarily_unavailable', 'Try again later.', 'limits.requestMs', 'The store or a partner did not answer in time. A record of this trace that says `granted` was committed after the caller had gone.'),
  'store.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 6749 §5.2', 'The store cannot be written; nothing was issued.'),
  internal: row(500, 'server_error', 'Something went wrong here.', 'RFC 9110 §15.6.1', 'A bug: look for the trace id in the log.'),
} as const satisfies Record<string, RefusalRow>;

/** The row of a reason. */
export const refusalRow = (reason: keyof typeof refusals): RefusalRow => refusals[reason];
