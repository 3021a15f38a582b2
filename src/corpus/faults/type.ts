// What kind of token it is: kinds are mutually exclusive, and `typ` tells them apart before anything else does.

import { joseTypes } from '../../protocol/urns.ts';
import { faultList } from '../define.ts';
import { authorities, everyKind } from '../kind-sets.ts';
import type { Kind } from '../kinds.ts';

/** Kinds whose specification demands their `typ`. */
const typed: readonly Kind[] = ['id_jag', 'access_token', 'dpop_proof'];
const but = (...left: readonly Kind[]) => everyKind.filter((kind) => !left.includes(kind));
/** Many issuers of access tokens do not type them, and RFC 8693 does not ask for it. */
const untyped = { id_jag: { reason: 'grant.profile' }, access_token: { severity: 'should' } } as const;
const strict = { severity: 'must' } as const;

export const typeFaults = faultList(
  {
    section: 'rfc8725bis §3.12',
    fault: 'typ',
    fix: 'Expect one `typ` per place a token is presented in, and refuse every other before reading claims.',
    severity: 'should',
    kinds: everyKind,
  },
  [
    {
      id: 'typ/missing',
      core: true,
      how: 'Without `typ`',
      severity: 'must',
      attack: 'Any JWT its issuer ever signed for any purpose may be put in this place.',
      kinds: typed,
      make: ({ token }) => token({}, { typ: undefined }),
      per: untyped,
    },
    {
      id: 'typ/plain',
      core: true,
      how: '`typ` is `JWT`',
      severity: 'must',
      attack: 'Any JWT its issuer ever signed for any purpose may be put in this place.',
      kinds: typed,
      make: ({ token }) => token({}, { typ: 'JWT' }),
      per: untyped,
    },
    {
      id: 'typ/access-token',
      core: true,
      how: '`typ` is `at+jwt`, everything else is right',
      attack: 'An access token, seen by every resource it is sent to, becomes what it was never meant to be.',
      kinds: but('access_token'),
      make: ({ token }) => token({}, { typ: joseTypes.accessToken }),
      per: { id_jag: strict, dpop_proof: strict },
    },
    {
      id: 'typ/id-jag',
      how: '`typ` is `oauth-id-jag+jwt`, everything else is right',
      attack: 'A grant meant for another server is put in a place where its audience is not looked at.',
      kinds: but('id_jag'),
      make: ({ token }) => token({}, { typ: joseTypes.idJag }),
      per: { jwt_grant: { reason: 'grant.profile' }, access_token: strict, dpop_proof: strict },
    },
    {
      id: 'typ/client-assertion',
      how: '`typ` is `client-authentication+jwt`, everything else is right',
      attack: 'What a client signs to say who it is becomes what its user is said to have allowed.',
      kinds: but('client_assertion'),
      make: ({ token }) => token({}, { typ: joseTypes.clientAssertion }),
      per: { id_jag: strict, access_token: strict, dpop_proof: strict },
    },
    {
      id: 'typ/dpop',
      how: '`typ` is `dpop+jwt`, everything else is right',
      attack: 'A proof anybody can make with a key of his own is put where an issuer is believed.',
      kinds: but('dpop_proof'),
      make: ({ token }) => token({}, { typ: joseTypes.dpop }),
      per: { id_jag: strict, access_token: strict },
    },
    {
      id: 'typ/logout',
      how: '`typ` is `logout+jwt`, everything else is right',
      attack: 'The message that a session has ended has issuer, audience and subject of a sign-in.',
      kinds: but('client_assertion', 'dpop_proof'),
      make: ({ token }) => token({}, { typ: 'logout+jwt' }),
      per: { id_jag: strict, access_token: strict },
    },
    {
      id: 'typ/security-event',
      how: '`typ` is `secevent+jwt`, everything else is right',
      attack: 'The message that an account was disabled becomes access to that account.',
      make: ({ token }) => token({}, { typ: 'secevent+jwt' }),
      per: { id_jag: strict, access_token: strict, dpop_proof: strict },
    },
    {
      id: 'typ/transaction-token',
      how: '`typ` is `txntoken+jwt`, everything else is right',
      attack: 'A token that is handed from service to service inside one domain leaves it.',
      kinds: authorities,
      make: ({ token }) => token({}, { typ: 'txntoken+jwt' }),
      per: { id_jag: strict, access_token: strict },
    },
    {
      id: 'typ/introspection',
      how: '`typ` is `token-introspection+jwt`, everything else is right',
      attack: 'A signed answer about a token becomes a token.',
      kinds: authorities,
      make: ({ token }) => token({}, { typ: 'token-introspection+jwt' }),
      per: { id_jag: strict, access_token: strict },
    },
    {
      id: 'typ/longer',
      how: '`typ` begins with the right type and goes on',
      attack: 'A type that is compared by its beginning is no type: the next kind with a longer name passes.',
      kinds: typed,
      make: ({ token, texts }) => token({}, { typ: `${JSON.parse(texts().header).typ}2` }),
    },
    {
      id: 'typ/parameter',
      how: '`typ` is the right type with a parameter (`;v=1`)',
      attack: 'A type that is split before it is compared is compared by its beginning.',
      kinds: typed,
      make: ({ token, texts }) => token({}, { typ: `${JSON.parse(texts().header).typ};v=1` }),
    },
  ],
);
