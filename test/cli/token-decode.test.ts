// crossgrant token decode explains every kind of token, says what is odd, and is not misled by what stands in one.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompactEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { testKey } from '../../src/testkit/keys.ts';
import { type Changes, clientAssertion, craftJwt, dpopProof, idJag } from '../../src/testkit/tokens.ts';
import { cli, temporaryFolder } from '../support/cli.ts';

const key = testKey('ES256', 'key-1');
const now = Math.floor(Date.now() / 1000);
const parties = { issuer: 'https://a.example', audience: 'https://b.example', clientId: 'acme-travel', sub: 'alice' };
const times = { iat: now, exp: now + 300 };
const access = { iss: 'https://b.example', sub: 'x', aud: 'https://r.example/', client_id: 'c', jti: '1', ...times };
const grant = (changes: Changes = {}, header: Changes = {}) => idJag(parties, key, now, changes, header);
const accessToken = (changes: Changes = {}, header: Changes = {}) =>
  craftJwt({ typ: 'at+jwt', ...header }, { ...access, scope: 'a', ...changes }, key);
const plain = (claims: Changes, header: Changes = {}) => craftJwt({ typ: 'JWT', ...header }, claims, key);
const person = { iss: 'https://idp.example', sub: 'alice', aud: 'travel-web', ...times };

async function decode(token: string) {
  const { code, stdout } = await cli(['token', 'decode', '--json', '--', token]);
  return { code, ...(JSON.parse(stdout) as { kind: string; odd: string[]; claims: unknown }) };
}

describe('the kind of a token', () => {
  it.each([
    ['ID-JAG', grant()],
    ['ID-JAG', grant({}, { typ: 'application/oauth-id-jag+jwt' })],
    ['access token', accessToken()],
    ['client assertion', clientAssertion('c', 'https://b.example', key, now)],
    ['client assertion', plain({ iss: 'c', sub: 'c', aud: 'https://b.example', jti: '1', ...times })],
    ['DPoP proof', dpopProof(key, { url: 'https://b.example/token' }, now)],
    ['ID Token', plain({ ...person, nonce: 'n' })],
    ['logout token', plain({ ...person, jti: '1', events: {} })],
    ['logout token', plain({ ...person, jti: '1', events: {} }, { typ: 'logout+jwt' })],
    ['security event', plain({ ...person, jti: '1', events: {} }, { typ: 'secevent+jwt' })],
    ['introspection answer', plain({ ...person }, { typ: 'token-introspection+jwt' })],
    ['plain JWT', plain(person)],
  ])('%s: nothing is odd about a good one', async (kind, token) => {
    expect(await decode(token)).toMatchObject({ code: 0, kind, odd: [] });
  });

  it('of a JWE is that it is encrypted', async () => {
    const jwe = await new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(Buffer.alloc(32));
    const { code, kind, odd } = await decode(jwe);
    expect({ code, kind }).toEqual({ code: 0, kind: 'encrypted' });
    expect(odd).toEqual(['it is encrypted (JWE): only the one it is for can read it']);
  });

  it.each([
    ['5594fdbf-9210-45e6-9154-8047abd2798e', 'an opaque token'],
    ['', 'an opaque token'],
    ['a.b.c', 'a strict reader refuses it'],
    ['W10.W10.AAAA', 'a strict reader refuses it'],
    ['e30.', 'three parts, this has 2'],
  ])('%j is not readable: exit code 1', async (token, says) => {
    expect(await decode(token)).toMatchObject({
      code: 1,
      kind: 'unreadable',
      odd: [expect.stringContaining(says)],
    });
  });
});

