// DPoP proofs: about this very request, by method and address.

import { badList } from '../define.ts';
import { otherScheme, otherSlash } from '../lookalikes.ts';

const elsewhere = 'A proof that was made for another request, and seen there, is good for this one.';

export const dpopRequestEntries = badList(
  {
    kind: 'dpop_proof',
    section: 'RFC 9449 §4.3',
    reason: 'dpop_proof.uri',
    fix: 'Compare `htm` and `htu` with the method and the address of this request as the outside sees it.',
    attack: elsewhere,
  },
  [
    {
      id: 'dpop_proof/htm/get',
      core: true,
      how: '`htm` is `GET`',
      reason: 'dpop_proof.method',
      make: ({ token }) => token({ htm: 'GET' }),
    },
    {
      id: 'dpop_proof/htm/case',
      how: '`htm` is `post`',
      severity: 'should',
      reason: 'dpop_proof.method',
      attack:
        'Methods are case-sensitive (RFC 9110 §9.1): a comparison that is not shows that they are not compared as they are.',
      make: ({ token }) => token({ htm: 'post' }),
    },
    {
      id: 'dpop_proof/htm/missing',
      how: 'Without `htm`',
      reason: 'dpop_proof.method',
      make: ({ token }) => token({ htm: undefined }),
    },
    {
      id: 'dpop_proof/htm/list',
      how: '`htm` is a list with `POST` in it',
      reason: 'dpop_proof.method',
      make: ({ token }) => token({ htm: ['POST', 'GET'] }),
    },
    {
      id: 'dpop_proof/htu/other',
      core: true,
      how: '`htu` is the token endpoint of another server',
      make: ({ token }) => token({ htu: 'https://elsewhere.example/token' }),
    },
    {
      id: 'dpop_proof/htu/missing',
      how: 'Without `htu`',
      make: ({ token }) => token({ htu: undefined }),
    },
    {
      id: 'dpop_proof/htu/path',
      how: '`htu` is another path of this server',
      make: ({ token, server }) => token({ htu: `${server.tokenEndpoint}/other` }),
    },
    {
      id: 'dpop_proof/htu/issuer',
      how: '`htu` is the issuer identifier',
      make: ({ token, server }) => token({ htu: server.issuer }),
    },
    {
      id: 'dpop_proof/htu/suffix',
      how: '`htu` begins with the token endpoint and goes on (`.attacker.example`)',
      make: ({ token, server }) => token({ htu: `${server.tokenEndpoint}.attacker.example` }),
    },
    {
      id: 'dpop_proof/htu/scheme',
      how: '`htu` with http for https, or the other way round',
      make: ({ token, server }) => token({ htu: otherScheme(server.tokenEndpoint) }),
    },
    {
      id: 'dpop_proof/htu/userinfo',
      how: '`htu` with a user name before the host',
      make: ({ token, server }) => token({ htu: server.tokenEndpoint.replace('//', '//elsewhere.example@') }),
    },
    {
      id: 'dpop_proof/htu/host-behind',
      how: '`htu` has the host of this server as user name before another',
      make: ({ token, server }) =>
        token({ htu: server.tokenEndpoint.replace(/(?<=\/\/[^/]*)\//, '@attacker.example/') }),
    },
    {
      id: 'dpop_proof/htu/backslash',
      severity: 'should',
      how: '`htu` with backslashes for slashes',
      make: ({ token, server }) => token({ htu: server.tokenEndpoint.replaceAll('/', '\\') }),
    },
    {
      id: 'dpop_proof/htu/encoded-slash',
      how: '`htu` with the last slash of its path percent-encoded',
      attack: `An encoded slash is no slash (RFC 3986 §2.2): behind it there may be another resource. ${elsewhere}`,
      make: ({ token, server }) => token({ htu: server.tokenEndpoint.replace(/\/(?=[^/]*$)/, '%2F') }),
    },
    {
      id: 'dpop_proof/htu/path-case',
      how: '`htu` with its path in capitals',
      make: ({ token, server }) => token({ htu: server.tokenEndpoint.replace(/[^/]*$/, (end) => end.toUpperCase()) }),
    },
    {
      id: 'dpop_proof/htu/slash',
      how: '`htu` with a slash more, or one less, at its end',
      severity: 'should',
      make: ({ token, server }) => token({ htu: otherSlash(server.tokenEndpoint) }),
    },
    {
      id: 'dpop_proof/htu/port',
      how: '`htu` with another port',
      make: ({ token, server }) => token({ htu: withPort(server.tokenEndpoint) }),
    },
    {
      id: 'dpop_proof/htu/relative',
      how: '`htu` is the path alone',
      make: ({ token, server }) => token({ htu: new URL(server.tokenEndpoint).pathname }),
    },
    {
      id: 'dpop_proof/htu/list',
      how: '`htu` is a list with the token endpoint in it',
      make: ({ token, server }) => token({ htu: [server.tokenEndpoint] }),
    },
  ],
);

const withPort = (url: string): string => {
  const other = new URL(url);
  other.port = '9';
  return other.href;
};
