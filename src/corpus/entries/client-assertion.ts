// Client assertions: a client says who it is, to this server alone, once.

import { randomUUID } from 'node:crypto';
import { clientAssertionType } from '../../protocol/urns.ts';
import { badList } from '../define.ts';

const anyClient = 'Whoever has one client is any client.';
const again = 'Whoever reads an assertion in a log or on the way authenticates with it a second time.';

export const clientAssertionEntries = badList(
  {
    kind: 'client_assertion',
    section: 'RFC 7523 §3',
    reason: 'client_assertion.claims',
    fix: 'Require `iss` and `sub` to be the client, a `jti` that is good once and an `exp` in a few minutes.',
    attack: anyClient,
  },
  [
    {
      id: 'client_assertion/iss/missing',
      how: 'Without `iss`',
      reason: 'client_assertion.issuer',
      make: ({ token }) => token({ iss: undefined }),
    },
    {
      id: 'client_assertion/iss/list',
      how: '`iss` is a list with the client in it',
      reason: 'client_assertion.issuer',
      make: ({ token, client }) => token({ iss: [client.id] }),
    },
    {
      id: 'client_assertion/iss/unknown',
      how: '`iss` and `sub` are a client nobody has',
      reason: 'client.unknown',
      make: ({ token }) => token({ iss: 'nobodys-client', sub: 'nobodys-client' }),
    },
    {
      id: 'client_assertion/iss/other',
      core: true,
      how: '`iss` and `sub` are another client of this server, signed by the first',
      reason: 'client.method',
      needs: ['other_client'],
      make: ({ token, otherClient }) => token({ iss: otherClient?.id, sub: otherClient?.id }),
    },
    {
      id: 'client_assertion/iss/server',
      how: '`iss` is the server itself',
      reason: 'client.unknown',
      make: ({ token, server }) => token({ iss: server.issuer }),
    },
    {
      id: 'client_assertion/sub/other',
      core: true,
      how: '`sub` is another client, `iss` the one that signs',
      reason: 'client_assertion.issuer',
      make: ({ token, otherClient }) => token({ sub: otherClient?.id ?? 'nobodys-client' }),
    },
    {
      id: 'client_assertion/sub/missing',
      how: 'Without `sub`',
      reason: 'client_assertion.issuer',
      make: ({ token }) => token({ sub: undefined }),
    },
    {
      id: 'client_assertion/sub/case',
      how: '`sub` is the client in capitals',
      severity: 'should',
      reason: 'client_assertion.issuer',
      make: ({ token, client }) => token({ sub: client.id.toUpperCase() }),
    },
    {
      id: 'client_assertion/jti/missing',
      core: true,
      how: 'Without `jti`',
      section: 'OpenID Connect Core §9',
      severity: 'should',
      attack: again,
      make: ({ token }) => token({ jti: undefined }),
    },
    {
      id: 'client_assertion/jti/empty',
      how: '`jti` is an empty text',
      severity: 'should',
      attack: again,
      make: ({ token }) => token({ jti: '' }),
    },
    {
      id: 'client_assertion/jti/number',
      how: '`jti` is a number',
      section: 'RFC 7519 §4.1.7',
      severity: 'should',
      attack: again,
      make: ({ token }) => token({ jti: 7 }),
    },
    {
      id: 'client_assertion/jti/long',
      how: '`jti` has 300 characters',
      severity: 'should',
      attack: 'Cut to fit a column two of them become one, or the memory for used ones is filled by whoever likes.',
      make: ({ token }) => token({ jti: randomUUID().padEnd(300, 'x') }),
    },
    {
      id: 'client_assertion/replay/same',
      core: true,
      how: 'The same assertion twice, each time with a fresh grant',
      severity: 'should',
      reason: 'client_assertion.replayed',
      attack: again,
      make: ({ token }) => {
        const assertion = token();
        return [assertion, assertion];
      },
    },
    {
      id: 'client_assertion/replay/same-jti',
      how: 'Two assertions with one `jti` and different ends',
      severity: 'should',
      reason: 'client_assertion.replayed',
      attack: 'Where the whole text is remembered instead of the `jti`, a new text is a new assertion.',
      make: ({ token, now }) => {
        const jti = randomUUID();
        return [token({ jti }), token({ jti, exp: now + 45 })];
      },
    },
    {
      id: 'client_assertion/exp/hour',
      core: true,
      how: '`exp` in an hour',
      severity: 'should',
      reason: 'client_assertion.lifetime',
      attack: 'A stolen assertion is good for an hour, and has to be remembered as long.',
      make: ({ token, now }) => token({ exp: now + 3600 }),
    },
    {
      id: 'client_assertion/request/other-id',
      core: true,
      how: 'A good assertion beside the parameter `client_id` of somebody else',
      section: 'RFC 7521 §4.2',
      reason: 'client.id_mismatch',
      errors: ['invalid_client', 'invalid_request', 'invalid_grant'],
      make: ({ token }) => ({ token: token(), fields: { client_id: 'nobodys-client' } }),
    },
    {
      id: 'client_assertion/request/with-secret',
      severity: 'should',
      how: 'A good assertion beside a client secret',
      section: 'RFC 6749 §2.3',
      reason: 'client.several_methods',
      errors: ['invalid_request', 'invalid_client'],
      attack: 'Two methods at once: the weaker one is tried, and who fails with it goes on with the other.',
      fix: 'Refuse a request with two kinds of credentials.',
      make: ({ token, client }) => ({ token: token(), fields: { client_id: client.id, client_secret: 'guessed' } }),
    },
    {
      id: 'client_assertion/request/saml',
      how: 'A good assertion, said to be a SAML 2 assertion',
      section: 'RFC 7522 §2.2',
      reason: 'client.malformed',
      errors: ['invalid_client', 'invalid_request'],
      attack: 'The declared type is not looked at; what is parsed instead is up to whoever sends it.',
      fix: `Take assertions of the type \`${clientAssertionType}\` alone.`,
      make: ({ token }) => ({
        token: token(),
        fields: { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
      }),
    },
    {
      id: 'client_assertion/request/untyped',
      how: 'A good assertion without `client_assertion_type`',
      section: 'RFC 7521 §4.2',
      severity: 'should',
      reason: 'client.malformed',
      errors: ['invalid_client', 'invalid_request'],
      attack: 'What is parsed is up to whoever sends it.',
      fix: `Take assertions of the type \`${clientAssertionType}\` alone.`,
      make: ({ token }) => ({ token: token(), fields: { client_assertion_type: undefined } }),
    },
    {
      id: 'client_assertion/request/twice',
      how: 'The request has the parameter `client_assertion` twice',
      section: 'RFC 6749 §3.2',
      reason: 'request.repeated_parameter',
      errors: ['invalid_request', 'invalid_client'],
      attack: 'A proxy looks at the first, the server at the second.',
      fix: 'Refuse requests with a repeated parameter.',
      make: ({ token }) => ({ token: token(), fields: { client_assertion: [token(), token()] } }),
    },
    {
      id: 'client_assertion/key/issuer',
      how: 'Signed by the issuer of grants, not by the client',
      reason: 'client_assertion.key',
      attack: 'A partner that issues grants can be any client that presents them: then it gives the tokens to itself.',
      fix: 'Verify client assertions with the keys registered for that client alone.',
      make: ({ token, issuer }) => token({}, {}, issuer.key),
    },
  ],
);
