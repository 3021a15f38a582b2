// A small home identity provider: one person is signed in already, so authorization code with PKCE runs without a browser.

import { createHash, randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { encodeBase64url } from '../jose/base64url.ts';
import type { JsonObject } from '../jose/json.ts';
import { joseTypes } from '../protocol/urns.ts';
import { type TestKey, testKey } from './keys.ts';
import { type Changes, craftJwt } from './tokens.ts';

/** Claims about the person who is signed in. */
export type Person = { readonly sub: string; readonly [claim: string]: unknown };

export type IdentityProvider = {
  readonly issuer: string;
  /** What it signs with now. */
  readonly key: TestKey;
  readonly http: Hono;
  /** Signs with another key from now on and publishes these; the answer goes back to what was before. */
  useKeys(keys: IssuerKeys): () => void;
  /** An ID Token for a client; `changes` replace claims, undefined takes one away. */
  idToken(clientId: string, changes?: Changes, header?: Changes): string;
  /** An RFC 9068 access token of this domain. */
  accessToken(clientId: string, audience: string, changes?: Changes, header?: Changes): string;
  /** An opaque access token; introspection answers with these claims while it is active. */
  opaqueToken(claims: Changes): string;
  /** Makes an opaque token inactive. */
  revoke(token: string): void;
  /** How often introspection was asked. */
  readonly introspections: () => number;
};

/** What an issuer signs with, and the JWKs it publishes. */
export type IssuerKeys = { readonly signing: TestKey; readonly published: readonly JsonObject[] };

export type IdentityProviderOptions = {
  readonly issuer: string;
  readonly person: Person;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly key?: TestKey;
  /** Seconds an ID Token lives. */
  readonly lifetime?: number;
};

/** Makes an identity provider; mount `http` at the origin of its issuer. */
export function identityProvider({
  issuer,
  person,
  now,
  key: first = testKey(),
  lifetime = 3600,
}: IdentityProviderOptions): IdentityProvider {
  let keys: IssuerKeys = { signing: first, published: first.jwks.keys };
  const opaque = new Map<string, Changes>();
  let asked = 0;
  const seconds = () => Math.floor(now() / 1000);
  const signIn = () => ({ auth_time: seconds() - 30, acr: 'phr', amr: ['hwk', 'user'] });
  const times = () => ({ iat: seconds(), exp: seconds() + lifetime });

  const idToken: IdentityProvider['idToken'] = (clientId, changes = {}, header = {}) =>
    craftJwt(
      { typ: 'JWT', ...header },
      { iss: issuer, aud: clientId, ...person, ...signIn(), ...times(), ...changes },
      keys.signing,
    );
  const accessToken: IdentityProvider['accessToken'] = (clientId, audience, changes = {}, header = {}) => {
    const claims = {
      iss: issuer,
      aud: audience,
      client_id: clientId,
      jti: randomUUID(),
      ...person,
      ...signIn(),
      ...times(),
    };
    return craftJwt({ typ: joseTypes.accessToken, ...header }, { ...claims, ...changes }, keys.signing);
  };
  const opaqueToken = (claims: Changes) => {
    const token = randomUUID();
    opaque.set(token, { iss: issuer, ...person, ...times(), ...claims });
    return token;
  };
  const introspect = (token: string) => {
    asked += 1;
    const claims = opaque.get(token);
    return claims ? { ...claims, active: true } : { active: false };
  };
  const http = endpoints({ issuer, keys: () => keys, idToken, opaqueToken, introspect });
  return {
    issuer,
    get key() {
      return keys.signing;
    },
    http,
    useKeys(next) {
      const before = keys;
      keys = next;
      return () => {
        keys = before;
      };
    },
    idToken,
    accessToken,
    opaqueToken,
    revoke: (token) => opaque.delete(token),
    introspections: () => asked,
  };
}

type Parts = Pick<IdentityProvider, 'issuer' | 'idToken' | 'opaqueToken'> & {
  keys(): IssuerKeys;
  introspect(token: string): object;
};
type Code = {
  readonly clientId: string;
  readonly challenge: string;
  readonly redirectUri: string;
  readonly nonce: string | undefined;
};

function endpoints({ issuer, keys, idToken, opaqueToken, introspect }: Parts): Hono {
  const codes = new Map<string, Code>();
  const http = new Hono();
  const metadata = (context: Context) =>
    context.json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      introspection_endpoint: `${issuer}/introspect`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [keys().signing.alg],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
    });
  http.get('/.well-known/openid-configuration', metadata);
  http.get('/.well-known/oauth-authorization-server', metadata);
  http.get('/jwks', (context) => context.json({ keys: keys().published }));
  http.get('/authorize', (context) => {
    const {
      client_id: clientId,
      code_challenge: challenge,
      redirect_uri: redirectUri,
      state,
      nonce,
    } = context.req.query();
    if (!clientId || !challenge || !redirectUri) return context.json({ error: 'invalid_request' }, 400);
    const code = randomUUID();
    codes.set(code, { clientId, challenge, redirectUri, nonce });
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('iss', issuer);
    if (state) back.searchParams.set('state', state);
    return context.redirect(back.href, 303);
  });
  http.post('/token', async (context) => {
    const form = new URLSearchParams(await context.req.text());
    const code = codes.get(form.get('code') ?? '');
    const verifier = encodeBase64url(
      createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest(),
    );
    codes.delete(form.get('code') ?? '');
    if (!code || code.challenge !== verifier || code.redirectUri !== form.get('redirect_uri')) {
      return context.json({ error: 'invalid_grant' }, 400);
    }
    const { clientId, nonce } = code;
    const tokens = { id_token: idToken(clientId, { nonce }), access_token: opaqueToken({ client_id: clientId }) };
    return context.json({ ...tokens, token_type: 'Bearer', expires_in: 3600 }, 200, { 'Cache-Control': 'no-store' });
  });
  http.post('/introspect', async (context) => {
    const form = new URLSearchParams(await context.req.text());
    return context.json(introspect(form.get('token') ?? ''), 200, { 'Cache-Control': 'no-store' });
  });
  return http;
}
