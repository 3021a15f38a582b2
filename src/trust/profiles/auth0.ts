// Auth0.

import type { Profile } from './types.ts';

const accessTokens = 'https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles';
const idTokens = 'https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure';
const crossAppTest = 'https://auth0.com/docs/secure/call-apis-on-users-behalf/xaa/test-xaa-flow';
const crossAppToken = 'https://auth0.com/docs/api/authentication/cross-app-access/get-token';

export const auth0: Profile = {
  name: 'auth0',
  make: 'Auth0',
  issuers: 'https://tenant.region.auth0.com/ or a custom domain, with the slash at the end',
  example: 'https://acme.eu.auth0.com/',
  issuerFault: (issuer) => (issuer.endsWith('/') ? undefined : 'issuers of Auth0 end with a slash'),
  tokens: ['id_token', 'access_token'],
  subject: 'sub',
  takes: ['id-jag'],
  quirks: { audience: 'issuer', single_use: false },
  claims: ['permissions', 'org_id', 'org_name', 'gty', 'nickname'],
  facts: [
    { about: 'issuer', says: 'The domain behind https://, and a slash.', source: crossAppTest },
    {
      about: 'id_token',
      says: '`aud` is the client id, `sub` connection and user, such as auth0|123456.',
      source: idTokens,
    },
    {
      about: 'access_token',
      says: 'Unless the API is set to RFC 9068: a plain JWT, `azp` the client, `aud` a list of the API and /userinfo.',
      source: accessTokens,
    },
    {
      about: 'tenant',
      says: 'One tenant per issuer; within it `org_id` may name an organization.',
      source: accessTokens,
    },
    {
      about: 'grants',
      says: 'An ID-JAG is good until it expires, and its `resource` goes before that of the request.',
      source: crossAppToken,
    },
  ],
  beware: [
    {
      says: 'Anybody may sign up, unless sign-ups of the connection are switched off: `sub` says who, not whether he is one of yours.',
      source: idTokens,
    },
    {
      says: 'HS256 is offered as well; tokens signed with it are refused here. Set APIs and applications to RS256 or PS256.',
      source: accessTokens,
    },
  ],
  defaults: () => ({ algs: ['RS256', 'PS256'], subjects: { access_tokens: 'jwt' } }),
  detect: ({ href, hostname }, { token_endpoint: endpoint, jwks_uri: keys }) =>
    /\.auth0\.com$/.test(hostname) || (endpoint === `${href}oauth/token` && keys === `${href}.well-known/jwks.json`),
};
