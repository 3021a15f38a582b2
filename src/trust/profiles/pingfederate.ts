// PingFederate.

import type { Profile } from './types.ts';

const guide = 'https://docs.pingidentity.com/pingfederate/latest/administrators_reference_guide';
const accessTokens = `${guide}/pf_configure_json_token_management.html`;
const userInfo = 'https://docs.pingidentity.com/pingfederate/11.2/developers_reference_guide/pf_userinfo_endpoint.html';
const assertions =
  'https://docs.pingidentity.com/pingfederate/13.1/administrators_reference_guide/pf_configuring_oauth_assertion_grant_idp_connection.html';

export const pingfederate: Profile = {
  name: 'pingfederate',
  make: 'PingFederate',
  issuers: 'the base URL, such as https://sso.acme.example; a virtual issuer may have a path',
  example: 'https://sso.acme.example',
  tokens: ['id_token', 'access_token'],
  subject: 'sub',
  takes: ['jwt', 'id-jag'],
  quirks: {},
  claims: ['pi.sri', 's_hash', 'client_id', 'groups'],
  facts: [
    {
      about: 'id_token',
      says: '`aud` is the client id; algorithm and claims are those of the OpenID Connect policy.',
      source: userInfo,
    },
    {
      about: 'access_token',
      says:
        'What the access token manager says: JWT or reference; by default `client_id` names the client, and the scope is text or a list. ' +
        'A JWT lives for 120 minutes unless told otherwise.',
      source: accessTokens,
    },
    {
      about: 'grants',
      says: 'A connection of its own for each issuer of JWT grants or ID-JAGs, with its audience.',
      source: assertions,
    },
  ],
  beware: [
    {
      says:
        '`sub` is what the contract is filled with, often a user name; see that it is an attribute that never changes hands, or name ' +
        'another claim in `subject_claim`.',
      source: accessTokens,
    },
    {
      says: 'A manager may call client and scope otherwise, or leave them out: then set `client_claim` and `scope_claim`.',
      source: userInfo,
    },
  ],
  defaults: () => ({ subjects: { access_tokens: 'jwt', scope_claim: 'scope' } }),
  detect: (_, { token_endpoint: endpoint }) => typeof endpoint === 'string' && endpoint.endsWith('/as/token.oauth2'),
};
