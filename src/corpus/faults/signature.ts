// The signature: that it is one, of this key, over all of this token, in the one form it has.

import { encodeBase64url } from '../../jose/base64url.ts';
import { appended, segmentsOf, signTexts, withPayload, withSignature } from '../craft.ts';
import { faultList } from '../define.ts';
import { ecdsaDer } from '../ecdsa-forms.ts';
import { everyKind, keyedKinds } from '../kind-sets.ts';

const rewritten = 'Whoever sees one token rewrites it as he likes: another subject, another client, a longer life.';

export const signatureFaults = faultList(
  {
    section: 'RFC 7515 §5.2',
    fault: 'signature',
    fix: 'Verify the signature over header and payload as received, with the key of the issuer, before anything in them is believed.',
    attack: rewritten,
    kinds: everyKind,
  },
  [
    {
      id: 'sig/stripped',
      core: true,
      how: 'The signature is taken away; `alg` is left as it was',
      fault: 'malformed',
      make: ({ token }) => withSignature(token(), () => Buffer.alloc(0)),
    },
    {
      id: 'sig/two-segments',
      how: 'Only header and payload, without the second dot',
      fault: 'malformed',
      section: 'RFC 7515 §7.1',
      make: ({ token }) => segmentsOf(token()).slice(0, 2).join('.'),
    },
    {
      id: 'sig/payload-changed',
      core: true,
      how: 'The payload is changed after it was signed: one claim more',
      make: ({ token }) => withPayload(token(), (claims) => ({ ...claims, admin: true })),
    },
    {
      id: 'sig/header-changed',
      how: 'The header is changed after it was signed: one member more',
      attack:
        'A signature that leaves out the header lets `typ` and `kid` be rewritten: a token of one kind becomes one of another.',
      make: ({ texts, key }) => {
        const { header, payload } = texts();
        const [, , signature] = segmentsOf(signTexts({ header, payload }, key));
        return `${encodeBase64url(appended(header, '"x":1'))}.${encodeBase64url(payload)}.${signature}`;
      },
    },
    {
      id: 'sig/payload-only',
      how: 'Signed is the payload segment alone, not `header.payload`',
      attack: 'The header is anybody’s: `typ` and `kid` are rewritten, a token of one kind becomes one of another.',
      make: ({ texts, key }) => {
        const { header, payload } = texts();
        const body = encodeBase64url(payload);
        return `${encodeBase64url(header)}.${body}.${encodeBase64url(key.sign(Buffer.from(body)))}`;
      },
    },
    {
      id: 'sig/of-another-token',
      how: 'The signature of another good token of the same issuer',
      attack: 'A verifier that remembers signatures, or looks only whether one is there, takes what it never saw.',
      make: ({ token }) => {
        const [header, payload] = segmentsOf(token());
        const [, , signature] = segmentsOf(token({ another: true }));
        return `${header}.${payload}.${signature}`;
      },
    },
    {
      id: 'sig/truncated',
      how: 'The last byte of the signature is cut off',
      attack: 'A comparison over the shorter length needs a single right byte: that is found by trying.',
      make: ({ token }) => withSignature(token(), (signature) => signature.subarray(0, -1)),
    },
    {
      id: 'sig/lengthened',
      section: 'RFC 7518 §3.4',
      how: 'A zero byte is put behind the signature',
      attack: 'One token has many spellings: what is remembered by its text, revoked or used up, passes again.',
      make: ({ token }) => withSignature(token(), (signature) => Buffer.concat([signature, Buffer.alloc(1)])),
    },
    {
      id: 'sig/one-bit',
      how: 'One bit of the signature is turned over',
      make: ({ token }) =>
        withSignature(token(), (signature) =>
          signature.map((byte, at) => (at === signature.length - 1 ? byte ^ 1 : byte)),
        ),
    },
    {
      id: 'sig/zero',
      core: true,
      how: 'The signature consists of zero bytes (CVE-2022-21449)',
      attack: 'r = s = 0 is a valid ECDSA signature of everything to a verifier that forgets to look at the range.',
      make: ({ token }) => withSignature(token(), (signature) => Buffer.alloc(signature.length)),
    },
    {
      id: 'sig/der',
      how: 'The ECDSA signature is encoded as DER instead of r || s',
      section: 'RFC 7518 §3.4',
      needs: ['ecdsa'],
      attack: 'A second encoding of every signature: what is remembered by its text passes again.',
      make: ({ token }) => withSignature(token(), ecdsaDer),
    },
    {
      id: 'sig/stranger-same-kid',
      core: true,
      how: 'Signed with a key nobody publishes, under the `kid` of the published one',
      attack: 'Anybody with a key pair of his own writes tokens in the name of whoever is trusted.',
      kinds: keyedKinds,
      make: ({ token, key, stranger }) => token({}, { kid: key.kid }, stranger),
    },
    {
      id: 'sig/stranger-no-kid',
      how: 'Signed with a key nobody publishes, without `kid`',
      attack: 'Where no `kid` means no check, anybody writes tokens in the name of whoever is trusted.',
      kinds: keyedKinds,
      make: ({ token, stranger }) => token({}, { kid: undefined }, stranger),
    },
    {
      id: 'sig/other-key-than-jwk',
      how: 'Signed with another key than the one in `jwk`',
      section: 'RFC 9449 §4.3',
      attack: 'A thief binds tokens to a key he does not hold, or passes as the holder of one.',
      kinds: ['dpop_proof'],
      make: ({ token, texts, stranger }) => token({}, { jwk: JSON.parse(texts().header).jwk }, stranger),
    },
  ],
);
