// Access tokens and plain JWTs as subject tokens: held by who presents them, and worth no more than they say.

import { tokenTypes } from '../../protocol/urns.ts';
import { badList } from '../define.ts';

const held = 'Whoever received a token as a resource, or found one, exchanges it as if it had been issued to him.';

export const accessTokenEntries = badList(
  {
    kind: 'access_token',
    section: 'identity chaining §5.3',
    fix: 'Exchange an access token only for the client it was issued to, or for a resource it was made for, and for no more than it holds.',
    attack: held,
  },
  [
    {
      id: 'access_token/client/other',
      core: true,
      how: '`client_id` is another client of the issuer',
      reason: 'subject_token.client',
      make: ({ token }) => token({ client_id: 'another-app' }),
    },
    {
      id: 'access_token/client/missing',
      how: 'Without `client_id`',
      section: 'RFC 9068 §2.2',
      reason: 'subject_token.client',
      make: ({ token }) => token({ client_id: undefined }),
    },
    {
      id: 'access_token/client/list',
      how: '`client_id` is a list with this client and another',
      section: 'RFC 9068 §2.2',
      reason: 'subject_token.client',
      make: ({ token, client }) => token({ client_id: [client.idAtIssuer, 'another-app'] }),
    },
    {
      id: 'access_token/client/azp-beside',
      how: '`client_id` is another client, `azp` is this one',
      reason: 'subject_token.client',
      make: ({ token, client }) => token({ client_id: 'another-app', azp: client.idAtIssuer }),
    },
    {
      id: 'access_token/client/stolen',
      core: true,
      how: 'A good access token of one client, presented by another that authenticates properly',
      reason: 'subject_token.client',
      needs: ['other_client_auth'],
      make: ({ token }) => ({ token: token(), as: 'other_client' }),
    },
    {
      id: 'access_token/cnf/certificate',
      how: '`cnf` with `x5t#S256`, and no client certificate',
      section: 'RFC 8705 §3',
      reason: 'subject_token.bound',
      attack: 'A stolen token is as good as an own one, though it was bound to a certificate the thief does not have.',
      fix: 'Exchange a bound token only over a connection with its certificate.',
      make: ({ token, stranger }) => token({ cnf: { 'x5t#S256': stranger.kid } }),
    },
    {
      id: 'access_token/scope/list',
      how: '`scope` is a list',
      section: 'RFC 9068 §2.2.3',
      severity: 'should',
      reason: 'subject_token.claims',
      attack: 'A limit that cannot be read is taken for no limit.',
      make: ({ token }) => token({ scope: ['calendar.read'] }),
    },
    {
      id: 'access_token/scope/characters',
      how: '`scope` has a quote in it',
      section: 'RFC 6749 §3.3',
      severity: 'should',
      reason: 'subject_token.claims',
      attack: 'What is no scope is written into answers, headers and logs of others as it came.',
      make: ({ token }) => token({ scope: 'calendar.read "admin' }),
    },
    {
      id: 'access_token/details/object',
      how: '`authorization_details` is an object instead of a list',
      section: 'RFC 9396 §2',
      severity: 'should',
      reason: 'subject_token.claims',
      attack: 'A limit that cannot be read is taken for no limit.',
      make: ({ token }) => token({ authorization_details: { type: 'payment' } }),
    },
    {
      id: 'access_token/act/loop',
      how: '`act` says that the authority already passed through the server it is now sent to',
      section: 'identity chaining §5',
      severity: 'should',
      needs: ['partner'],
      reason: 'target.loop',
      errors: ['invalid_target', 'invalid_request', 'invalid_grant'],
      attack: 'On the way round scopes and names are mapped again: what comes back may be more than what left.',
      fix: 'Refuse to send an authority back to an issuer in its chain.',
      make: ({ token, partner }) => token({ act: { iss: partner, sub: 'agent-1' } }),
    },
    {
      id: 'access_token/type/id-token',
      how: 'A good access token, presented as an ID Token',
      section: 'ID-JAG §4.3.3',
      reason: 'subject_token.typ',
      attack: 'It is checked by the rules of another kind, which ask less of it.',
      fix: 'Let `subject_token_type` choose the validator, and each validator refuse what is not its kind.',
      make: ({ token }) => ({ token: token(), fields: { subject_token_type: tokenTypes.idToken } }),
    },
    {
      id: 'access_token/type/for-id-jag',
      how: 'A good access token, exchanged for an ID-JAG',
      section: 'ID-JAG §4.3',
      severity: 'should',
      reason: 'subject_token.type',
      attack: 'An access token stands for a call, not for a person who is here: it makes a chain without a sign-in.',
      fix: 'Issue an ID-JAG for an ID Token, a refresh token or a SAML assertion alone.',
      make: ({ token }) => ({ token: token(), fields: { requested_token_type: tokenTypes.idJag } }),
    },
  ],
);

export const subjectJwtEntries = badList(
  {
    kind: 'jwt',
    section: 'RFC 8693 §5',
    reason: 'subject_token.client',
    fix: 'Take a JWT only from the client it names.',
    attack: held,
  },
  [
    {
      id: 'jwt/client/other',
      core: true,
      how: '`client_id` is another client of the issuer',
      make: ({ token }) => token({ client_id: 'another-app' }),
    },
    {
      id: 'jwt/client/azp',
      how: '`azp` is another client of the issuer',
      make: ({ token }) => token({ azp: 'another-app' }),
    },
    {
      id: 'jwt/client/stolen',
      how: 'A good JWT of one client, presented by another that authenticates properly',
      needs: ['other_client_auth'],
      make: ({ token }) => ({ token: token(), as: 'other_client' }),
    },
    {
      id: 'jwt/scope/number',
      how: '`scope` is a number',
      section: 'RFC 8693 §4.2',
      severity: 'should',
      reason: 'subject_token.claims',
      attack: 'A limit that cannot be read is taken for no limit.',
      make: ({ token }) => token({ scope: 0 }),
    },
  ],
);
