// The `alg` of the header: what a token may not choose about its own verification.

import { macTexts, publicPem, unsigned } from '../craft.ts';
import { faultList } from '../define.ts';
import { everyKind, keyedKinds } from '../kind-sets.ts';
import type { Mint, Texts } from '../types.ts';

const hs256 = ({ texts }: Mint): Texts => texts({}, { alg: 'HS256' });
const anybody = 'Anybody writes tokens in the name of whoever is trusted.';

export const algorithmFaults = faultList(
  {
    section: 'rfc8725bis §3.1',
    fault: 'algorithm',
    fix: 'Accept a fixed list of asymmetric algorithms per issuer or client, compared exactly; the token must not choose.',
    attack: anybody,
    kinds: everyKind,
  },
  [
    {
      id: 'alg/none',
      core: true,
      how: '`alg` is `none` and the signature empty',
      section: 'rfc8725bis §3.2',
      make: ({ texts }) => unsigned(texts({}, { alg: 'none' })),
    },
    {
      id: 'alg/none-cased',
      how: '`alg` is `nOnE` and the signature empty',
      section: 'rfc8725bis §3.2',
      attack: `A filter for the word \`none\` is passed, and the library behind it ignores case. ${anybody}`,
      make: ({ texts }) => unsigned(texts({}, { alg: 'nOnE' })),
    },
    {
      id: 'alg/none-signed',
      how: '`alg` is `none`, with the bytes of a signature behind it all the same',
      section: 'rfc8725bis §3.2',
      attack: `A check that the signature is not empty is passed. ${anybody}`,
      make: ({ token }) => token({}, { alg: 'none' }),
    },
    {
      id: 'alg/missing',
      how: 'The header has no `alg`',
      section: 'RFC 7515 §4.1.1',
      attack: `A library that falls back to a default of its own, or to none. ${anybody}`,
      make: ({ token }) => token({}, { alg: undefined }),
    },
    {
      id: 'alg/list',
      how: '`alg` is a list with the right name in it',
      section: 'RFC 7515 §4.1.1',
      attack:
        'Loose comparison takes a list for its one element; with two, the check and the verification may use different ones.',
      make: ({ token, key }) => token({}, { alg: [key.alg] }),
    },
    {
      id: 'alg/case',
      how: '`alg` is the right name in lower case',
      section: 'RFC 7515 §4.1.1',
      attack: 'Names are case-sensitive: a list that ignores case also lets `NONE` or `hs256` through.',
      make: ({ token, key }) => token({}, { alg: key.alg.toLowerCase() }),
    },
    {
      id: 'alg/unknown',
      how: '`alg` names an algorithm that does not exist, over a good signature',
      section: 'RFC 7515 §5.2',
      attack: 'Whoever verifies with what the key fits has stopped looking at `alg`, and takes any.',
      make: ({ token }) => token({}, { alg: 'XS256' }),
    },
    {
      id: 'alg/hs256-pem',
      core: true,
      how: '`alg` is `HS256`; the MAC is keyed with the published key as PEM text',
      attack: `The public key becomes a shared secret that everybody has. ${anybody}`,
      kinds: keyedKinds,
      make: (mint) => macTexts(hs256(mint), publicPem(mint.key)),
    },
    {
      id: 'alg/hs256-pem-trimmed',
      how: '`alg` is `HS256`; the MAC is keyed with the published key as PEM text without its last line end',
      attack: `As with the whole text, where the key was read from a configuration that trims. ${anybody}`,
      kinds: keyedKinds,
      make: (mint) => macTexts(hs256(mint), publicPem(mint.key).trim()),
    },
    {
      id: 'alg/hs256-jwk',
      how: '`alg` is `HS256`; the MAC is keyed with the JSON text of the published JWK',
      attack: `Libraries that take any text for a secret take the JWK of the key set too. ${anybody}`,
      kinds: keyedKinds,
      make: (mint) => macTexts(hs256(mint), JSON.stringify(mint.key.publicJwk)),
    },
    {
      id: 'alg/hs256-empty',
      how: '`alg` is `HS256`; the MAC is keyed with nothing',
      attack: `A key that was not found becomes an empty secret. ${anybody}`,
      make: (mint) => macTexts(hs256(mint), ''),
    },
    {
      id: 'alg/hs256-kid-file',
      how: '`alg` is `HS256`, `kid` is `../../../../../../dev/null`, the MAC is keyed with nothing',
      section: 'rfc8725bis §3.10',
      attack: `A \`kid\` that becomes a file name makes an empty file the key. ${anybody}`,
      fix: 'Look `kid` up among the keys of the issuer; it is never a file name, an address or part of a query.',
      kinds: keyedKinds,
      make: ({ texts }) => macTexts(texts({}, { alg: 'HS256', kid: '../../../../../../dev/null' }), ''),
    },
    {
      id: 'alg/hs256-kid-query',
      how: "`alg` is `HS256`, `kid` is `x' UNION SELECT 'secret'-- `, the MAC is keyed with `secret`",
      section: 'rfc8725bis §3.10',
      attack: `A \`kid\` that becomes part of a query makes the attacker's own word the key. ${anybody}`,
      fix: 'Look `kid` up among the keys of the issuer; it is never a file name, an address or part of a query.',
      kinds: keyedKinds,
      make: ({ texts }) => macTexts(texts({}, { alg: 'HS256', kid: "x' UNION SELECT 'secret'-- " }), 'secret'),
    },
    {
      id: 'alg/other-family',
      how: '`alg` names an algorithm of another key type than that of the published key',
      fault: 'key',
      attack: 'Key and algorithm that do not belong together: a verifier that runs them anyway computes on garbage.',
      make: ({ token, key }) => token({}, { alg: key.publicJwk['kty'] === 'RSA' ? 'ES256' : 'RS256' }),
      per: { dpop_proof: { reason: 'dpop_proof.algorithm' } },
    },
  ],
);
