// Issuers of no make we know: OpenID providers, and authorization servers with metadata of RFC 8414.

import { namedBy } from './overlooked.ts';
import type { Profile } from './types.ts';

const core = 'https://openid.net/specs/openid-connect-core-1_0.html';
const metadata = 'https://www.rfc-editor.org/rfc/rfc8414.html';
const accessTokens = 'https://www.rfc-editor.org/rfc/rfc9068.html';
const jwtGrant = 'https://www.rfc-editor.org/rfc/rfc7523.html';

export const oidc: Profile = {
  name: 'oidc',
  make: 'any OpenID provider',
  issuers: 'what its metadata says, with or without path and slash',
  example: 'https://login.example',
  tokens: ['id_token', 'access_token'],
  subject: 'sub',
  takes: ['jwt'],
  quirks: {},
  claims: [],
  facts: [
    {
      about: 'id_token',
      says: '`aud` is the client id, `sub` unique at the issuer and never given to anybody else (§2).',
      source: core,
    },
    { about: 'access_token', says: 'Nothing is said about their form; RFC 9068 is one.', source: accessTokens },
  ],
  beware: [
    {
      says: '`sub` and issuer together name a person; `email` and `preferred_username` do not (§5.7).',
      source: core,
      overlooked: namedBy(['preferred_username'], 'which can change hands'),
    },
  ],
  defaults: () => ({}),
  detect: (_, { id_token_signing_alg_values_supported: algs, userinfo_endpoint: userInfo }) =>
    algs !== undefined || userInfo !== undefined,
};

export const oauth: Profile = {
  name: 'oauth',
  make: 'any authorization server (RFC 8414)',
  issuers: 'what its metadata says; the well-known part goes between host and path (§3.1)',
  example: 'https://as.example/tenant',
  tokens: ['access_token', 'jwt'],
  subject: 'sub',
  takes: ['jwt', 'id-jag'],
  quirks: {},
  claims: [],
  facts: [
    {
      about: 'issuer',
      says: 'https, without query and fragment, compared byte for byte (§2, §3.3).',
      source: metadata,
    },
    {
      about: 'access_token',
      says: '`typ` at+jwt, with `client_id`, `iat` and `jti`, if it says it follows RFC 9068.',
      source: accessTokens,
    },
    { about: 'grants', says: 'A JWT grant is for the issuer or its token endpoint (§3).', source: jwtGrant },
  ],
  beware: [
    {
      says: 'Of a token of a client for itself `sub` is the client: it must not become a person (§5).',
      source: accessTokens,
    },
  ],
  defaults: () => ({}),
  detect: () => true,
};
