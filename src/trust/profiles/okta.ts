// Okta, with the authorization server of the organization or with custom ones.

import type { Profile } from './types.ts';

const tokens = 'https://developer.okta.com/docs/reference/api/oidc/';
const servers = 'https://developer.okta.com/docs/concepts/auth-servers/';
const crossApp = 'https://help.okta.com/oie/en-us/content/topics/apps/apps-config-xaa-external-idp.htm';

export const okta: Profile = {
  name: 'okta',
  make: 'Okta',
  issuers:
    'https://acme.okta.com, or https://acme.okta.com/oauth2/{id} of a custom authorization server; no slash at the end',
  example: 'https://acme.okta.com/oauth2/aus9o8wzkhckw9TLa0h7',
  issuerFault: (issuer) => (issuer.endsWith('/') ? 'issuers of Okta do not end with a slash' : undefined),
  tokens: ['id_token', 'access_token'],
  subject: 'sub',
  takes: ['id-jag', 'jwt'],
  quirks: { audience: 'issuer' },
  claims: ['ver', 'cid', 'uid', 'scp', 'idp', 'groups', 'preferred_username'],
  facts: [
    {
      about: 'id_token',
      says: 'RS256 without `typ`; `aud` is the client id, `sub` the id of the user.',
      source: tokens,
    },
    {
      about: 'access_token',
      says: 'A plain JWT without `typ`; `cid` is the client, `scp` a list of scopes, `uid` the id of the user.',
      source: tokens,
    },
    { about: 'tenant', says: 'One organization per issuer.', source: servers },
    {
      about: 'grants',
      says: 'A custom authorization server takes ID-JAGs of issuers it trusts; its issuer identifier is the audience.',
      source: crossApp,
    },
  ],
  beware: [
    {
      says:
        '`sub` of an access token is the name people sign in with, unless a custom server says otherwise; names change hands. Take ID ' +
        'Tokens, or access tokens alone with `subject_claim: uid`.',
      source: tokens,
      overlooked: ({ tokens: kinds, subject }) =>
        kinds.includes('access_token') && subject === 'sub'
          ? 'people are named by `sub` of access tokens, which is what they sign in with'
          : undefined,
    },
    {
      says: 'Access tokens of the server of the organization are for Okta itself; only custom servers have a fixed form.',
      source: tokens,
    },
  ],
  defaults: () => ({
    algs: ['RS256'],
    subjects: { access_tokens: 'jwt', client_claim: 'cid', scope_claim: 'scp' },
  }),
  detect: ({ hostname }, { token_endpoint: endpoint }) =>
    /\.(okta|oktapreview|okta-emea|okta-gov)\.com$/.test(hostname) ||
    (typeof endpoint === 'string' && /\/oauth2\/([^/]+\/)?v1\/token$/.test(endpoint)),
};
