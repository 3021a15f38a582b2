// RFC 6749 §2.3.1: clients with a secret, in the header or in the form, and clients that have none.

import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/protocol/refusal.ts';
import type { FormFields, HttpAnswer } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { basic, expectLoggedOnly, expectRecorded, useWorld } from '../support/http.ts';

/** Every character that form-encoding changes, and some that look as if it had. */
const secret = 'a secret+with%41:colon&equals=ünd 100%';
const inHeader = 'in-header';
const inForm = 'in-form';
const nobodyElse = 'client with: colon';
const open = 'public-client';

const world = useWorld({
  env: { TRICKY: secret, PLAIN: 'a-plain-secret-of-thirty-two-chars' },
  main: () => ({
    clients: {
      [inHeader]: { auth: { method: 'client_secret_basic', secret: { env: 'TRICKY' } } },
      [inForm]: { auth: { method: 'client_secret_post', secret: { env: 'TRICKY' } } },
      [nobodyElse]: { auth: { method: 'client_secret_basic', secret: { env: 'PLAIN' } } },
      [open]: { auth: { method: 'none' } },
    },
  }),
  accept: () => ({ clients: { [inHeader]: {}, [inForm]: {}, [nobodyElse]: {}, [open]: {} } }),
});

/** A redemption by a client with these credentials and no assertion. */
function send(client: string, fields: FormFields = {}, headers: Readonly<Record<string, string>> = {}) {
  const { partner, form, grant } = world();
  const nothing = { client_assertion: undefined, client_assertion_type: undefined };
  return partner.token(form({ assertion: grant({ client_id: client }), ...nothing, ...fields }), headers);
}
const refused = (answer: HttpAnswer, reason: Reason) =>
  expectLoggedOnly(world(), answer, { reason, status: 401, error: 'invalid_client' });
const asIs = (text: string) => text;
const formEncode = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);

describe('RFC 6749 §2.3.1 client_secret_basic', () => {
  it.each([
    ['form-encoded as the RFC says', formEncode],
    ['percent-encoded', encodeURIComponent],
    ['just joined, as the MCP SDK does', asIs],
  ])('id and secret %s', async (_title, encode) => {
    const answer = await send(inHeader, {}, basic(inHeader, secret, encode));
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
    const [record] = await world().records(answer);
    expect(record).toMatchObject({ client: inHeader, decision: 'granted', risk: { proof: 'client_secret_basic' } });
  });

  it('an id with a colon in it has to be encoded', async () => {
    expect(await send(nobodyElse, {}, basic(nobodyElse, 'a-plain-secret-of-thirty-two-chars'))).toMatchObject({
      status: 200,
    });
    await refused(await send(nobodyElse, {}, basic(nobodyElse, secret, asIs)), 'client.unknown');
  });

  it('RFC 9110 §11.1 the name of the scheme is spelled in any case', async () => {
    const { Authorization } = basic(inHeader, secret);
    for (const scheme of ['basic', 'BASIC']) {
      const answer = await send(inHeader, {}, { Authorization: Authorization.replace('Basic', scheme) });
      expect(answer).toMatchObject({ status: 200 });
    }
  });

  it('client_id in the form may name the same client, no other', async () => {
    expect(await send(inHeader, { client_id: inHeader }, basic(inHeader, secret))).toMatchObject({ status: 200 });
    await refused(await send(inHeader, { client_id: open }, basic(inHeader, secret)), 'client.id_mismatch');
  });

  it.each([
    ['another secret', `${secret}.`],
    ['none', ''],
    ['a beginning of it', secret.slice(0, -1)],
    ['the secret decoded once too often', secret.replace('%41', 'A')],
  ])('%s is refused', async (_title, guess) => {
    await refused(await send(inHeader, {}, basic(inHeader, guess)), 'client.secret');
  });

  it.each([
    ['another scheme', 'Bearer abc'],
    ['no credentials', 'Basic'],
    ['no base64', 'Basic ***'],
    ['base64url', 'Basic Pz8_Pz8-'],
    ['no colon', `Basic ${Buffer.from(inHeader).toString('base64')}`],
    ['no id', `Basic ${Buffer.from(`:${secret}`).toString('base64')}`],
    ['two in one header', 'Basic YTpi, Basic YTpi'],
    ['an empty header', ''],
  ])('%s cannot be read', async (_title, Authorization) => {
    await refused(await send(inHeader, {}, { Authorization }), 'client.malformed');
  });

  it('unreadable credentials are not saved by good ones in the form', async () => {
    const fields = { client_id: inForm, client_secret: secret };
    await refused(await send(inForm, fields, { Authorization: 'Bearer abc' }), 'client.malformed');
  });
});

