// Good tokens of another kind, presented where they do not belong: what each kind must be proof against as a whole.

import { faultList } from '../define.ts';
import { authorities } from '../kind-sets.ts';

export const foreignFaults = faultList(
  {
    section: 'rfc8725bis §3.12',
    fault: 'typ',
    fix: 'Give each kind of token a validator of its own; share no path that takes any JWT of a trusted issuer.',
    kinds: authorities,
  },
  [
    {
      id: 'foreign/id-token',
      core: true,
      how: 'A good ID Token of the same issuer for the same client',
      attack: 'Every sign-in is a grant: what proves that a user was here becomes access in his name elsewhere.',
      kinds: ['id_jag', 'jwt_grant', 'access_token', 'jwt', 'client_assertion'],
      make: ({ of }) => of('id_token').token(),
      per: {
        id_jag: { reason: 'grant.profile' },
        jwt_grant: { reason: 'grant.audience' },
        jwt: { reason: 'subject_token.audience' },
        client_assertion: { reason: 'client.unknown' },
      },
    },
    {
      id: 'foreign/access-token',
      core: true,
      how: 'A good access token of the same issuer for the same client',
      attack: 'Every resource that is called can act in the name of its callers elsewhere.',
      kinds: ['id_jag', 'jwt_grant', 'id_token', 'jwt', 'client_assertion'],
      make: ({ of }) => of('access_token').token(),
      per: { client_assertion: { reason: 'client.unknown' } },
    },
    {
      id: 'foreign/id-jag',
      how: 'A good ID-JAG of the same issuer for the same client',
      attack: 'A grant that was meant to be redeemed once is exchanged for further ones.',
      kinds: ['jwt_grant', 'id_token', 'access_token', 'jwt', 'client_assertion'],
      make: ({ of }) => of('id_jag').token(),
      per: { jwt_grant: { reason: 'grant.profile' }, client_assertion: { reason: 'client.unknown' } },
    },
    {
      id: 'foreign/client-assertion',
      how: 'A good client assertion of the client itself',
      attack: 'A client gives itself whatever authority it names.',
      make: ({ of }) => of('client_assertion').token(),
    },
    {
      id: 'foreign/dpop-proof',
      how: 'A good DPoP proof',
      attack: 'Anybody can make one; where it is taken for more, anybody is anybody.',
      kinds: [...authorities, 'client_assertion'],
      make: ({ of }) => of('dpop_proof').token(),
      per: { client_assertion: { reason: 'client_assertion.issuer' } },
    },
    {
      id: 'foreign/logout-token',
      severity: 'should',
      how: 'A logout token without `typ` (`events` with a back-channel logout, `sid`), addressed like an ID Token',
      section: 'OpenID Connect Back-Channel Logout §2.4',
      attack: 'The message that a session has ended is taken for a sign-in.',
      kinds: ['id_token'],
      make: ({ token }) =>
        token(
          { events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, sid: 's-1', jti: 'logout-1' },
          { typ: undefined },
        ),
    },
    {
      id: 'foreign/no-jwt',
      how: 'A text that is no token at all',
      section: 'RFC 7523 §3',
      fault: 'malformed',
      attack: 'A server that looks up what it cannot read may find something.',
      kinds: [...authorities, 'client_assertion', 'dpop_proof'],
      make: () => 'not-a-token',
    },
  ],
);
