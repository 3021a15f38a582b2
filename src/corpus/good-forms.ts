// Forms of good tokens: some every server has to take, on others conformant servers differ, and who sends has to know.

import { randomUUID } from 'node:crypto';
import { freshKey } from './craft.ts';
import type { GoodDraft } from './define.ts';
import { authorities, everyKind, grantKinds, keyedKinds } from './kind-sets.ts';
import { bareJwk, type Kind } from './kinds.ts';
import { otherCase } from './lookalikes.ts';

/** A form of a good token of several kinds; its name stands behind `kind/good/`. */
export type GoodForm = Omit<GoodDraft, 'id' | 'kind'> & { readonly name: string; readonly kinds: readonly Kind[] };

const ofAny: readonly GoodForm[] = [
  {
    name: 'unknown-claim',
    how: 'With a claim nobody knows',
    section: 'RFC 7519 §4',
    kinds: everyKind,
    make: ({ token }) => token({ 'urn:example:favourite-colour': 'green' }),
  },
  {
    name: 'unknown-header',
    how: 'With a header member nobody knows',
    section: 'RFC 7515 §4',
    kinds: everyKind,
    make: ({ token }) => token({}, { 'urn:example:favourite-colour': 'green' }),
  },
  {
    name: 'array-of-one',
    how: '`aud` is a list with the right audience alone',
    section: 'RFC 7519 §4.1.3',
    severity: 'may',
    kinds: keyedKinds,
    make: ({ token, texts }) => token({ aud: [JSON.parse(texts().payload).aud] }),
  },
  {
    name: 'no-kid',
    how: 'Without `kid`',
    section: 'RFC 7515 §4.1.4',
    severity: 'may',
    kinds: keyedKinds,
    make: ({ token }) => token({}, { kid: undefined }),
  },
  {
    name: 'clock-ahead',
    how: '`iat` 10 seconds ahead',
    section: 'FAPI 2.0 §5.3.2.1',
    severity: 'may',
    kinds: everyKind,
    make: ({ token, now }) => token({ iat: now + 10 }),
  },
  ...[['client_assertion'] as const, authorities].map(
    (some): GoodForm => ({
      name: 'just-expired',
      how: '`exp` five seconds ago',
      section: 'RFC 7519 §4.1.4',
      severity: 'may',
      // Nothing is left that a token made of it could live.
      ...(some === authorities && { reason: 'lifetime.exhausted' as const }),
      kinds: some,
      make: ({ token, now }) => token({ iat: now - 60, exp: now - 5 }),
    }),
  ),
  {
    name: 'fractions',
    how: '`iat` and `exp` with fractions of a second',
    section: 'RFC 7519 §2',
    severity: 'may',
    kinds: keyedKinds,
    make: ({ token, now }) => token({ iat: now + 0.25, exp: now + 50.75 }),
  },
  {
    name: 'no-iat',
    how: 'Without `iat`',
    section: 'RFC 7523 §3',
    severity: 'may',
    kinds: ['jwt_grant', 'jwt', 'client_assertion'],
    make: ({ token }) => token({ iat: undefined }),
  },
  {
    name: 'typ-media-type',
    how: '`typ` written out with `application/`',
    section: 'RFC 7515 §4.1.9',
    severity: 'may',
    kinds: ['id_jag', 'access_token', 'client_assertion', 'dpop_proof'],
    make: ({ token, texts }) => token({}, { typ: `application/${JSON.parse(texts().header).typ}` }),
  },
  {
    name: 'typ-case',
    how: '`typ` in capitals',
    section: 'RFC 7515 §4.1.9',
    severity: 'may',
    kinds: ['id_jag', 'access_token', 'client_assertion', 'dpop_proof'],
    make: ({ token, texts }) => token({}, { typ: JSON.parse(texts().header).typ.toUpperCase() }),
  },
  {
    name: 'actor',
    how: 'With an actor in `act`',
    section: 'RFC 8693 §4.1',
    severity: 'may',
    kinds: authorities,
    make: ({ token }) => token({ act: { iss: 'https://agents.example', sub: 'agent-1' } }),
  },
];