describe('RFC 6749 §2.3.1 client_secret_post', () => {
  it('id and secret in the form', async () => {
    expect(await send(inForm, { client_id: inForm, client_secret: secret })).toMatchObject({ status: 200 });
  });

  it('is encoded once, not twice', async () => {
    const client_secret = encodeURIComponent(secret);
    await refused(await send(inForm, { client_id: inForm, client_secret }), 'client.secret');
  });

  it.each<[string, FormFields, Reason]>([
    ['no client_id', { client_secret: secret }, 'client.malformed'],
    ['another secret', { client_id: inForm, client_secret: 'guess' }, 'client.secret'],
    ['an empty secret counts as none', { client_id: inForm, client_secret: '' }, 'client.method'],
    ['an unknown client', { client_id: 'stranger', client_secret: secret }, 'client.unknown'],
    ['a name every object has', { client_id: 'constructor', client_secret: secret }, 'client.unknown'],
  ])('%s', async (_title, fields, reason) => {
    await refused(await send(inForm, fields), reason);
  });
});

describe('RFC 6749 §2.3 the registered method and no other', () => {
  it.each<[string, string, FormFields, Readonly<Record<string, string>>]>([
    ['Basic for one of the form', inForm, {}, basic(inForm, secret)],
    ['the form for one of Basic', inHeader, { client_id: inHeader, client_secret: secret }, {}],
    ['an id alone for one with a secret', inHeader, { client_id: inHeader }, {}],
    ['a secret for one that has none', open, { client_id: open, client_secret: secret }, {}],
    ['a secret for one that signs', names.agentAtContoso, {}, basic(names.agentAtContoso, secret)],
  ])('%s', async (_title, client, fields, headers) => {
    await refused(await send(client, fields, headers), 'client.method');
  });

  it('NT-153 two kinds of credentials, even when both are good', async () => {
    const fields = { client_id: inHeader, client_secret: secret };
    const answer = await send(inHeader, fields, basic(inHeader, secret));
    await expectLoggedOnly(world(), answer, {
      reason: 'client.several_methods',
      status: 400,
      error: 'invalid_request',
    });
  });

  it('nothing at all', async () => {
    await refused(await send(inHeader), 'client.missing');
  });
});

describe('RFC 6749 §2.1 public clients', () => {
  it('ID-JAG §9.1 name themselves, and may not redeem a grant', async () => {
    const answer = await send(open, { client_id: open });
    const record = await expectRecorded(world(), answer, {
      reason: 'client.public',
      status: 400,
      error: 'unauthorized_client',
    });
    expect(record).toMatchObject({ client: open, risk: { proof: 'none' } });
  });
});

describe('what a guesser learns', () => {
  it('is the same words for an unknown client, another method and a wrong secret', async () => {
    const answers = await Promise.all([
      send('stranger', {}, basic('stranger', secret)),
      send(inForm, {}, basic(inForm, secret)),
      send(inHeader, {}, basic(inHeader, 'guess')),
      send(inHeader, {}, { Authorization: 'Basic ***' }),
    ]);
    for (const { status, body, headers } of answers) {
      expect(status).toBe(401);
      const { trace_id: _, ...words } = body;
      expect(words).toEqual({ error: 'invalid_client', error_description: 'Client authentication failed.' });
      expect(headers.get('www-authenticate')).toBe(`Basic realm="${world().contoso}", charset="UTF-8"`);
    }
  });

  it('and nobody who reads the log learns a secret', async () => {
    await send(inHeader, {}, basic(inHeader, 'a-guess-nobody-should-read'));
    await send(inForm, { client_id: inForm, client_secret: 'a-guess-nobody-should-read' });
    const log = JSON.stringify(world().logged);
    expect(log).toContain('client.secret');
    for (const text of [secret, 'a-guess-nobody-should-read', 'client_secret=']) expect(log).not.toContain(text);
  });
});
