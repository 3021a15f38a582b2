// Keycloak, and what is built on it.

import { namedBy } from './overlooked.ts';
import type { Profile } from './types.ts';

const layers = 'https://www.keycloak.org/securing-apps/oidc-layers';
const release = 'https://www.keycloak.org/docs/26.2.0/release_notes/';
const jwtGrant = 'https://www.keycloak.org/securing-apps/jwt-authorization-grant';
const idJag = 'https://www.keycloak.org/securing-apps/identity-assertion-jwt-authorization-grant';

export const keycloak: Profile = {
  name: 'keycloak',
  make: 'Keycloak',
  issuers: 'https://sso.acme.example/realms/{realm}; before version 17 /auth/realms/{realm}; no slash at the end',
  example: 'https://sso.acme.example/realms/staff',
  issuerFault: (issuer) =>
    /\/realms\/[^/]+$/.test(issuer) ? undefined : 'issuers of Keycloak end with /realms/ and the name of the realm',
  tokens: ['id_token', 'access_token'],
  subject: 'sub',
  takes: ['jwt', 'id-jag'],
  quirks: { audience: 'issuer', max_lifetime: 300, single_use: true },
  claims: [
    'typ',
    'azp',
    'sid',
    'session_state',
    'realm_access',
    'resource_access',
    'allowed-origins',
    'preferred_username',
  ],
  facts: [
    {
      about: 'id_token',
      says: '`typ` JWT in the header, and ID in a claim `typ`; `aud` is the client id.',
      source: layers,
    },
    {
      about: 'access_token',
      says: '`typ` JWT in the header, unless the client is set to at+jwt; a claim `typ` says Bearer or DPoP, `azp` names the client.',
      source: release,
    },
    { about: 'subject', says: '`sub` is the id of the user in the realm and does not change.', source: layers },
    { about: 'tenant', says: 'One realm per issuer.', source: layers },
    {
      about: 'grants',
      says:
        'A JWT grant is good once, for five minutes at most, for the issuer identifier; `sub` must be the id the user is linked by. ' +
        'By default no clock may be ahead.',
      source: jwtGrant,
    },
    { about: 'grants', says: 'ID-JAGs are experimental, as draft -01 has them.', source: idJag },
  ],
  beware: [
    {
      says:
        'ID Tokens and access tokens have the same `typ` in the header and the same keys; only the claim `typ` tells them apart, ' +
        'where an access token is made for the client itself.',
      source: layers,
    },
    {
      says: '`preferred_username` and `email` can be changed by their owner; `sub` cannot.',
      source: layers,
      overlooked: namedBy(['preferred_username'], 'which its owner may be able to change'),
    },
  ],
  defaults: () => ({
    subjects: {
      access_tokens: 'jwt',
      kinds: { claim: 'typ', id_token: ['ID'], access_token: ['Bearer', 'DPoP'] },
    },
  }),
  detect: ({ href }, { token_endpoint: endpoint }) => endpoint === `${href}/protocol/openid-connect/token`,
};
