// The kinds of token the corpus has: where each is presented, how a good one looks, and what its refusal is called.

import type { OAuthError } from '../protocol/refusal.ts';
import { joseTypes, tokenTypes } from '../protocol/urns.ts';
import type { Changes, Need, TokenKey, World } from './types.ts';

/** The place a token is presented in; refusals are named after it. */
export type Place = 'grant' | 'subject_token' | 'client_assertion' | 'dpop_proof';

type KindRow = {
  /** With its article, for sentences. */
  readonly name: string;
  readonly spec: string;
  readonly place: Place;
  /** `subject_token_type` (RFC 8693 §3). */
  readonly tokenType?: string;
  /** What must be there before any of this kind can be tried. */
  readonly needs?: readonly Need[];
  /** The codes for one that is not acceptable. */
  readonly errors: readonly OAuthError[];
  readonly key: (world: World) => TokenKey;
  readonly header: (world: World, signer: TokenKey) => Changes;
  readonly claims: (world: World, jti: string) => Changes;
};

const byKid =
  (typ?: string) =>
  (_world: World, { alg, kid }: TokenKey) => ({ alg, kid, ...(typ && { typ }) });
const issuerKey = ({ issuer }: World) => issuer.key;
/** RFC 8693 §2.2.2 says invalid_request, the ID-JAG profile invalid_grant (§4.3.4.3). */
const subjectErrors = ['invalid_request', 'invalid_grant'] as const;

const clientKey = ({ client: { auth }, stranger }: World) =>
  auth.method === 'private_key_jwt' ? auth.key : stranger('ES256');

const privileges = ({ scope, resource }: World) => ({ ...(scope && { scope }), ...(resource && { resource }) });

const rows = {
  id_jag: {
    name: 'an ID-JAG',
    spec: 'ID-JAG §3',
    place: 'grant',
    errors: ['invalid_grant'],
    key: issuerKey,
    header: byKid(joseTypes.idJag),
    claims: (world, jti) => ({
      iss: world.issuer.id,
      sub: world.subject,
      aud: world.server.issuer,
      client_id: world.client.id,
      jti,
      iat: world.now,
      exp: world.now + 120,
      ...privileges(world),
      ...world.claims,
    }),
  },
  jwt_grant: {
    name: 'a plain JWT authorization grant',
    spec: 'RFC 7523 §3, identity chaining §2.3.3',
    place: 'grant',
    errors: ['invalid_grant'],
    key: issuerKey,
    header: byKid(),
    claims: (world) => ({
      iss: world.issuer.id,
      sub: world.subject,
      aud: world.server.issuer,
      iat: world.now,
      exp: world.now + 120,
      ...privileges(world),
      ...world.claims,
    }),
  },
  id_token: {
    name: 'an ID Token',
    spec: 'OpenID Connect Core §2',
    place: 'subject_token',
    tokenType: tokenTypes.idToken,
    errors: subjectErrors,
    key: issuerKey,
    header: byKid('JWT'),
    claims: (world) => ({
      iss: world.issuer.id,
      sub: world.subject,
      aud: world.client.idAtIssuer,
      iat: world.now,
      exp: world.now + 300,
      ...world.claims,
    }),
  },
  access_token: {
    name: 'a JWT access token',
    spec: 'RFC 9068 §2',
    place: 'subject_token',
    tokenType: tokenTypes.accessToken,
    errors: subjectErrors,
    key: issuerKey,
    header: byKid(joseTypes.accessToken),
    claims: (world, jti) => ({
      iss: world.issuer.id,
      sub: world.subject,
      aud: world.resource ?? world.issuer.id,
      client_id: world.client.idAtIssuer,
      jti,
      iat: world.now,
      exp: world.now + 300,
      ...(world.scope && { scope: world.scope }),
      ...world.claims,
    }),
  },
  jwt: {
    name: 'a plain JWT as subject token',
    spec: 'RFC 8693 §3',
    place: 'subject_token',
    tokenType: tokenTypes.jwt,
    errors: subjectErrors,
    key: issuerKey,
    header: byKid('JWT'),
    claims: (world) => ({
      iss: world.issuer.id,
      sub: world.subject,
      aud: world.server.issuer,
      iat: world.now,
      exp: world.now + 300,
      ...world.claims,
    }),
  },
  client_assertion: {
    name: 'a client assertion',
    spec: 'RFC 7523 §3, RFC 10070',
    place: 'client_assertion',
    needs: ['private_key_jwt'],
    errors: ['invalid_client'],
    key: clientKey,
    header: byKid(joseTypes.clientAssertion),
    claims: ({ client, server, now }, jti) => ({
      iss: client.id,
      sub: client.id,
      aud: (client.auth.method === 'private_key_jwt' && client.auth.audience) || server.issuer,
      jti,
      iat: now,
      exp: now + 60,
    }),
  },
  dpop_proof: {
    name: 'a DPoP proof',
    spec: 'RFC 9449 §4.2',
    place: 'dpop_proof',
    needs: ['dpop'],
    errors: ['invalid_dpop_proof'],
    key: ({ holder }) => holder,
    header: (_world, { alg, publicJwk }) => ({ alg, typ: joseTypes.dpop, jwk: bareJwk(publicJwk) }),
    claims: ({ server, now, nonce }, jti) => ({ jti, htm: 'POST', htu: server.tokenEndpoint, iat: now, nonce }),
  },
} as const satisfies Record<string, KindRow>;

export type Kind = keyof typeof rows;

/** The table. */
export const kinds: Readonly<Record<Kind, KindRow>> = rows;

/** What a proof shows of a key: only what RFC 7638 §3.2 hashes. */
export const bareJwk = ({ kid: _kid, alg: _alg, use: _use, ...jwk }: Changes): Changes => jwk;