const ofGrants: readonly GoodForm[] = [
  ...[5, 10, 60].map(
    (minutes): GoodForm => ({
      name: `lifetime-${minutes}m`,
      how: `With a life of ${minutes} minutes`,
      section: 'RFC 7523 §3',
      severity: 'may',
      ...(minutes > 5 && { reason: 'grant.lifetime' as const }),
      kinds: grantKinds,
      make: ({ token, now }) => token({ exp: now + 60 * minutes }),
    }),
  ),
  {
    name: 'no-scope',
    how: 'Without `scope`',
    section: 'ID-JAG §3.1',
    severity: 'may',
    needs: ['scope'],
    kinds: grantKinds,
    make: ({ token }) => token({ scope: undefined }),
  },
  {
    name: 'no-resource',
    how: 'Without `resource`',
    section: 'ID-JAG §3.1',
    severity: 'may',
    needs: ['resource'],
    kinds: grantKinds,
    make: ({ token }) => token({ resource: undefined }),
  },
  {
    name: 'jti-128',
    how: '`jti` has 128 characters',
    section: 'RFC 7519 §4.1.7',
    severity: 'may',
    kinds: grantKinds,
    make: ({ token }) => token({ jti: randomUUID().padEnd(128, '0') }),
  },
  {
    name: 'same-jti',
    how: 'Two grants with one `jti`, of two issuers',
    section: 'ID-JAG §4.4.3',
    severity: 'may',
    needs: ['other_issuer'],
    kinds: ['id_jag'],
    make: ({ token, otherIssuer }) => {
      const jti = randomUUID();
      return [token({ jti }), token({ jti, iss: otherIssuer?.id }, {}, otherIssuer?.key)];
    },
  },
  {
    name: 'bound',
    how: '`cnf` with the `jkt` of a key, and a good proof of it',
    section: 'ID-JAG §9.8.1.2',
    severity: 'may',
    needs: ['dpop'],
    kinds: ['id_jag'],
    make: ({ token, of, holder }) => ({
      token: token({ cnf: { jkt: holder.kid } }),
      proofs: [of('dpop_proof').token()],
    }),
  },
];

const ofProofs: readonly GoodForm[] = [
  {
    name: 'htu-query',
    how: '`htu` with a query and a fragment, which do not count',
    section: 'RFC 9449 §4.3',
    severity: 'may',
    kinds: ['dpop_proof'],
    make: ({ token, server }) => token({ htu: `${server.tokenEndpoint}?x=1#y` }),
  },
  {
    name: 'htu-case',
    how: '`htu` with scheme and host in capitals',
    section: 'RFC 9449 §4.3',
    severity: 'may',
    kinds: ['dpop_proof'],
    make: ({ token, server }) => token({ htu: otherCase(server.tokenEndpoint) }),
  },
  {
    name: 'described-key',
    how: '`jwk` with `kid`, `alg` and `use`',
    section: 'RFC 7517 §4',
    severity: 'may',
    kinds: ['dpop_proof'],
    make: ({ token, key }) => token({}, { jwk: { ...bareJwk(key.publicJwk), kid: key.kid, alg: key.alg, use: 'sig' } }),
  },
  ...(['EdDSA', 'PS256'] as const).map(
    (alg): GoodForm => ({
      name: alg.toLowerCase(),
      how: `With a key for \`${alg}\``,
      section: 'RFC 9449 §4.3',
      severity: 'may',
      kinds: ['dpop_proof'],
      make: ({ token }) => token({}, {}, freshKey(alg)),
    }),
  ),
];

const ofClients: readonly GoodForm[] = [
  {
    name: 'untyped',
    how: 'Without `typ`',
    section: 'RFC 10070',
    kinds: ['client_assertion'],
    make: ({ token }) => token({}, { typ: undefined }),
  },
  {
    name: 'plain',
    how: '`typ` is `JWT`',
    section: 'RFC 7523 §3',
    severity: 'may',
    kinds: ['client_assertion'],
    make: ({ token }) => token({}, { typ: 'JWT' }),
  },
  {
    name: 'azp',
    how: '`azp` is the client, and a `nonce` is there',
    section: 'OpenID Connect Core §2',
    kinds: ['id_token'],
    make: ({ token, client }) => token({ azp: client.idAtIssuer, nonce: 'n-0S6_WzA2Mj' }),
  },
];

export const goodForms: readonly GoodForm[] = [...ofAny, ...ofGrants, ...ofProofs, ...ofClients];
