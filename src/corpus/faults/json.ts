// What JSON parsers disagree on: under one signature two readers must not see different claims.

import { appended, signTexts } from '../craft.ts';
import { faultList } from '../define.ts';
import { authorities, everyKind, keyedKinds } from '../kind-sets.ts';
import type { Mint, Texts } from '../types.ts';

const twoReadings = 'One reader keeps the first, another the last: what is checked is not what is used.';

/** Signs what `change` makes of the texts of a good token. */
const rewritten =
  (change: (texts: Texts, mint: Mint) => Partial<Texts>) =>
  (mint: Mint): string => {
    const texts = mint.texts();
    return signTexts({ ...texts, ...change(texts, mint) }, mint.key);
  };

export const jsonFaults = faultList(
  {
    section: 'RFC 7519 §7.2',
    fault: 'malformed',
    fix: 'Parse header and claims with one strict parser: RFC 8259 to the letter, no repeated members, bounded depth.',
    attack: twoReadings,
    kinds: everyKind,
  },
  [
    {
      id: 'json/repeated-issuer',
      how: 'The payload has `iss` twice: first somebody nobody trusts, then the right one',
      section: 'RFC 7519 §4',
      severity: 'should',
      kinds: keyedKinds,
      make: rewritten(({ payload }) => ({ payload: `{"iss":"https://attacker.example",${payload.slice(1)}` })),
    },
    {
      id: 'json/repeated-subject',
      how: 'The payload has `sub` twice, with different values',
      section: 'RFC 7519 §4',
      severity: 'should',
      kinds: authorities,
      make: rewritten(({ payload }) => ({ payload: `{"sub":"somebody-else",${payload.slice(1)}` })),
    },
    {
      id: 'json/repeated-escaped',
      how: 'The payload has `sub` twice, once spelled with an escape (`s\\u0075b`)',
      section: 'RFC 7519 §4',
      severity: 'should',
      attack: `A search for repeated names that does not unescape them finds none. ${twoReadings}`,
      kinds: authorities,
      make: rewritten(({ payload }) => ({ payload: `{"s\\u0075b":"somebody-else",${payload.slice(1)}` })),
    },
    {
      id: 'json/repeated-audience',
      how: 'The payload has `aud` twice: first somebody else, then the right one',
      section: 'RFC 7519 §4',
      severity: 'should',
      kinds: keyedKinds,
      make: rewritten(({ payload }) => ({ payload: `{"aud":"https://elsewhere.example",${payload.slice(1)}` })),
    },
    {
      id: 'json/repeated-expiry',
      how: 'The payload has `exp` twice: first one that has passed, then a good one',
      section: 'RFC 7519 §4',
      severity: 'should',
      kinds: keyedKinds,
      make: rewritten(({ payload }, { now }) => ({ payload: `{"exp":${now - 3600},${payload.slice(1)}` })),
    },
    {
      id: 'json/repeated-alg',
      how: 'The header has `alg` twice: first `none`, then the right one',
      section: 'RFC 7515 §4',
      severity: 'should',
      make: rewritten(({ header }) => ({ header: `{"alg":"none",${header.slice(1)}` })),
    },
    {
      id: 'json/repeated-jti',
      how: 'The payload has `jti` twice, with different values',
      section: 'RFC 7519 §4',
      severity: 'should',
      attack: `${twoReadings} One is remembered as used, the other is free.`,
      kinds: ['id_jag', 'client_assertion', 'dpop_proof'],
      make: rewritten(({ payload }) => ({ payload: `{"jti":"another",${payload.slice(1)}` })),
    },
    {
      id: 'json/prototype',
      how: 'The payload has a member `__proto__` with further claims in it',
      section: 'rfc8725bis §3.16',
      severity: 'should',
      attack:
        'Copied by assignment it replaces the prototype: claims nobody checked are there when they are looked for.',
      make: rewritten(({ payload }) => ({ payload: appended(payload, '"__proto__":{"admin":true}') })),
    },
    {
      id: 'json/surrogate',
      how: 'A text in the payload with half a surrogate pair (`\\ud800`)',
      section: 'RFC 7493 §2.1',
      severity: 'should',
      attack: 'Such a text cannot be stored as it is: two different subjects become the same replacement character.',
      make: rewritten(({ payload }) => ({ payload: appended(payload, '"note":"\\ud800"') })),
    },
    {
      id: 'json/deep',
      how: 'A claim of 4,000 nested lists',
      section: 'rfc8725bis §3.16',
      severity: 'should',
      attack: 'A parser that recurses runs out of stack, and the process ends.',
      make: rewritten(({ payload }) => ({
        payload: appended(payload, `"deep":${'['.repeat(4000)}${']'.repeat(4000)}`),
      })),
      per: {
        dpop_proof: {
          how: 'A claim of 2,000 nested lists',
          make: rewritten(({ payload }) => ({
            payload: appended(payload, `"deep":${'['.repeat(2000)}${']'.repeat(2000)}`),
          })),
        },
      },
    },
    {
      id: 'json/not-a-number',
      how: '`exp` is `NaN`, which is no JSON and some parsers take',
      section: 'RFC 8259 §6',
      attack: 'Nothing compares with NaN: what is not past its end never ends.',
      kinds: keyedKinds,
      make: rewritten(({ payload }) => ({ payload: payload.replace(/"exp":\d+/, '"exp":NaN') })),
    },
    {
      id: 'json/infinity',
      severity: 'should',
      how: '`exp` is `1e999`, beyond what a number holds',
      section: 'RFC 7493 §2.2',
      attack: 'Read as infinity it never ends.',
      kinds: keyedKinds,
      make: rewritten(({ payload }) => ({ payload: payload.replace(/"exp":\d+/, '"exp":1e999') })),
    },
    {
      id: 'json/lenient',
      how: 'The payload has a comment and a comma behind its last member',
      section: 'RFC 8259 §4',
      attack: 'A lenient parser sees claims where a strict one sees none: two parties disagree on what was signed.',
      make: rewritten(({ payload }) => ({ payload: `${payload.slice(0, -1)}/* */,}` })),
    },
    {
      id: 'json/two-objects',
      how: 'The payload is two objects, one behind the other',
      section: 'RFC 8259 §2',
      attack: 'A streaming parser stops after the first: what follows was signed and never read.',
      make: rewritten(({ payload }) => ({ payload: `${payload}{"admin":true}` })),
    },
    {
      id: 'json/list',
      how: 'The payload is a list with the claims in it',
      attack: 'What is not there is not checked: a list has no `exp`, and no `aud` that could be wrong.',
      make: rewritten(({ payload }) => ({ payload: `[${payload}]` })),
    },
    {
      id: 'json/text',
      how: 'The payload is a JSON text that holds the claims as text',
      attack: 'Parsed a second time by somebody, checked by nobody.',
      make: rewritten(({ payload }) => ({ payload: JSON.stringify(payload) })),
    },
    {
      id: 'json/null',
      how: 'The payload is `null`',
      attack: 'A check that reads members of null ends the request in an error, or is skipped by whoever catches it.',
      make: rewritten(() => ({ payload: 'null' })),
    },
    {
      id: 'json/empty',
      how: 'The payload is empty',
      attack: 'What is not there is not checked.',
      make: rewritten(() => ({ payload: '' })),
    },
    {
      id: 'json/header-list',
      how: 'The header is a list with the members in it',
      section: 'RFC 7515 §4',
      attack: 'A list has no `alg`: a verifier that falls back to a default takes anything.',
      make: rewritten(({ header }) => ({ header: `[${header}]` })),
    },
  ],
);