describe('what is odd about a token', () => {
  const jwk = key.publicJwk;
  it.each([
    ['an ID-JAG without jti and sub', grant({ jti: undefined, sub: undefined }), 'it lacks sub, jti'],
    ['a symmetric signature', accessToken({}, { alg: 'HS256' }), 'alg HS256 is not a public-key signature'],
    ['no signature', accessToken({}, { alg: 'none' }), 'nobody should accept it'],
    ['a key of its own', accessToken({}, { jwk }), 'the header brings its own key (jwk)'],
    ['a key address of its own', accessToken({}, { jku: 'https://evil.example' }), 'brings its own key (jku)'],
    ['crit', accessToken({}, { crit: ['x'] }), 'it has `crit`'],
    ['no kid', accessToken({}, { kid: undefined }), 'no `kid`'],
    ['the past', accessToken({ exp: now - 60 }), 'it has expired'],
    ['the future', accessToken({ iat: now + 120 }), 'it begins in the future'],
    ['a long life', grant({ exp: now + 7200 }), 'it lives 120 minutes; 5 is the most'],
    ['a date as text', accessToken({ exp: String(now + 60) }), 'exp must be a JSON number'],
    ['a date no calendar has', accessToken({ exp: 1e300 }), 'exp must be a JSON number'],
    ['two audiences of a grant', grant({ aud: ['https://b.example', 'https://c.example'] }), 'exactly one audience'],
    ['a token endpoint as audience', grant({ aud: 'https://b.example/token' }), 'looks like a token endpoint'],
    ['an unverified e-mail address', grant({ email: 'a@b.example' }), 'nobody says is verified'],
    ['a cnf that is no object', accessToken({ cnf: 'x' }), '`cnf` must be an object'],
    ['no scope', accessToken({ scope: undefined }), 'no scope'],
    ['padding', `${accessToken()}==`, 'a strict reader refuses it'],
  ])('%s', async (_what, token, says) => {
    expect((await decode(token)).odd).toContainEqual(expect.stringContaining(says));
  });
});

describe('the explanation', () => {
  const token = grant({
    act: { sub: 'spiffe://acme.example/agent/travel', act: { sub: 'first' } },
    cnf: { jkt: 'thumbprint' },
    resource: ['https://r1.example/', 'https://r2.example/'],
    scope: 'events:read events:write',
  });

  it('tells who, for whom and until when, as a colleague would', async () => {
    const { stdout } = await cli(['token', 'decode', token]);
    const told = Object.fromEntries(stdout.split('\n').map((line) => [line.slice(0, 9).trim(), line.slice(10)]));
    expect(told).toMatchObject({
      signed: 'ES256, key key-1',
      says: 'https://a.example',
      about: 'alice',
      acting: 'spiffe://acme.example/agent/travel, before that first',
      client: 'acme-travel',
      for: 'https://b.example',
      resource: 'https://r1.example/ and https://r2.example/',
      may: 'events:read events:write',
      'bound to': 'key thumbprint',
      until: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(.* left\)$/),
    });
    expect(stdout).toContain('Nothing was verified');
  });

  it('tells what a DPoP proof is for', async () => {
    const { stdout } = await cli(['token', 'decode', dpopProof(key, { url: 'https://b.example/token' }, now)]);
    expect(stdout).toContain('proves    POST https://b.example/token');
  });

  it.each([[[]], [['--json']]])('never repeats the token or its signature %j', async (flags) => {
    const { stdout } = await cli(['token', 'decode', token, ...flags]);
    expect(stdout).not.toContain(token.split('.')[2]);
  });

  it('is the same from an argument, a file and standard input', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'token.jwt'), `${token}\n`);
    const direct = await decode(token);
    for (const [given, stdin] of [
      ['@token.jwt', ''],
      ['-', `${token}\n`],
    ] as const) {
      const { stdout } = await cli(['token', 'decode', '--json', given], { cwd: folder, stdin });
      expect(JSON.parse(stdout)).toMatchObject({ kind: 'ID-JAG', claims: direct.claims });
    }
  });

  it('a file that is not there is named', async () => {
    const { code, stderr } = await cli(['token', 'decode', '@none.jwt'], { cwd: temporaryFolder() });
    expect({ code, named: stderr.includes('none.jwt') }).toEqual({ code: 2, named: true });
  });

  it('shows control characters of a token instead of sending them to the terminal', async () => {
    const { stdout } = await cli(['token', 'decode', accessToken({ sub: 'bob\u001b[2J\nfor       me\u202e' })]);
    expect(stdout).toContain('about     bob\\u{1b}[2J\\u{a}for       me\\u{202e}');
    expect(stdout).not.toContain('\u001b');
  });
});
