// The table of refusals: reason → status, code, public words, section, cause, remedy. One row a line, so that it reads as a table.

import { assertedFaults, jwtFaults, jwtRows, presentedFaults } from './jwt-refusals.ts';
import type { OAuthError, Party, RefusalRow } from './refusal.ts';

export type { JwtFault, JwtKind } from './jwt-refusals.ts';

const row = (status: number, error: OAuthError, text: string, section: string, by: readonly Party[], cause: string, remedy: string, errorInGrantProfile?: OAuthError): RefusalRow => ({ status, error, text, section, by, cause, remedy, ...(errorInGrantProfile && { errorInGrantProfile }) });

export const refusals = {
  // The request as such.
  'request.method': row(405, 'invalid_request', 'Use POST.', 'RFC 6749 §3.2', ['caller'], 'The request used another method than POST.', 'POST the form.'),
  'request.content_type': row(400, 'invalid_request', 'Send application/x-www-form-urlencoded.', 'RFC 6749 §3.2', ['caller'], 'The body says it is something else than a form.', 'Set the Content-Type header, once, without another charset than UTF-8.'),
  'request.too_large': row(413, 'invalid_request', 'The request is too large.', 'limits.requestBody', ['caller'], 'The body is longer than limits.requestBody.', 'Look at what the caller sends; no honest request is this large.'),
  'request.headers': row(431, 'invalid_request', 'The header fields are too large or too many.', 'RFC 6585 §5', ['caller'], 'The header fields are longer or more than limits.headerBytes and limits.headers.', 'Look at what the caller sends, and at what proxies add: both limits are far above what is needed.'),
  'request.malformed': row(400, 'invalid_request', 'This is no HTTP request.', 'RFC 9112 §2.2', ['caller'], 'What came is not HTTP/1.1, has no Host, or a target that makes no URL.', 'Look for a client that speaks TLS to a plain port.'),
  'request.timeout': row(408, 'invalid_request', 'The request took too long to arrive.', 'RFC 9110 §15.5.9', ['caller'], 'Headers or body came too slowly.', 'Look for a proxy that passes on bodies piece by piece.'),
  'request.incomplete': row(400, 'invalid_request', 'The request is incomplete.', 'RFC 9112 §8', ['caller'], 'The caller hung up before the whole form had arrived.', 'Look for a proxy that gives up early.'),
  'request.encoding': row(400, 'invalid_request', 'The form is not properly encoded.', 'RFC 6749 App. B', ['caller'], 'The form is not percent-encoded UTF-8, or holds control characters.', 'Percent-encode as UTF-8; no control characters.'),
  'request.repeated_parameter': row(400, 'invalid_request', 'A parameter is repeated.', 'RFC 6749 §3.2', ['caller'], 'A parameter came twice.', 'Send each parameter once; only `resource` and `audience` may repeat.'),
  'request.repeated_header': row(400, 'invalid_request', 'A header is repeated.', 'RFC 9110 §5.3', ['caller'], 'A header that counts came twice.', 'Send Authorization, DPoP and Content-Type once; look for a proxy that adds one.'),
  'request.parameter_missing': row(400, 'invalid_request', 'A required parameter is missing.', 'RFC 6749 §5.2', ['caller'], 'The grant type needs a parameter that is not there.', 'Send the parameter; the record names it.'),
  'grant_type.unsupported': row(400, 'unsupported_grant_type', 'This grant type is not offered here.', 'RFC 6749 §5.2', ['caller'], '`grant_type` is none this broker knows.', 'See `grant_types_supported` in the metadata.'),

  // Who asks.
  'client.missing': row(401, 'invalid_client', 'Client authentication is required.', 'RFC 6749 §3.2.1', ['caller'], 'The request carries no credentials and no `client_id`.', 'Authenticate with the registered method.'),
  'client.malformed': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 6749 §2.3', ['caller'], 'The credentials cannot be read.', 'For Basic, form-encode id and secret first; an assertion goes with its `client_assertion_type`.'),
  'client.unknown': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 6749 §2.3', ['us', 'caller'], 'Nobody is registered under this client id.', 'Add the client to `clients` or to `accept.clients` of its domain, or fix the id; a URL may be let in by `accept.client_metadata`.'),
  'client.method': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 6749 §2.3', ['caller', 'us'], 'The client used another authentication method than the one it is registered with.', 'Use the method that `auth.method` says, or change that.'),
  'client.several_methods': row(400, 'invalid_request', 'Use one client authentication method.', 'RFC 6749 §2.3', ['caller'], 'The request carries two kinds of credentials.', 'Send the registered kind alone.'),
  'client.secret': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 6749 §2.3.1', ['caller', 'us'], 'The secret differs from the configured one.', 'Give the client the secret that `auth.secret` leads to.'),
  'client.id_mismatch': row(401, 'invalid_client', 'Client authentication failed.', 'RFC 7521 §4.2', ['caller'], '`client_id` names another client than the credentials.', 'Leave `client_id` out, or send the one of the credentials.'),
  'client.grant_not_allowed': row(400, 'unauthorized_client', 'This client may not use this grant type.', 'RFC 6749 §5.2', ['us'], 'The client is known, but not for this grant type.', 'Add the grant type to `grants` of the client, or list it in `accept.clients` of the domain.'),
  'client.public': row(400, 'unauthorized_client', 'This grant needs a confidential client.', 'ID-JAG §9.1', ['us'], 'The client has no credentials, and the rule wants some.', 'Give the client an authentication method, or set `public_clients: true` on the rule.'),
  'client.metadata': row(401, 'invalid_client', 'Client authentication failed.', 'client-id-metadata §4', ['caller'], 'The document at the client id, or its keys, cannot be used.', 'The log says what is wrong with it; whoever runs that host must change it.'),
  'client.metadata_unavailable': row(
    503,
    'temporarily_unavailable',
    'Try again later.',
    'client-id-metadata §4.3',
    ['caller', 'us'],
    'The document at the client id, or its keys, cannot be fetched now, or too many new ids of that host are looked up.',
    'See whether the document answers from this machine; the log says what was wrong.',
  ),
  ...jwtRows('client_assertion', assertedFaults, { status: 401, error: 'invalid_client', name: 'client assertion' }),

  'client_assertion.replayed': row(401, 'invalid_client', 'The client assertion is not acceptable.', 'RFC 7523 §3', ['caller'], 'The client assertion was used before.', 'Each `jti` is good once; make a new assertion for each request.'),
  'client_assertion.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 7523 §3', ['caller', 'us'], "The client's key set cannot be fetched.", 'See whether its `jwks.url` answers from this machine.'),

  // How often. `slow_down` is registered for the token endpoint and says that it is the caller who should do less;
  // `temporarily_unavailable` stays for what is our trouble.
  'rate.address': row(
    429,
    'slow_down',
    'Too many requests from this address have failed.',
    'RFC 6585 §4',
    ['caller', 'us'],
    'Too many requests from this address have failed before anybody was known.',
    'Look in the log for what fails there. Behind a load balancer set `listen.trusted_proxies`, or all callers count as one.',
  ),
  'rate.client': row(429, 'slow_down', 'This client asks too often.', 'RFC 6585 §4', ['caller', 'us'], 'The client asks more often than its rate.', 'Let the agent keep its tokens until they expire, or raise `rate` of the client or `rates.client`.'),

  // What the caller can prove.
  ...jwtRows('dpop_proof', jwtFaults, { status: 400, error: 'invalid_dpop_proof', name: 'DPoP proof' }),
  'dpop_proof.replayed': row(400, 'invalid_dpop_proof', 'The DPoP proof is not acceptable.', 'RFC 9449 §11.1', ['caller'], 'The DPoP proof was used before.', 'Each proof is good once; make a new one for each request.'),
  'dpop_proof.method': row(400, 'invalid_dpop_proof', 'The DPoP proof is not acceptable.', 'RFC 9449 §4.3', ['caller'], '`htm` of the proof is not the method of this request.', 'Make the proof for the method it is sent with.'),
  'dpop_proof.uri': row(400, 'invalid_dpop_proof', 'The DPoP proof is not acceptable.', 'RFC 9449 §4.3', ['caller'], '`htu` of the proof is not the address of this endpoint.', 'Make the proof for our endpoint as the metadata spells it.'),
  'dpop_proof.nonce': row(400, 'use_dpop_nonce', 'Repeat with the nonce of the DPoP-Nonce header.', 'RFC 9449 §8', ['caller'], 'The proof has no nonce of ours, or an old one.', 'Normal: the client repeats the request with the nonce.'),
  'dpop_proof.missing': row(400, 'invalid_dpop_proof', 'A DPoP proof is required.', 'RFC 9449 §5.2', ['caller'], 'The client is registered for bound tokens, or the token is bound to a key, and no proof came.', 'Send a DPoP header; or take `dpop_bound` from the client.'),

  // On whose authority: token exchange.
  'subject_token.type': row(400, 'invalid_request', 'This subject token type is not accepted here.', 'RFC 8693 §2.2.2', ['caller', 'us'], 'No issuer gives subject tokens of this type, or such a grant is not made from them.', 'For an ID-JAG send an ID Token; see `subjects.tokens` of the issuer.'),
  ...jwtRows('subject_token', presentedFaults, {
    status: 400,
    error: 'invalid_request',
    errorInGrantProfile: 'invalid_grant',
    name: 'subject token',
  }),
  'subject_token.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 7662 §2', ['partner'], "The issuer's keys or introspection endpoint do not answer.", 'See `crossgrant doctor`; the caller may try again later.'),
  'actor_token.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 7662 §2', ['partner'], "The issuer's keys or introspection endpoint do not answer.", 'See `crossgrant doctor`; the caller may try again later.'),
  'actor_token.unsupported': row(400, 'invalid_request', 'Actor tokens are not accepted here.', 'RFC 8693 §2.1', ['us', 'caller'], 'The rule takes no actor token.', 'Set `actor: token` on the rule, if it should; or leave the actor token out.'),
  'actor_token.nested': row(400, 'invalid_request', 'The actor token is not acceptable.', 'actor profile §6', ['caller'], 'The actor token carries `act` itself.', 'Send an actor token of the actor alone.'),
  ...jwtRows('actor_token', presentedFaults, { status: 400, error: 'invalid_request', name: 'actor token' }),
  'actor.depth': row(400, 'invalid_request', 'The chain of actors is too long.', 'actor profile §3.5', ['caller'], 'The chain of actors is longer than limits.actorDepth.', 'Take fewer hops; the chain is never cut short.', 'invalid_grant'),
  'actor.malformed': row(400, 'invalid_request', 'The actor claim is not acceptable.', 'RFC 8693 §4.1', ['partner'], '`act` is not an object with a `sub`, nested at most, or holds control characters.', 'The issuer must write `act` as RFC 8693 §4.1 has it.', 'invalid_grant'),
  'actor.refused': row(400, 'access_denied', 'Delegated tokens are not accepted for this target.', 'RFC 8693 §4.1', ['us', 'caller'], 'The token is a delegated one, and the rule says `actor: refuse`.', 'Present a token without `act`, or change the rule.'),
  'token_type.unsupported': row(400, 'invalid_request', 'This token type cannot be issued.', 'RFC 8693 §2.1', ['caller'], '`requested_token_type` is none that is issued here.', 'See `identity_chaining_requested_token_types_supported` in the metadata.'),

  // On whose authority: grants of other domains.
  ...jwtRows('grant', assertedFaults, { status: 400, error: 'invalid_grant', name: 'grant' }),
  'grant.replayed': row(400, 'invalid_grant', 'The grant is not acceptable.', 'identity chaining §5.5', ['caller', 'us'], 'The grant was redeemed before, and the domain says `reuse: once`.', 'Fetch a new grant, or set `reuse: until_expiry`.'),
  'grant.own_issuer': row(400, 'invalid_grant', 'The grant is not acceptable.', 'ID-JAG §9.3', ['caller'], 'A grant of ours was brought back to us.', 'Redeem it at the partner its `aud` names.'),
  'grant.profile': row(400, 'invalid_grant', 'The grant is not acceptable.', 'ID-JAG §4.1', ['us', 'partner'], 'Grants of this kind are not taken from this domain.', 'Add the kind to `accept.grants` of the domain, or have the partner send another.'),
  'grant.client': row(400, 'invalid_grant', 'The grant was issued to another client.', 'ID-JAG §4.4.1', ['partner', 'caller'], '`client_id` in the grant is not the id of the client that brings it.', 'Fix the client map at the issuer: it must write the id the client has here.'),
  'grant.proof_missing': row(400, 'invalid_grant', 'Proof of possession is required for this grant.', 'ID-JAG §9.8.1.2', ['caller'], 'The grant carries `cnf`, and no proof came with it.', 'Send a DPoP proof with that key.'),
  'grant.proof_key': row(400, 'invalid_grant', 'The grant is bound to another key.', 'ID-JAG §9.8.1.2', ['caller'], 'The proof was made with another key than the grant is bound to.', 'Use the key the grant is bound to.'),
  'grant.unbound': row(400, 'invalid_grant', 'This grant type needs a bound grant.', 'jwt-dpop-grant', ['caller'], 'The grant has no `cnf`, and this grant type needs one.', 'Use jwt-bearer, or ask the issuer for a bound grant.'),
  'grant.confirmation': row(400, 'invalid_grant', 'The grant is not acceptable.', 'RFC 7800 §3.1', ['partner'], '`cnf` names a confirmation we cannot check.', 'The issuer must bind by `jkt`, or not at all.'),
  'grant.delegated_key': row(400, 'invalid_grant', 'The grant is not acceptable.', 'identity chaining App. B.3', ['partner'], 'The grant wants the token bound to a key of somebody else, which this issuer may not do.', 'Have the grant bound to the key of the client itself.'),
  'grant.tenant': row(400, 'invalid_grant', 'The grant is not acceptable.', 'ID-JAG §6', ['us', 'partner'], 'The grant names a tenant that is not mapped, or none where there are several, or it means another tenant of ours.', 'See `accept.tenants` of the domain.'),
  'grant.resource': row(400, 'invalid_grant', 'The grant is not acceptable.', 'ID-JAG §4.4.1', ['partner', 'us'], 'The grant names a resource that is not ours to protect.', 'Fix `resource` at the issuer, or describe it under `resources` of crossgrant.yaml.'),
  'grant.details': row(400, 'invalid_grant', 'The grant is not acceptable.', 'RFC 9396 §2', ['partner'], '`authorization_details` in the grant is not an array of objects with a `type`.', 'The issuer must write it as RFC 9396 §2 has it.'),
  'grant.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 7523 §3', ['partner'], "The issuer's keys cannot be fetched.", 'See `crossgrant doctor`; the caller may try again later.'),

  'trust.key_pending': row(400, 'invalid_request', 'The token is not acceptable.', 'RFC 7517 §5', ['us'], 'The keys of its issuer are pinned, and nobody approved the one that signed this.', 'Compare the fingerprint with the partner, then `crossgrant domain approve-keys NAME`.', 'invalid_grant'),

  // Where to, and how much.
  'target.missing': row(400, 'invalid_request', 'Name the target with audience or resource.', 'RFC 8693 §2.1', ['caller'], 'Neither `audience` nor `resource` says where the token shall go.', 'Say for which server the token is.'),
  'target.unknown': row(
    400,
    'invalid_target',
    'The target is not available.',
    'RFC 8693 §2.2.2',
    ['us', 'caller'],
    'No rule sends to this target, or none the kind of token that was asked for.',
    'Compare with `issuer` and `aliases` of the domain byte by byte, ask for the kind the record expected, or write a `send` rule.',
  ),
  'target.several': row(400, 'invalid_target', 'Name one target.', 'ID-JAG §4.3', ['caller'], 'The request names several targets.', 'Name one: a grant has exactly one audience.'),
  'target.own': row(400, 'invalid_target', 'The target is not available.', 'ID-JAG §9.3', ['caller'], 'The request asks for a grant for ourselves.', 'Ask for an access token.'),
  'target.loop': row(400, 'invalid_target', 'The target is not available.', 'identity chaining §5', ['caller'], 'The authority already passed through that domain.', 'Do not send it back to where it came from.'),
  'resource.malformed': row(400, 'invalid_target', 'resource must be an absolute URI without fragment.', 'RFC 8707 §2', ['caller'], '`resource` is no absolute URI without fragment.', 'Fix the value of `resource`.'),
  'resource.not_governed': row(400, 'invalid_target', 'The resource is not available.', 'RFC 8707 §2', ['us', 'caller'], 'No rule for this target governs this resource.', 'Add it to `resources` of the rule, written exactly like this, or fix the request.'),
  'resource.beyond_grant': row(400, 'invalid_target', 'The resource is not available.', 'RFC 8707 §2', ['caller'], 'The grant was issued for other resources.', 'Ask for a resource the grant names, or fetch another grant.'),
  'resource.required': row(400, 'invalid_target', 'Say which resource.', 'RFC 8707 §2', ['caller', 'us'], 'The request names no resource, and the rule does not say which to take.', 'Name one, or write `default_resource` into the rule.'),
  'resource.several': row(400, 'invalid_target', 'One resource per access token.', 'RFC 9068 §3', ['caller'], 'The request names several resources for one access token.', 'Ask once per resource.'),
  'scope.malformed': row(400, 'invalid_scope', 'The scope is malformed.', 'RFC 6749 §3.3', ['caller'], '`scope` is not printable ASCII without quotes, parted by single spaces.', 'Fix the value of `scope`.'),
  'scope.exceeded': row(400, 'invalid_scope', 'The scope exceeds what was granted.', 'RFC 7521 §4.1', ['caller'], 'A scope was asked for that the presented token does not hold.', 'Ask for no more than the presented token holds.'),
  'scope.none': row(400, 'invalid_scope', 'None of the scopes can be granted.', 'RFC 6749 §5.2', ['us', 'caller'], 'Nothing is left of what was asked: the rule or the resource knows none of these scopes.', 'See `scopes` of the rule.'),
  'details.malformed': row(400, 'invalid_authorization_details', 'authorization_details is malformed.', 'RFC 9396 §5', ['caller'], '`authorization_details` is not a JSON array of objects, each with a `type`.', 'Fix the value of the parameter.'),
  'details.unknown_type': row(400, 'invalid_authorization_details', 'An authorization_details type is not known here.', 'RFC 9396 §5', ['us', 'caller'], 'A `type` is not known here.', 'Describe the type under `authorization_details` in the configuration.'),
  'details.invalid': row(400, 'invalid_authorization_details', 'authorization_details does not fit its type.', 'RFC 9396 §5', ['caller'], 'A field is missing, unknown, or of another form than its type says.', 'Fix the field; the record names it.'),
  'details.exceeded': row(400, 'invalid_authorization_details', 'authorization_details exceeds what can be granted.', 'RFC 9396 §6', ['caller', 'us'], 'More is asked for than the rule or the presented token allows.', 'See `authorization_details` of the rule.'),

  // Whether.
  'policy.no_rule': row(400, 'access_denied', 'The request is not allowed.', 'ID-JAG §4.1', ['us'], 'No rule covers the request: it is for subjects of other domains.', 'See `from` of the rule.'),
  'policy.client': row(400, 'access_denied', 'The request is not allowed.', 'ID-JAG §6.2', ['us'], 'The rule exists, but not for this client.', 'Map the client in `clients` of the rule.'),
  'policy.condition': row(400, 'access_denied', 'The request is not allowed.', 'ID-JAG §4.3.3', ['us', 'partner'], 'The subject does not meet `when` of the rule.', 'The record names the claim and the values that would do; give the subject one of them, or change the rule.'),
  'policy.domain_suspended': row(400, 'access_denied', 'The request is not allowed.', 'design §2.1', ['us'], 'A domain that the request is about, or came through, is suspended.', '`domain resume`, or `state: enforce` in its file, when the reason has gone.'),
  'policy.domain_expired': row(400, 'access_denied', 'The request is not allowed.', 'design §2.1', ['us'], 'The trust in the domain has ended: `expires` has passed.', 'Renew `expires` in its file, or remove the domain.'),
  'policy.client_suspended': row(400, 'access_denied', 'The request is not allowed.', 'design §2.1', ['us'], 'The client is suspended.', '`client resume`, or take away `suspended`, when the reason has gone.'),
  'policy.subject_suspended': row(400, 'access_denied', 'The request is not allowed.', 'design §2.1', ['us'], 'The person, or somebody who acts for the person, is suspended.', '`subject resume` when the reason has gone.'),
  'policy.proof': row(400, 'invalid_grant', 'This resource needs a bound token; send a DPoP proof.', 'ID-JAG §9.8.1.2', ['caller'], 'The rule or the resource says `dpop: required`, and no proof came.', 'Send a DPoP proof.'),
  'policy.authentication': row(400, 'insufficient_user_authentication', 'A stronger or fresher sign-in is needed.', 'RFC 9470 §3', ['caller'], 'The sign-in is weaker or older than `require` of the rule.', 'Normal: the client sends the user to sign in again with the returned values.'),
  'subject.unmapped': row(400, 'access_denied', 'The request is not allowed.', 'identity chaining §2.5', ['partner', 'us'], 'The presented token lacks the claim that names the subject at the partner.', 'Have the issuer put the claim in, or choose another `subject` for the rule.'),
  'subject.unknown': row(400, 'invalid_grant', 'The subject is not known here.', 'identity chaining §2.4.2', ['us'], 'No mapping of the rule knows this subject.', 'Add the subject to the map, or allow just-in-time accounts.'),
  'subject.conflict': row(400, 'invalid_grant', 'The subject is not known here.', 'digest §11.5', ['us'], 'Two ways of finding the account disagree, or the account belongs to somebody else.', 'Find out whose account it is before you change a map: somebody may be trying to become somebody else.'),
  'issued.unreadable': row(400, 'invalid_request', 'Too much would have to be carried over from the presented token.', 'limits.jwt', ['us'], 'Actors and claims taken over make the token longer than limits.jwt or deeper than limits.jsonDepth.', 'Take over fewer `claims`.', 'invalid_grant'),
  'lifetime.exhausted': row(400, 'invalid_request', 'Nothing is left of the lifetime of the presented token.', 'identity chaining §2.5', ['caller'], 'Nothing is left of the lifetime of the presented token.', 'Present a token that lives longer.', 'invalid_grant'),

  // Both legs: what the partner made of our grant.
  'redeem.client': row(400, 'access_denied', 'The request is not allowed.', 'identity chaining App. B.2', ['us'], 'The rule redeems no grants for this client.', 'Add the client to `send.redeem.clients`, or let it ask for the grant and redeem it itself.'),
  'redeem.proof': row(
    400,
    'invalid_request',
    'A token of the partner cannot be bound to this key; ask without a proof, or for the grant.',
    'identity chaining App. B.3',
    ['caller'],
    'The caller sent a DPoP proof, and wants us to fetch the token: the partner would need a proof that only the caller can make.',
    'Ask for the grant (`requested_token_type`) and redeem it with a proof of your own, or ask without one.',
  ),
  'redeem.refused': row(400, 'access_denied', 'The partner has refused the request.', 'identity chaining §2.4.2', ['partner', 'us'], 'The partner decided against the grant; its error code and trace id are in the record.', 'Ask its operator about that trace id; asking again does not help.'),
  'redeem.sign_in': row(400, 'insufficient_user_authentication', 'A stronger or fresher sign-in is needed.', 'RFC 9470 §3', ['caller', 'partner'], 'The partner wants a stronger or fresher sign-in.', 'Normal: the client sends the user to sign in again with the returned values.'),
  'redeem.scope': row(400, 'invalid_scope', 'The partner grants none of the scopes.', 'RFC 6749 §5.2', ['partner', 'us'], 'The partner does not know the scopes, or not for this client.', 'Compare `send.scopes` with what the partner offers.'),
  'redeem.target': row(400, 'invalid_target', 'The partner does not know the resource.', 'RFC 8707 §2', ['us', 'partner'], 'The partner does not know the resource under this name.', 'Compare `send.resources` with what the partner calls it, byte by byte.'),
  'redeem.credentials': row(400, 'access_denied', 'The partner has refused the request.', 'RFC 6749 §5.2', ['us', 'partner'], 'The partner does not take our credentials for this client, or not for this grant type.', 'Compare method, secret or key set under `send.redeem.clients` with what the partner registered.'),
  'redeem.unavailable': row(
    503,
    'temporarily_unavailable',
    'The partner does not answer; try again later.',
    'RFC 9110 §15.6.4',
    ['partner'],
    'The partner could not answer, also when asked again, or is left in peace for a moment.',
    'Look whether its token endpoint answers from this machine; nothing has to be done here.',
  ),
  'redeem.answer': row(
    503,
    'temporarily_unavailable',
    'The answer of the partner cannot be used.',
    'RFC 6749 §5.1',
    ['partner', 'us'],
    'The partner answered with something else than a token as it was asked for; the record says what is wrong with it.',
    'Show the record to its operator; see `send.redeem.token_endpoint` if another server answers there.',
  ),

  // Calls through the proxy.
  'proxy.path': row(400, 'invalid_request', 'The path is not acceptable.', 'RFC 3986 §6.2.2', ['caller'], 'The request target is not of the form /proxy/{domain}/path, or has a spelling that servers read differently: dot segments, doubled or encoded slashes, backslashes.', 'Write the path in its plainest form.'),
  'proxy.handle': row(401, 'invalid_token', 'The handle is not acceptable.', 'RFC 6750 §3.1', ['caller'], 'It is no handle of ours, or it has expired, was revoked, or somebody behind it is suspended.', 'Ask for a new one at the token endpoint.'),
  'proxy.domain': row(403, 'access_denied', 'The handle is for another domain.', 'RFC 8707 §3', ['caller'], 'The path names another domain than the one whose token is behind the handle.', 'Use the handle under the domain it was issued for.'),
  'proxy.upstream': row(403, 'access_denied', 'Nothing may be called there.', 'RFC 9110 §15.5.4', ['us', 'caller'], 'No upstream of the domain has this path and method for this token, or no rule gives handles to the client any more.', 'Add path and method to `proxy.upstreams` of the domain, or call what is there.'),
  'proxy.unavailable': row(503, 'temporarily_unavailable', 'The upstream does not answer; try again later.', 'RFC 9110 §15.6.4', ['partner'], 'The upstream could not be reached, or gave no whole answer in time.', 'Look whether it answers from this machine; nothing has to be done here.'),
  'proxy.answer': row(502, 'server_error', 'The answer of the upstream cannot be passed on.', 'RFC 9110 §15.6.3', ['partner', 'us'], 'The answer is too large or compressed, or redirects to where callers may not go.', 'See the record; or add the address to `proxy.upstreams`.'),

  // The endpoints beside the path.
  'introspection.not_allowed': row(400, 'unauthorized_client', 'This client may not introspect.', 'RFC 7662 §4', ['us'], 'The client is known, but not as a server of any resource.', 'Add `introspects` to the client.'),
  'revocation.foreign': row(400, 'invalid_request', 'The token was issued to another client.', 'RFC 7009 §2.1', ['caller'], 'The token was issued to another client.', 'Only the client a token was issued to may revoke it.'),
  'revocation.kind': row(400, 'unsupported_token_type', 'This kind of token cannot be revoked here.', 'RFC 7009 §2.2.1', ['us'], 'This is a grant, and grants live at the partner.', 'It ends within minutes; suspend the domain to stop it.'),
  'authorization.unsupported': row(400, 'unsupported_response_type', 'There is no interactive sign-in here; use the token endpoint.', 'RFC 6749 §4.1.2.1', ['caller'], 'The client wants an interactive sign-in, which is not done here.', 'Use token exchange or jwt-bearer.'),

  // At a protected resource.
  ...jwtRows('access_token', assertedFaults, { status: 401, error: 'invalid_token', name: 'access token' }),
  'access_token.missing': row(401, 'invalid_token', 'An access token is required.', 'RFC 6750 §3', ['caller'], 'The request carries no access token.', 'Send `Authorization: Bearer …` or `Authorization: DPoP …`.'),
  'access_token.scheme': row(401, 'invalid_token', 'The access token is not acceptable.', 'RFC 9449 §7.2', ['caller'], 'The scheme does not fit the token.', 'A bound token goes with the DPoP scheme and a proof, an unbound one with Bearer.'),
  'access_token.proof_key': row(401, 'invalid_token', 'The access token is not acceptable.', 'RFC 9449 §7.1', ['caller'], 'The proof was made with another key than the token is bound to.', 'Use the key the token is bound to.'),
  'access_token.scope': row(403, 'insufficient_scope', 'The access token does not reach that far.', 'RFC 6750 §3.1', ['caller'], 'The token does not hold a scope this call needs.', 'Ask for the scope named in the challenge.'),
  'access_token.sign_in': row(401, 'insufficient_user_authentication', 'A stronger or fresher sign-in is needed.', 'RFC 9470 §3', ['caller'], 'The sign-in is weaker or older than this call needs.', 'Sign in again as the challenge says.'),
  'access_token.revoked': row(401, 'invalid_token', 'The access token is not acceptable.', 'RFC 6750 §3.1', ['caller'], 'The issuer says that the token is no longer active: it was revoked, or somebody behind it is suspended.', 'Get a fresh token, if the client still may.'),
  'access_token.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 9068 §4', ['partner', 'us'], "The issuer's keys cannot be fetched, or it does not say whether the token is active.", 'See whether it answers from this machine, and knows the client of `liveness`; or try later.'),

  // Ours.
  'request.deadline': row(503, 'temporarily_unavailable', 'Try again later.', 'limits.requestMs', ['us'], 'The store or a partner did not answer in time.', 'See the log for which. A record of this trace that says `granted` was committed after the caller had gone.'),
  'store.unavailable': row(503, 'temporarily_unavailable', 'Try again later.', 'RFC 6749 §5.2', ['us'], 'The store cannot be written; nothing was issued.', 'The log line of this trace says what to do.'),
  internal: row(500, 'server_error', 'Something went wrong here.', 'RFC 9110 §15.6.1', ['us'], 'A bug.', 'Look for the trace id in the log.'),
} as const satisfies Record<string, RefusalRow>;

/** The row of a reason. */
export const refusalRow = (reason: keyof typeof refusals): RefusalRow => refusals[reason];
