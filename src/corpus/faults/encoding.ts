// How the segments of a token are written: base64url and UTF-8 have one spelling for each content.

import { encodeBase64url } from '../../jose/base64url.ts';
import { segmentsOf, signSegments, signTexts } from '../craft.ts';
import { faultList } from '../define.ts';
import { everyKind, formKinds } from '../kind-sets.ts';

const spellings = 'One token has many spellings: what is remembered by its text, revoked or used up, passes again.';

export const encodingFaults = faultList(
  {
    section: 'RFC 7515 §2',
    fault: 'malformed',
    fix: 'Decode base64url strictly: no padding, no other alphabet, no white space, no leftover bits; then compact form alone.',
    attack: spellings,
    kinds: everyKind,
  },
  [
    {
      id: 'enc/padding',
      how: 'The signature is padded with `==`',
      make: ({ token }) => `${token()}==`,
    },
    {
      id: 'enc/padding-signed',
      how: 'The payload is padded, and signed like that',
      make: ({ texts, key }) => {
        const { header, payload } = texts();
        // White space behind an object is JSON: so there is always something to pad.
        const filled = Buffer.byteLength(payload) % 3 === 0 ? `${payload} ` : payload;
        const body = encodeBase64url(filled);
        return signSegments(encodeBase64url(header), body.padEnd(4 * Math.ceil(body.length / 4), '='), key);
      },
    },
    {
      id: 'enc/trailing-bits',
      how: 'The last character of the signature has leftover bits that are not zero',
      section: 'RFC 4648 §3.5',
      severity: 'should',
      make: ({ token }) => {
        const good = token();
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        return good.slice(0, -1) + alphabet[alphabet.indexOf(good.slice(-1)) ^ 1];
      },
    },
    {
      id: 'enc/standard-alphabet',
      how: 'The payload is written with `+` and `/` instead of `-` and `_`, and signed like that',
      make: ({ texts, key }) => {
        // However they fall, three of them in a row become `Pz8/`, `8/Pz` or the like.
        const { header, payload } = texts({ odd: '???????' });
        const body = Buffer.from(payload).toString('base64').replace(/=+$/, '');
        return signSegments(encodeBase64url(header), body, key);
      },
    },
    {
      id: 'enc/line-break',
      how: 'A line break in the middle of the payload, which is signed like that',
      kinds: formKinds,
      make: ({ texts, key }) => {
        const { header, payload } = texts();
        const body = encodeBase64url(payload);
        return signSegments(encodeBase64url(header), `${body.slice(0, 64)}\n${body.slice(64)}`, key);
      },
    },
    {
      id: 'enc/space-behind',
      how: 'A space behind the token',
      severity: 'should',
      make: ({ token }) => `${token()} `,
      kinds: formKinds,
    },
    {
      id: 'enc/stray-character',
      how: 'A `*` within the signature, which lenient decoders skip',
      make: ({ token }) => {
        const [header, payload, signature] = segmentsOf(token());
        return `${header}.${payload}.${signature.slice(0, 8)}*${signature.slice(8)}`;
      },
    },
    {
      id: 'enc/four-segments',
      how: 'A fourth segment behind the signature',
      section: 'RFC 7515 §7.1',
      make: ({ token }) => `${token()}.e30`,
    },
    {
      id: 'enc/flattened-json',
      how: 'The same signature in the flattened JSON serialization',
      section: 'RFC 7519 §1',
      attack:
        'A second parser with rules of its own: unprotected headers, several signatures, members nobody looks for.',
      make: ({ token }) => {
        const [header, payload, signature] = segmentsOf(token());
        return JSON.stringify({ protected: header, payload, signature });
      },
      kinds: formKinds,
    },
    {
      id: 'enc/general-json',
      how: 'The general JSON serialization with two signatures, the second of them good',
      section: 'RFC 7519 §1',
      attack: 'One signature is verified, the header of the other believed.',
      make: ({ token, texts, stranger }) => {
        const [header, payload, signature] = segmentsOf(token());
        const [other, , forged] = segmentsOf(signTexts({ ...texts(), payload: '{}' }, stranger));
        const signatures = [
          { protected: other, signature: forged },
          { protected: header, signature },
        ];
        return JSON.stringify({ payload, signatures });
      },
      kinds: formKinds,
    },
    {
      id: 'enc/invalid-utf8',
      how: 'A byte in the payload that is no UTF-8, signed like that',
      section: 'RFC 7515 §5.2',
      attack: 'Readers put different characters in its place: two subjects become one, or one becomes two.',
      make: ({ texts, key }) => {
        const { header, payload } = texts({ note: '?' });
        const bytes = Buffer.from(payload);
        bytes[bytes.indexOf('"?"') + 1] = 0xff;
        return signSegments(encodeBase64url(header), encodeBase64url(bytes), key);
      },
    },
    {
      id: 'enc/byte-order-mark',
      how: 'The payload begins with a byte order mark',
      section: 'RFC 8259 §8.1',
      severity: 'should',
      attack: 'Some readers skip it, others see no JSON: two parties disagree on what was signed.',
      make: ({ texts, key }) => {
        const { header, payload } = texts();
        return signTexts({ header, payload: `\ufeff${payload}` }, key);
      },
    },
    {
      id: 'enc/huge',
      how: 'A good token with a claim of 20,000 characters',
      section: 'rfc8725bis §3.16',
      severity: 'should',
      attack:
        'Every token has to be decoded, hashed and logged before its sender is known: memory and time for nothing.',
      fix: 'Refuse tokens above a few kilobytes before they are decoded.',
      make: ({ token }) => token({ filler: 'x'.repeat(20_000) }),
      kinds: formKinds,
    },
  ],
);
