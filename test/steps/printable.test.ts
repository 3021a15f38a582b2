// What is kept of a stranger's words: nothing like a token, and the names an operator looks for.

import { describe, expect, it } from 'vitest';
import { printable } from '../../src/audit/printable.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { craftJwt } from '../../src/testkit/tokens.ts';

const jwt = craftJwt({}, { sub: 'alice' }, testKey());
const [header = '', payload = ''] = jwt.split('.');
const spaced = Buffer.from('{\n  "alg": "ES256" }').toString('base64url');

describe('design §2.10 what was received', () => {
  it.each([
    ['a token', jwt],
    ['the beginning of one', jwt.slice(0, 40)],
    ['one whose header was written with line ends', `${spaced}.${payload}.x`],
    ['one with a header as long as a thumbprint', `ewc5_-VIeVA-bBCd8bBNruz_NIZorOXFGo8IKx0_-I8.${payload}`],
    ['a handle', `cgh_${'aZ-_'.repeat(10)}abc`],
    ['an encrypted one', `${header}.${'A'.repeat(40)}.iv.text.tag`],
  ])('does not hold %s', (_, text) => {
    expect(printable(text)).toBe('(token)');
    expect(printable(`Bearer ${text}, again`)).toBe('Bearer (token), again');
    expect(printable({ received: text })).toBe('{"received":"(token)"}');
  });

  it.each([
    'https://authorization.identityprovider.example.com/',
    'spiffe://production.agents.acme.example/agent/travel',
    // A thumbprint that begins as a token would; with a dot behind it it is the beginning of one.
    'ewc5_-VIeVA-bBCd8bBNruz_NIZorOXFGo8IKx0_-I8',
  ])('still names %s', (name) => expect(printable(name)).toBe(name));
});
