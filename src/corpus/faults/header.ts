// Header members that change what the rest of a token means.

import { deflateRawSync } from 'node:zlib';
import { encodeBase64url } from '../../jose/base64url.ts';
import { signSegments, signTexts } from '../craft.ts';
import { faultList } from '../define.ts';
import { everyKind, keyedKinds } from '../kind-sets.ts';

export const headerFaults = faultList(
  {
    section: 'RFC 7515 §4.1.11',
    fault: 'header',
    fix: 'Refuse every token with `crit` unless each name in it is understood and carried out; refuse `b64` and `zip`.',
    attack: 'The issuer said: take this only if you understand that. A condition it set is passed over.',
    kinds: everyKind,
  },
  [
    {
      id: 'crit/unknown',
      core: true,
      how: '`crit` names an extension nobody knows, which is there',
      make: ({ token }) => token({}, { crit: ['urn:example:only-on-mondays'], 'urn:example:only-on-mondays': true }),
    },
    {
      id: 'crit/absent-member',
      how: '`crit` names a member the header does not have',
      make: ({ token }) => token({}, { crit: ['urn:example:only-on-mondays'] }),
    },
    {
      id: 'crit/registered',
      severity: 'should',
      how: '`crit` names `alg`, which it must not',
      make: ({ token }) => token({}, { crit: ['alg'] }),
    },
    {
      id: 'crit/empty',
      how: '`crit` is an empty list',
      severity: 'should',
      attack: 'A malformed `crit` that passes shows that nobody reads it.',
      make: ({ token }) => token({}, { crit: [] }),
    },
    {
      id: 'crit/text',
      how: '`crit` is a text instead of a list',
      severity: 'should',
      attack: 'A malformed `crit` that passes shows that nobody reads it.',
      make: ({ token }) => token({}, { crit: 'exp', exp: 1 }),
    },
    {
      id: 'crit/b64',
      how: '`crit` names `b64`, which is false; the payload is encoded and signed as usual',
      section: 'RFC 7797 §7',
      attack: 'To one reader the payload is the text, to another what it decodes to: two tokens under one signature.',
      make: ({ token }) => token({}, { crit: ['b64'], b64: false }),
    },
    {
      id: 'header/b64',
      how: '`b64` is false, without `crit`',
      section: 'RFC 7797 §6',
      severity: 'should',
      attack: 'To one reader the payload is the text, to another what it decodes to: two tokens under one signature.',
      make: ({ token }) => token({}, { b64: false }),
    },
    {
      id: 'header/zip',
      how: '`zip` is `DEF` and the payload compressed',
      section: 'RFC 7516 §4.1.3',
      attack: 'Compression has no place in a signature: a few bytes unfold to gigabytes before anything was verified.',
      make: ({ texts, key }) => {
        const { header, payload } = texts({}, { zip: 'DEF' });
        return signSegments(encodeBase64url(header), encodeBase64url(deflateRawSync(payload)), key);
      },
    },
    {
      id: 'header/kid-number',
      how: '`kid` is a number',
      section: 'RFC 7515 §4.1.4',
      severity: 'should',
      attack: 'A number that is taken for a position picks a key of the attacker’s choice.',
      kinds: keyedKinds,
      make: ({ token }) => token({}, { kid: 0 }),
    },
    {
      id: 'header/kid-object',
      how: '`kid` is an object',
      section: 'RFC 7515 §4.1.4',
      severity: 'should',
      attack: 'Where `kid` becomes a query of a document store, `{"$ne":null}` finds any key.',
      kinds: keyedKinds,
      make: ({ token }) => token({}, { kid: { $ne: null } }),
    },
    {
      id: 'header/typ-list',
      how: '`typ` is a list with the right type in it',
      section: 'RFC 7515 §4.1.9',
      severity: 'should',
      attack: 'A list is taken for its one element here, and holds two kinds elsewhere.',
      make: ({ token, texts }) => token({}, { typ: [JSON.parse(texts().header).typ ?? 'JWT'] }),
    },
    {
      id: 'header/nested',
      how: 'The payload is a good token itself, with `cty` `JWT` around it',
      section: 'RFC 7519 §5.2',
      fault: 'malformed',
      severity: 'should',
      attack: 'Claims that are checked outside and read inside, or the other way round.',
      make: ({ token, texts, key }) => signTexts({ header: texts({}, { cty: 'JWT' }).header, payload: token() }, key),
    },
    {
      id: 'header/encrypted',
      how: 'Five segments with `alg` `dir` and `enc` `A128GCM`: it says it is encrypted, with a key nobody agreed on',
      section: 'RFC 7516 §3',
      fault: 'algorithm',
      attack: 'An encrypted token is believed for being encrypted; who encrypted it is anybody.',
      // What does not begin like a signed token is looked up as an opaque one.
      per: { access_token: { reason: 'subject_token.malformed' } },
      make: ({ texts }) => {
        const { header, payload } = texts({}, { alg: 'dir', enc: 'A128GCM' });
        return [header, '', 'AAAAAAAAAAAAAAAA', payload, 'AAAAAAAAAAAAAAAAAAAAAA'].map(segment).join('.');
      },
    },
  ],
);

const segment = (text: string) => (text.startsWith('{') ? encodeBase64url(text) : text);
