// DPoP proofs: the key they show is public, asymmetric, sound, and the one that signed.

import { generateKeyPairSync, sign } from 'node:crypto';
import { encodeBase64url } from '../../jose/base64url.ts';
import { selfSignedCertificate } from '../certificate.ts';
import { macTexts } from '../craft.ts';
import { badList } from '../define.ts';
import { bareJwk } from '../kinds.ts';
import type { Changes, Mint, TokenKey } from '../types.ts';

const nobody = 'Possession of nothing is proved: whoever likes makes proofs for the same key.';

/** The `jwk` of a good proof with members laid over it. */
const jwkWith =
  (changes: Changes) =>
  ({ token, key }: Mint): string =>
    token({}, { jwk: { ...bareJwk(key.publicJwk), ...changes } });

export const dpopKeyEntries = badList(
  {
    kind: 'dpop_proof',
    section: 'RFC 9449 §4.3',
    reason: 'dpop_proof.key',
    fix: 'Take `jwk` as a public key of a known type that fits `alg`, refuse private and symmetric members, and check the key itself.',
    attack: nobody,
  },
  [
    {
      id: 'dpop_proof/jwk/missing',
      core: true,
      how: 'Without `jwk`',
      make: ({ token }) => token({}, { jwk: undefined }),
    },
    {
      id: 'dpop_proof/jwk/kid',
      how: 'A `kid` in the place of `jwk`',
      attack: 'A key is looked up that belongs to somebody: a signature of the issuer becomes a proof.',
      make: ({ token, key }) => token({}, { jwk: undefined, kid: key.kid }),
    },
    {
      id: 'dpop_proof/jwk/jku',
      how: 'A `jku` in the place of `jwk`',
      attack: 'The server can be made to fetch any address.',
      make: ({ token }) => token({}, { jwk: undefined, jku: 'https://keys.attacker.example/jwks.json' }),
    },
    {
      id: 'dpop_proof/jwk/x5c',
      how: 'A certificate for the key in `x5c` in the place of `jwk`',
      make: ({ token, key }) => token({}, { jwk: undefined, x5c: [selfSignedCertificate(key, 'holder')] }),
    },
    {
      id: 'dpop_proof/jwk/text',
      how: '`jwk` is the JSON text of the key',
      make: ({ token, key }) => token({}, { jwk: JSON.stringify(bareJwk(key.publicJwk)) }),
    },
    {
      id: 'dpop_proof/jwk/list',
      how: '`jwk` is a list with the key in it',
      make: ({ token, key }) => token({}, { jwk: [bareJwk(key.publicJwk)] }),
    },
    {
      id: 'dpop_proof/jwk/private',
      core: true,
      how: '`jwk` holds the private key as well (a `d` beside `x` and `y`)',
      attack: 'The key is in every log the proof is in: a client that sends it has none, and should be told.',
      make: jwkWith({ d: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE' }),
    },
    {
      id: 'dpop_proof/jwk/symmetric',
      core: true,
      how: '`alg` is `HS256`, `jwk` a symmetric key, and the MAC is good',
      reason: 'dpop_proof.algorithm',
      make: ({ texts }) => {
        const secret = Buffer.alloc(32, 7);
        const jwk = { kty: 'oct', k: encodeBase64url(secret) };
        return macTexts(texts({}, { alg: 'HS256', jwk }), secret);
      },
    },
    {
      id: 'dpop_proof/jwk/symmetric-labelled',
      how: '`jwk` is a symmetric key under an asymmetric `alg`',
      make: ({ token }) => token({}, { jwk: { kty: 'oct', k: 'AAAA' } }),
    },
    {
      id: 'dpop_proof/jwk/off-curve',
      how: '`jwk` is a point that is not on its curve',
      section: 'rfc8725bis §3.4',
      make: jwkWith({ x: encodeBase64url(Buffer.alloc(32, 1)), y: encodeBase64url(Buffer.alloc(32, 1)) }),
    },
    {
      id: 'dpop_proof/jwk/curve',
      how: '`crv` names another curve than that of the key',
      section: 'RFC 7518 §6.2.1',
      make: jwkWith({ crv: 'P-384' }),
    },
    {
      id: 'dpop_proof/jwk/half',
      how: '`jwk` without `y`',
      section: 'RFC 7518 §6.2.1',
      make: jwkWith({ y: undefined }),
    },
    {
      id: 'dpop_proof/jwk/spelling',
      how: '`jwk` with `x` spelled with padding',
      section: 'RFC 7518 §6.2.1',
      severity: 'should',
      attack:
        'One key with many thumbprints: a token bound to one is used with another, a list of refused keys is passed.',
      make: (mint) => jwkWith({ x: `${mint.key.publicJwk['x']}=` })(mint),
    },
    {
      id: 'dpop_proof/jwk/encryption',
      how: '`jwk` has `use` `enc`',
      section: 'RFC 7517 §4.2',
      severity: 'should',
      attack: 'A key that its owner keeps for something else is made to sign for him.',
      make: jwkWith({ use: 'enc' }),
    },
    {
      id: 'dpop_proof/jwk/operations',
      how: '`jwk` has `key_ops` without `verify`',
      section: 'RFC 7517 §4.3',
      severity: 'should',
      attack: 'A key that its owner keeps for something else is made to sign for him.',
      make: jwkWith({ key_ops: ['deriveKey'] }),
    },
    {
      id: 'dpop_proof/jwk/other-alg',
      how: '`jwk` has an `alg` that is not the one of the header',
      section: 'RFC 7517 §4.4',
      severity: 'should',
      attack: 'Which of the two counts is up to the library.',
      make: jwkWith({ alg: 'ES384' }),
    },
    {
      id: 'dpop_proof/jwk/weak-rsa',
      how: '`alg` is `RS256`, `jwk` an RSA key of 1024 bits, and the signature good',
      section: 'RFC 7518 §3.3',
      attack: 'A key of 1024 bits can be factored by whoever really wants to: then he holds it too.',
      make: ({ token }) => token({}, {}, weakRsa()),
    },
    {
      id: 'dpop_proof/jwk/small-order',
      severity: 'should',
      how: '`alg` is `EdDSA`, `jwk` the neutral point, and the signature one that is good for everything',
      section: 'RFC 8032 §5.1.7',
      attack: 'With a key of small order anybody signs anything.',
      make: ({ token }) => token({}, {}, neutralPoint),
    },
  ],
);

/** A key of 1024 bits (RFC 7518 §3.3 wants 2048 at least). */
function weakRsa(): TokenKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  return {
    alg: 'RS256',
    kid: 'weak',
    publicJwk: { ...publicKey.export({ format: 'jwk' }) },
    sign: (input) => sign('sha256', input, privateKey),
  };
}

/** The point with y = 1: [0]B = R + [h]A holds for R = A, whatever was signed. */
const neutral = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]);
const neutralPoint: TokenKey = {
  alg: 'EdDSA',
  kid: 'neutral',
  publicJwk: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(neutral) },
  sign: () => Buffer.concat([neutral, Buffer.alloc(32)]),
};
