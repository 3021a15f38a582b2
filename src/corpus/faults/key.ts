// Which key verifies: one the issuer publishes, found by an exact `kid`, and nothing the token brings along.

import { createHash } from 'node:crypto';
import { selfSignedCertificate } from '../certificate.ts';
import { faultList } from '../define.ts';
import { authorities, keyedKinds } from '../kind-sets.ts';
import { bareJwk } from '../kinds.ts';

const own =
  'Whoever sends a token also says with which key to verify it: anybody writes tokens in the name of whoever is trusted.';
const evil = 'https://keys.attacker.example/jwks.json';

export const keyFaults = faultList(
  {
    section: 'rfc8725bis §3.10',
    fault: 'key',
    fix: 'Take keys only from what the issuer publishes or what is configured for it, by exact `kid`; read none from the token.',
    attack: own,
    kinds: keyedKinds,
  },
  [
    {
      id: 'key/jwk',
      core: true,
      how: 'Signed with the key that the header brings as `jwk`, without `kid`',
      section: 'RFC 7515 §4.1.3',
      fault: 'signature',
      make: ({ token, stranger }) => token({}, { kid: undefined, jwk: bareJwk(stranger.publicJwk) }, stranger),
    },
    {
      id: 'key/jwk-known-kid',
      how: 'Signed with the key that the header brings as `jwk`, under the published `kid`',
      section: 'RFC 7515 §4.1.3',
      fault: 'signature',
      attack: `The \`kid\` is checked, the key beside it is used. ${own}`,
      make: ({ token, key, stranger }) => {
        const jwk = { ...bareJwk(stranger.publicJwk), kid: key.kid };
        return token({}, { kid: key.kid, jwk }, stranger);
      },
    },
    {
      id: 'key/jku',
      core: true,
      how: 'Signed with an own key; `jku` leads to a key set that holds it',
      section: 'RFC 7515 §4.1.2',
      attack: `${own} And the server can be made to fetch any address.`,
      make: ({ token, stranger }) => token({}, { jku: evil }, stranger),
    },
    {
      id: 'key/jku-lookalike',
      how: '`jku` begins with the address of the issuer and leads elsewhere (`https://issuer@…`)',
      section: 'RFC 7515 §4.1.2',
      attack: `A check that \`jku\` begins with the issuer is passed. ${own}`,
      kinds: authorities,
      make: ({ token, issuer, stranger }) =>
        token({}, { jku: `${issuer.id}@keys.attacker.example/jwks.json` }, stranger),
    },
    {
      id: 'key/x5u',
      how: 'Signed with an own key; `x5u` leads to a certificate for it',
      section: 'RFC 7515 §4.1.5',
      attack: `${own} And the server can be made to fetch any address.`,
      make: ({ token, stranger }) => token({}, { x5u: 'https://keys.attacker.example/cert.pem' }, stranger),
    },
    {
      id: 'key/x5c',
      how: 'Signed with an own key; `x5c` holds a self-signed certificate for it, without `kid`',
      section: 'RFC 7515 §4.1.6',
      fault: 'signature',
      make: ({ token, issuer, stranger }) =>
        token({}, { kid: undefined, x5c: [selfSignedCertificate(stranger, issuer.id)] }, stranger),
    },
    {
      id: 'key/kid-unknown',
      core: true,
      how: 'Signed with a key nobody publishes, under its own `kid`',
      section: 'RFC 7515 §4.1.4',
      attack: 'A server that falls back to any key, or to none, when it does not find the `kid`.',
      make: ({ token, stranger }) => token({}, {}, stranger),
    },
    {
      id: 'key/kid-empty',
      how: 'Properly signed, with an empty `kid`',
      section: 'RFC 7515 §4.1.4',
      severity: 'should',
      attack: 'An empty name that counts as none lets a withdrawn key be found by its fitting alone.',
      make: ({ token }) => token({}, { kid: '' }),
    },
    {
      id: 'key/kid-case',
      how: 'Properly signed, with the `kid` in the other case',
      section: 'RFC 7515 §4.1.4',
      severity: 'should',
      attack: 'Names are compared exactly: two keys that differ by case alone must not stand for each other.',
      make: ({ token, key }) => token({}, { kid: otherCase(key.kid) }),
    },
    {
      id: 'key/kid-longer',
      how: 'Properly signed, with more text behind the `kid`',
      section: 'RFC 7515 §4.1.4',
      severity: 'should',
      attack: 'A search by prefix lets a stranger pick a key he was not meant to pick.',
      make: ({ token, key }) => token({}, { kid: `${key.kid}-2` }),
    },
    {
      id: 'key/kid-address',
      how: 'Signed with an own key; `kid` is the address of a key set that holds it',
      attack: `A \`kid\` that is fetched is a \`jku\` by another name. ${own}`,
      make: ({ token, stranger }) => token({}, { kid: `${evil}#${stranger.kid}` }, stranger),
    },
    {
      id: 'key/kid-file',
      how: 'Signed with an own key; `kid` is a path out of the folder of keys',
      attack: `A \`kid\` that becomes a file name makes an uploaded file the key. ${own}`,
      make: ({ token, stranger }) => token({}, { kid: '../../uploads/avatar.pem' }, stranger),
    },
    {
      id: 'key/thumbprint',
      how: 'Signed with an own key, named by `x5t#S256` alone',
      section: 'RFC 7515 §4.1.8',
      fault: 'signature',
      attack: 'A name the server does not look up leads to a fallback, and that to any key.',
      make: ({ token, stranger }) => {
        const print = createHash('sha256').update(selfSignedCertificate(stranger, 'x'), 'base64').digest('base64url');
        return token({}, { kid: undefined, 'x5t#S256': print }, stranger);
      },
    },
    {
      id: 'key/of-other-issuer',
      core: true,
      how: 'In the name of the issuer, signed by another issuer the server trusts',
      section: 'RFC 7523 §3',
      needs: ['other_issuer'],
      attack: 'Every partner can speak for every other: one that is taken over brings all of them.',
      fix: 'Keep the keys of each issuer apart, and look only among those of `iss`.',
      kinds: authorities,
      make: ({ token, otherIssuer, stranger }) => token({}, {}, otherIssuer?.key ?? stranger),
    },
    {
      id: 'key/of-client',
      how: 'In the name of the issuer, signed by the client that presents it',
      section: 'RFC 7523 §3',
      attack:
        'Libraries for self-issued assertions look among the keys of the client: then each client writes its own grants.',
      fix: 'Authorities are verified with the keys of `iss`, client assertions with those of the client; never both ways.',
      kinds: authorities,
      make: ({ token, of }) => token({}, {}, of('client_assertion').key),
    },
  ],
);

const otherCase = (text: string): string => {
  const upper = text.toUpperCase();
  return upper === text ? text.toLowerCase() : upper;
};
