// Whom it is meant for: this server, alone, written exactly as it writes itself.

import { faultList } from '../define.ts';
import { addressedKinds, grantKinds } from '../kind-sets.ts';
import { lookalike, otherCase, otherPort, otherScheme, otherSlash, percentEncoded } from '../lookalikes.ts';

const carried =
  'A token meant for one server is good at another: whoever receives one can use it there in the name of its subject.';
const near = 'Another server whose name begins, ends or looks alike can use here what was sent to it.';

export const audienceFaults = faultList(
  {
    section: 'RFC 7523 §3',
    fault: 'audience',
    fix: 'Take one audience, and compare it byte for byte with your issuer identifier.',
    attack: near,
    kinds: addressedKinds,
  },
  [
    {
      id: 'aud/other',
      core: true,
      how: '`aud` is another server',
      attack: carried,
      make: ({ token }) => token({ aud: 'https://elsewhere.example' }),
    },
    {
      id: 'aud/missing',
      core: true,
      how: 'Without `aud`',
      attack: carried,
      make: ({ token }) => token({ aud: undefined }),
    },
    {
      id: 'aud/empty',
      how: '`aud` is an empty text',
      attack: 'Every identifier begins with nothing, and every one contains it.',
      make: ({ token }) => token({ aud: '' }),
    },
    {
      id: 'aud/null',
      how: '`aud` is null',
      attack: carried,
      make: ({ token }) => token({ aud: null }),
    },
    {
      id: 'aud/number',
      how: '`aud` is a number',
      attack: 'A value of the wrong type compares in ways nobody thought of.',
      make: ({ token }) => token({ aud: 0 }),
    },
    {
      id: 'aud/object',
      how: '`aud` is an object with the right identifier as a member name',
      attack: 'Looked up with `in`, an object contains what a list would.',
      make: ({ token, server }) => token({ aud: { [server.issuer]: true } }),
    },
    {
      id: 'aud/array-two',
      core: true,
      how: '`aud` is a list: this server and another',
      section: 'ID-JAG §4.4.1',
      attack: 'The other one of the two can bring it here: the grant is good at both, and the weaker gives it away.',
      make: ({ token, server }) => token({ aud: [server.issuer, 'https://elsewhere.example'] }),
      per: {
        jwt_grant: { severity: 'should' },
        jwt: { severity: 'should' },
        client_assertion: { section: 'RFC 10070' },
      },
    },
    {
      id: 'aud/array-repeated',
      how: '`aud` is a list with this server twice',
      section: 'ID-JAG §4.4.1',
      severity: 'should',
      attack:
        'A count that does not look at the values, or values without a count: the next list has a stranger in it.',
      make: ({ token, server }) => token({ aud: [server.issuer, server.issuer] }),
    },
    {
      id: 'aud/array-empty',
      how: '`aud` is an empty list',
      attack: 'Of an empty list everything holds, to whoever asks whether all of it is right.',
      make: ({ token }) => token({ aud: [] }),
    },
    {
      id: 'aud/array-mixed',
      how: '`aud` is a list of this server and a number',
      severity: 'should',
      attack: 'What is no text is dropped before it is counted: the next list has a stranger in it.',
      make: ({ token, server }) => token({ aud: [server.issuer, 42] }),
    },
    {
      id: 'aud/array-nested',
      how: '`aud` is a list in a list',
      severity: 'should',
      attack: 'Flattened before it is counted: one element that is two.',
      make: ({ token, server }) => token({ aud: [[server.issuer, 'https://elsewhere.example']] }),
    },
    {
      id: 'aud/list-in-text',
      how: '`aud` is a text with this server and another, parted by a space',
      attack: `Split like a scope it is a list of two. ${carried}`,
      make: ({ token, server }) => token({ aud: `${server.issuer} https://elsewhere.example` }),
    },
    {
      id: 'aud/suffix',
      core: true,
      how: '`aud` begins with this server and goes on (`.attacker.example`)',
      make: ({ token, server }) => token({ aud: `${server.issuer}.attacker.example` }),
    },
    {
      id: 'aud/prefix',
      how: '`aud` is this server without its last character',
      make: ({ token, server }) => token({ aud: server.issuer.slice(0, -1) }),
    },
    {
      id: 'aud/path-below',
      how: '`aud` is a path below this server',
      attack: 'Behind one host there may be tenants of different people; a comparison of origins makes them one.',
      make: ({ token, server }) => token({ aud: `${server.issuer.replace(/\/$/, '')}/tenants/other` }),
    },
    {
      id: 'aud/trailing-slash',
      core: true,
      how: '`aud` has a slash more, or one less, at its end',
      attack: 'Two identifiers for one server, and a second server that owns the other one.',
      make: ({ token, server }) => token({ aud: otherSlash(server.issuer) }),
    },
    {
      id: 'aud/case',
      how: '`aud` with scheme and host in capitals',
      make: ({ token, server }) => token({ aud: otherCase(server.issuer) }),
    },
    {
      id: 'aud/port',
      how: '`aud` with the default port written out, or with the port left out',
      make: ({ token, server }) => token({ aud: otherPort(server.issuer) }),
    },
    {
      id: 'aud/scheme',
      how: '`aud` with http for https, or the other way round',
      attack: 'What was meant for an unprotected place is good at the protected one.',
      make: ({ token, server }) => token({ aud: otherScheme(server.issuer) }),
    },
    {
      id: 'aud/userinfo',
      how: '`aud` has this server as user name before another host',
      make: ({ token, server }) => token({ aud: `${server.issuer}@attacker.example` }),
    },
    {
      id: 'aud/lookalike',
      how: '`aud` with a character of the host that looks the same and is another (full width)',
      make: ({ token, server }) => token({ aud: lookalike(server.issuer) }),
    },
    {
      id: 'aud/percent',
      how: '`aud` with its last character percent-encoded',
      make: ({ token, server }) => token({ aud: percentEncoded(server.issuer) }),
    },
    {
      id: 'aud/query',
      how: '`aud` with a query behind it',
      make: ({ token, server }) => token({ aud: `${server.issuer}?tenant=other` }),
    },
    {
      id: 'aud/fragment',
      how: '`aud` with a fragment behind it',
      make: ({ token, server }) => token({ aud: `${server.issuer}#x` }),
    },
    {
      id: 'aud/dots',
      how: '`aud` with `/x/..` behind it',
      make: ({ token, server }) => token({ aud: `${server.issuer.replace(/\/$/, '')}/x/..` }),
    },
    {
      id: 'aud/space',
      how: '`aud` with a space before it',
      make: ({ token, server }) => token({ aud: ` ${server.issuer}` }),
    },
    {
      id: 'aud/wildcard',
      how: '`aud` is `*`',
      attack: carried,
      make: ({ token }) => token({ aud: '*' }),
    },
    {
      id: 'aud/token-endpoint',
      core: true,
      how: '`aud` is the token endpoint instead of the issuer',
      section: 'ID-JAG §4.4.1',
      attack: 'A server that says of itself that it has our token endpoint gets tokens for it, and uses them here.',
      make: ({ token, server }) => token({ aud: server.tokenEndpoint }),
      per: {
        client_assertion: { section: 'RFC 10070', takenWith: 'auth.audience: token_endpoint' },
        jwt_grant: {
          section: 'RFC 7523 §3',
          severity: 'should',
          takenWith: 'accept.audience: [issuer, token_endpoint]',
        },
        jwt: { section: 'RFC 7523 §3', severity: 'should' },
      },
    },
    {
      id: 'aud/resource',
      how: '`aud` is a resource the server protects',
      needs: ['resource'],
      attack: 'A token for the resource itself, seen by everybody who calls it, becomes a grant.',
      make: ({ token, resource }) => token({ aud: resource }),
      kinds: grantKinds,
    },
    {
      id: 'aud/client',
      how: '`aud` is the client that presents it, as in an ID Token',
      attack: 'A sign-in at the client becomes a grant that nobody gave.',
      make: ({ token, client }) => token({ aud: client.id }),
    },
  ],
);
