// rfc8725bis at the door for clients: algorithms, keys, headers and spellings that have fooled others.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64url } from '../../src/jose/base64url.ts';
import type { Reason } from '../../src/protocol/refusal.ts';
import type { FormFields, HttpAnswer } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { expectLoggedOnly, useWorld } from '../support/http.ts';

const world = useWorld();
const refusedClient = (answer: HttpAnswer, reason: Reason) =>
  expectLoggedOnly(world(), answer, { reason, status: 401, error: 'invalid_client' });
const send = (fields: FormFields) => world().partner.token(world().form(fields));
const asserted = (changes: Changes, header: Changes = {}) =>
  send(world().credentials(world().assertion(changes, header)));

describe('rfc8725bis §3 the signature', () => {
  it.each(['none', 'noNE', 'None', '', 'HS256', 'ES256K', 'RS256', 'EdDSA'])('NT-149 alg %j', async (alg) => {
    await refusedClient(await asserted({}, { alg }), algFault(alg));
  });

  it('NT-149 the public key used as a shared secret', async () => {
    const { assertion, agentKey, credentials } = world();
    const [head, payload] = assertion({}, { alg: 'HS256' }).split('.');
    const mac = createHmac('sha256', JSON.stringify(agentKey.publicJwk)).update(`${head}.${payload}`).digest();
    const forged = `${head}.${payload}.${encodeBase64url(mac)}`;
    await refusedClient(await send(credentials(forged)), 'client_assertion.algorithm');
  });

  it.each(['../../etc/passwd', "x' OR 1=1 --", '', 'constructor', '__proto__'])('NT-150 kid %j', async (kid) => {
    await refusedClient(await asserted({}, { kid }), 'client_assertion.key');
  });

  it.each<[string, Changes]>([
    ['crit', { crit: ['exp'] }],
    ['b64', { b64: false }],
    ['zip', { zip: 'DEF' }],
  ])('NT-152 %s in the header', async (_title, header) => {
    await refusedClient(await asserted({}, header), 'client_assertion.header');
  });

  it('another key under the right name', async () => {
    const { assertion, credentials, agentKey } = world();
    const forged = assertion({}, {}, testKey('ES256', agentKey.kid));
    await refusedClient(await send(credentials(forged)), 'client_assertion.signature');
  });

  it('a key in the header is not asked', async () => {
    const { assertion, credentials, agentKey } = world();
    const own = testKey('ES256', agentKey.kid);
    const forged = assertion({}, { jwk: own.publicJwk }, own);
    await refusedClient(await send(credentials(forged)), 'client_assertion.signature');
  });
});

describe('rfc8725bis §3.10 addresses in the header', () => {
  let asked = 0;
  const bait = createServer((_request, response) => {
    asked += 1;
    response.end('{"keys":[]}');
  });
  beforeAll(() => new Promise<void>((resolve) => bait.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => bait.close(resolve)));

  it.each(['jku', 'x5u'])('NT-151 %s is not followed', async (name) => {
    const address = bait.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/jwks`;
    const { assertion, credentials } = world();
    const forged = assertion({}, { [name]: url, kid: 'bait' }, testKey('ES256', 'bait'));
    await refusedClient(await send(credentials(forged)), 'client_assertion.key');
    expect(asked).toBe(0);
  });
});

describe('BD-07 the spelling', () => {
  it.each<[string, (jwt: string) => string]>([
    ['a star', (jwt) => `*${jwt}`],
    ['padding', (jwt) => `${jwt}==`],
    ['a line end', (jwt) => `${jwt}\n`],
    ['a space in front', (jwt) => ` ${jwt}`],
    ['two segments', (jwt) => jwt.split('.').slice(0, 2).join('.')],
    ['no signature', (jwt) => `${jwt.split('.').slice(0, 2).join('.')}.`],
    ['four segments', (jwt) => `${jwt}.e30`],
    ['five segments', (jwt) => `${jwt}.e30.e30`],
    ['JSON serialization', (jwt) => JSON.stringify({ payload: jwt.split('.')[1], signatures: [] })],
    ['no JWT at all', () => 'assertion'],
    ['one longer than any JWT', (jwt) => `${jwt}${'A'.repeat(16 * 1024)}`],
  ])('NT-158 %s', async (_title, spoil) => {
    const { assertion, credentials } = world();
    await refusedClient(await send(credentials(spoil(assertion()))), 'client_assertion.malformed');
  });

  it.each<[string, string]>([
    ['NT-159 aud twice, the good one first', '"aud":"https://elsewhere.example"'],
    ['a member called __proto__', '"__proto__":{"aud":"x"}'],
  ])('%s', async (_title, member) => {
    const { assertion, credentials } = world();
    const [head, payload = ''] = assertion().split('.');
    const text = Buffer.from(payload, 'base64url').toString().replace(/}$/, `,${member}}`);
    const forged = `${head}.${encodeBase64url(text)}.c2lnbmF0dXJl`;
    await refusedClient(await send(credentials(forged)), 'client_assertion.malformed');
  });
});

/** RS256 and EdDSA are algorithms the client may use, but its key is not for them. */
const algFault = (alg: string): Reason =>
  ['RS256', 'EdDSA'].includes(alg) ? 'client_assertion.key' : 'client_assertion.algorithm';
