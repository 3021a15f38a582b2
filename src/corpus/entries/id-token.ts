// ID Tokens as subject tokens: a sign-in at the very client that presents it.

import { tokenTypes } from '../../protocol/urns.ts';
import { badList } from '../define.ts';

const otherClient =
  'An app that its users signed in to turns that sign-in into access elsewhere, which nobody gave it.';

export const idTokenEntries = badList(
  {
    kind: 'id_token',
    section: 'ID-JAG §4.3.3',
    fix: 'Take an ID Token only from the client it was issued to: `aud` is that client alone, and `azp`, if there, too.',
    attack: otherClient,
  },
  [
    {
      id: 'id_token/client/other',
      core: true,
      how: '`aud` is another client of the issuer',
      reason: 'subject_token.audience',
      make: ({ token }) => token({ aud: 'another-app' }),
    },
    {
      id: 'id_token/client/one-of-two',
      core: true,
      how: '`aud` is a list: this client and another',
      section: 'OpenID Connect Core §3.1.3.7',
      severity: 'should',
      reason: 'subject_token.audience',
      make: ({ token, client }) => token({ aud: [client.idAtIssuer, 'another-app'] }),
    },
    {
      id: 'id_token/client/one-of-two-azp',
      how: '`aud` is a list with this client, `azp` is the other one',
      section: 'OpenID Connect Core §3.1.3.7',
      reason: 'subject_token.audience',
      make: ({ token, client }) => token({ aud: [client.idAtIssuer, 'another-app'], azp: 'another-app' }),
    },
    {
      id: 'id_token/client/azp',
      core: true,
      how: '`azp` is another client',
      section: 'OpenID Connect Core §3.1.3.7',
      reason: 'subject_token.client',
      make: ({ token }) => token({ azp: 'another-app' }),
    },
    {
      id: 'id_token/client/missing',
      how: 'Without `aud`',
      section: 'OpenID Connect Core §2',
      reason: 'subject_token.audience',
      make: ({ token }) => token({ aud: undefined }),
    },
    {
      id: 'id_token/client/empty-list',
      how: '`aud` is an empty list',
      section: 'OpenID Connect Core §2',
      reason: 'subject_token.audience',
      attack: 'Of an empty list everything holds, to whoever asks whether all of it is right.',
      make: ({ token }) => token({ aud: [] }),
    },
    {
      id: 'id_token/client/longer',
      how: '`aud` begins with this client and goes on',
      reason: 'subject_token.audience',
      make: ({ token, client }) => token({ aud: `${client.idAtIssuer}-2` }),
    },
    {
      id: 'id_token/client/case',
      how: '`aud` is this client in capitals',
      severity: 'should',
      reason: 'subject_token.audience',
      make: ({ token, client }) => token({ aud: client.idAtIssuer.toUpperCase() }),
    },
    {
      id: 'id_token/client/server',
      how: '`aud` is the server itself',
      severity: 'should',
      reason: 'subject_token.audience',
      attack: 'A sign-in at the server belongs to no client: any of them may bring it.',
      make: ({ token, server }) => token({ aud: server.issuer }),
    },
    {
      id: 'id_token/client/stolen',
      core: true,
      how: 'A good ID Token of one client, presented by another that authenticates properly',
      reason: 'subject_token.client',
      needs: ['other_client_auth'],
      make: ({ token }) => ({ token: token(), as: 'other_client' }),
    },
    {
      id: 'id_token/type/access-token',
      how: 'A good ID Token, presented as an access token',
      section: 'RFC 8693 §3',
      reason: 'subject_token.typ',
      attack: 'It is checked by the rules of another kind, which ask less of it.',
      fix: 'Let `subject_token_type` choose the validator, and each validator refuse what is not its kind.',
      make: ({ token }) => ({ token: token(), fields: { ...plain, subject_token_type: tokenTypes.accessToken } }),
    },
    {
      id: 'id_token/type/saml',
      how: 'A good ID Token, presented as a SAML 2 assertion',
      section: 'RFC 8693 §3',
      reason: 'subject_token.type',
      attack: 'The declared type is not looked at; what is parsed instead is up to whoever sends it.',
      fix: 'Let `subject_token_type` choose the validator, and refuse types you do not take.',
      make: ({ token }) => ({
        token: token(),
        fields: { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      }),
    },
  ],
);

/** Without the request for an ID-JAG, for which only ID Tokens are good. */
const plain = { requested_token_type: undefined };
