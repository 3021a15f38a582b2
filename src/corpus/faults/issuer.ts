// Who issued it: an issuer that is trusted, compared character by character.

import { faultList } from '../define.ts';
import { authorities, grantKinds } from '../kind-sets.ts';
import { lookalike, otherCase, otherSlash } from '../lookalikes.ts';

const near = 'Whoever can register a name close to that of a trusted issuer speaks in its name.';

export const issuerFaults = faultList(
  {
    section: 'RFC 7523 §3',
    fault: 'issuer',
    fix: 'Compare `iss` byte for byte with the identifiers that are configured: no patterns, prefixes or normalization.',
    attack: near,
    kinds: authorities,
  },
  [
    {
      id: 'iss/unknown',
      core: true,
      how: '`iss` is an issuer nobody trusts, and the signature is its own',
      section: 'RFC 7523 §3',
      attack: 'Anybody with a web site writes grants: the server fetches his keys and believes them.',
      make: ({ token, stranger }) => token({ iss: 'https://attacker.example' }, {}, stranger),
    },
    {
      id: 'iss/missing',
      how: 'Without `iss`',
      section: 'RFC 7523 §3',
      attack: 'A token that names nobody is verified with whatever key fits.',
      make: ({ token }) => token({ iss: undefined }),
    },
    {
      id: 'iss/list',
      how: '`iss` is a list with the right issuer in it',
      section: 'RFC 7519 §4.1.1',
      attack: 'A second name beside the trusted one, for whoever reads the first.',
      make: ({ token, issuer }) => token({ iss: [issuer.id] }),
    },
    {
      id: 'iss/trailing-slash',
      how: '`iss` has a slash more, or one less, at its end',
      make: ({ token, issuer: { id } }) => token({ iss: otherSlash(id) }),
    },
    {
      id: 'iss/case',
      how: '`iss` with scheme and host in capitals',
      make: ({ token, issuer }) => token({ iss: otherCase(issuer.id) }),
    },
    {
      id: 'iss/suffix',
      how: '`iss` begins with the issuer and goes on (`.attacker.example`)',
      make: ({ token, issuer, stranger }) => token({ iss: `${issuer.id}.attacker.example` }, {}, stranger),
    },
    {
      id: 'iss/userinfo',
      how: '`iss` has the issuer as user name before another host (`issuer@attacker.example`)',
      make: ({ token, issuer, stranger }) => token({ iss: `${issuer.id}@attacker.example` }, {}, stranger),
    },
    {
      id: 'iss/path-below',
      how: '`iss` is a path below the issuer',
      attack: 'Behind one host there may be tenants of different people; a comparison of origins makes them one.',
      make: ({ token, issuer }) => token({ iss: `${issuer.id.replace(/\/$/, '')}/tenants/other` }),
    },
    {
      id: 'iss/lookalike',
      how: '`iss` with a character of the host that looks the same and is another (full width)',
      make: ({ token, issuer, stranger }) => token({ iss: lookalike(issuer.id) }, {}, stranger),
    },
    {
      id: 'iss/space',
      how: '`iss` with a space behind it',
      make: ({ token, issuer }) => token({ iss: `${issuer.id} ` }),
    },
    {
      id: 'iss/server',
      core: true,
      how: '`iss` is the very server it is presented to',
      section: 'ID-JAG §9.3',
      attack:
        'What a server issued for others comes back as a grant to itself, and every boundary in between is skipped.',
      fix: 'Refuse grants whose `iss` is your own issuer identifier.',
      make: ({ token, server }) => token({ iss: server.issuer }),
      per: {
        id_jag: { reason: 'grant.own_issuer' },
        jwt_grant: { reason: 'grant.own_issuer' },
      },
    },
    {
      id: 'iss/client',
      how: '`iss` is the client, and the signature its own: a self-issued grant',
      section: 'RFC 7523 §3',
      attack: 'A client writes its own grants, for any user.',
      kinds: grantKinds,
      make: ({ token, of, client }) => token({ iss: client.id }, {}, of('client_assertion').key),
    },
  ],
);
