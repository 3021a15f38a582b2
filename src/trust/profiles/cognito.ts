// User pools of Amazon Cognito.

import { namedBy } from './overlooked.ts';
import type { Profile } from './types.ts';

const guide = 'https://docs.aws.amazon.com/cognito/latest/developerguide';
const accessTokens = `${guide}/amazon-cognito-user-pools-using-the-access-token.html`;
const idTokens = `${guide}/amazon-cognito-user-pools-using-the-id-token.html`;

export const cognito: Profile = {
  name: 'cognito',
  make: 'Amazon Cognito user pools',
  issuers: 'https://cognito-idp.{region}.amazonaws.com/{user pool id}; no slash at the end',
  example: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI',
  issuerFault: (issuer) => (issuer.endsWith('/') ? 'issuers of Cognito do not end with a slash' : undefined),
  tokens: ['id_token', 'access_token'],
  subject: 'sub',
  takes: [],
  quirks: {},
  claims: ['token_use', 'cognito:username', 'cognito:groups', 'username', 'origin_jti', 'event_id', 'version'],
  facts: [
    { about: 'id_token', says: 'RS256 without `typ`; `token_use` is id, `aud` the client id.', source: idTokens },
    {
      about: 'access_token',
      says: 'RS256 without `typ` and without `aud`; `token_use` is access, `client_id` the client, `scope` text.',
      source: accessTokens,
    },
    { about: 'tenant', says: 'One user pool per issuer.', source: accessTokens },
  ],
  beware: [
    {
      says: 'Anybody may sign up, unless the pool allows administrators alone to make users.',
      source: 'https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html',
    },
    {
      says: 'Users may change their own attributes where the client may write them: `email` and custom claims name nobody.',
      source: idTokens,
      overlooked: namedBy(['email', 'preferred_username', 'phone_number'], 'which users may be able to change'),
    },
  ],
  defaults: () => ({
    algs: ['RS256'],
    subjects: { access_tokens: 'jwt', kinds: { claim: 'token_use', id_token: ['id'], access_token: ['access'] } },
  }),
  detect: ({ hostname }) => /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(hostname),
};
