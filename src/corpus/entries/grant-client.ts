// Whose grant it is: it was made for one client, and is worth nothing in the hands of another.

import { badList } from '../define.ts';

const anyClient = 'Whoever gets hold of a grant redeems it as a client of his own, in the name of its user.';

export const grantClientEntries = badList(
  {
    kind: 'id_jag',
    section: 'ID-JAG §4.4.1',
    reason: 'grant.client',
    fix: 'Compare `client_id` of the grant with the client that authenticated, exactly; a parameter of the request proves nothing.',
    attack: anyClient,
  },
  [
    {
      id: 'id_jag/client/unknown',
      core: true,
      how: '`client_id` is a client nobody has',
      make: ({ token }) => token({ client_id: 'nobodys-client' }),
    },
    {
      id: 'id_jag/client/other',
      core: true,
      how: '`client_id` is another client of this server, presented by the first',
      needs: ['other_client'],
      make: ({ token, otherClient }) => token({ client_id: otherClient?.id }),
    },
    {
      id: 'id_jag/client/stolen',
      core: true,
      how: 'A good grant of one client, presented by another that authenticates properly',
      needs: ['other_client_auth'],
      make: ({ token }) => ({ token: token(), as: 'other_client' }),
    },
    {
      id: 'id_jag/client/at-issuer',
      core: true,
      how: '`client_id` is the id the client has at the issuer, not here',
      attack: `Ids of two servers are two name spaces: somebody else may have that id here. ${anyClient}`,
      make: ({ token, client }) => token({ client_id: client.idAtIssuer }),
    },
    {
      id: 'id_jag/client/missing',
      core: true,
      how: 'Without `client_id`',
      section: 'ID-JAG §3.1',
      reason: 'grant.claims',
      make: ({ token }) => token({ client_id: undefined }),
    },
    {
      id: 'id_jag/client/azp',
      how: 'Without `client_id`; the right client is in `azp`',
      section: 'ID-JAG §3.1',
      reason: 'grant.claims',
      severity: 'should',
      make: ({ token, client }) => token({ client_id: undefined, azp: client.id }),
    },
    {
      id: 'id_jag/client/list',
      how: '`client_id` is a list with the right client and another',
      reason: 'grant.claims',
      attack: 'A list contains whom it names: one grant for every client in it.',
      make: ({ token, client }) => token({ client_id: [client.id, 'nobodys-client'] }),
    },
    {
      id: 'id_jag/client/list-of-one',
      how: '`client_id` is a list with the right client alone',
      reason: 'grant.claims',
      severity: 'should',
      attack: 'Loose comparison takes a list for its one element; the next list has two.',
      make: ({ token, client }) => token({ client_id: [client.id] }),
    },
    {
      id: 'id_jag/client/empty',
      how: '`client_id` is an empty text',
      reason: 'grant.claims',
      make: ({ token }) => token({ client_id: '' }),
    },
    {
      id: 'id_jag/client/number',
      how: '`client_id` is a number',
      reason: 'grant.claims',
      make: ({ token }) => token({ client_id: 7 }),
    },
    {
      id: 'id_jag/client/null',
      how: '`client_id` is null',
      reason: 'grant.claims',
      make: ({ token }) => token({ client_id: null }),
    },
    {
      id: 'id_jag/client/longer',
      how: '`client_id` begins with the right client and goes on',
      make: ({ token, client }) => token({ client_id: `${client.id}-2` }),
    },
    {
      id: 'id_jag/client/space',
      how: '`client_id` is the right client with a space behind it',
      make: ({ token, client }) => token({ client_id: `${client.id} ` }),
    },
    {
      id: 'id_jag/client/case',
      how: '`client_id` is the right client in capitals',
      make: ({ token, client }) => token({ client_id: client.id.toUpperCase() }),
    },
    {
      id: 'id_jag/client/parameter',
      how: '`client_id` is a client nobody has; the parameter `client_id` of the request names it too',
      errors: ['invalid_grant', 'invalid_client', 'invalid_request'],
      reason: 'client.id_mismatch',
      attack: `A parameter that is believed instead of the credentials makes any client any other. ${anyClient}`,
      make: ({ token }) => ({
        token: token({ client_id: 'nobodys-client' }),
        fields: { client_id: 'nobodys-client' },
      }),
      needs: ['private_key_jwt'],
    },
    {
      id: 'jwt_grant/client/other',
      severity: 'should',
      kind: 'jwt_grant',
      section: 'identity chaining §5.3',
      core: true,
      how: '`client_id` names a client nobody has',
      make: ({ token }) => token({ client_id: 'nobodys-client' }),
    },
    {
      id: 'jwt_grant/client/list',
      kind: 'jwt_grant',
      section: 'identity chaining §5.3',
      severity: 'should',
      how: '`client_id` is a list with the right client and another',
      make: ({ token, client }) => token({ client_id: [client.id, 'nobodys-client'] }),
    },
  ],
);
