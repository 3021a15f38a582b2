// RFC 7009: the client a token was issued to takes it out of use; nobody else can, and nobody learns whether a token exists.

import { describe, expect, it } from 'vitest';
import { decodeJws } from '../../src/jose/jws.ts';
import { clientAssertionType, grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { basic, expectLoggedOnly, expectRecorded, formType, raw, rawForm, useWorld } from '../support/http.ts';

const open = 'public-client';
const world = useWorld({
  main: () => ({ clients: { [open]: { auth: { method: 'none' } } } }),
  accept: () => ({ clients: { [open]: {} }, public_clients: true }),
});

const asCalendar = basic(names.calendarServer, names.calendarSecret);
const revoke = (fields: FormFields, headers = {}) => rawForm(`${world().contoso}/revoke`, fields, headers);
const asAgent = (token?: string | readonly string[]) => ({ token, ...world().credentials() });
const isActive = async (token: string) => {
  const { body } = await rawForm(`${world().contoso}/introspect`, { token }, asCalendar);
  return body['active'];
};

describe('RFC 7009 §2.1 who and what', () => {
  it('NT-235 nobody without credentials', async () => {
    const answer = await revoke({ token: await world().accessToken() });
    await expectLoggedOnly(world(), answer, { reason: 'client.missing', status: 401, error: 'invalid_client' });
  });

  it('nobody with wrong ones, and the token lives on', async () => {
    const token = await world().accessToken();
    const answer = await revoke({ token }, basic(names.calendarServer, 'guess'));
    await expectLoggedOnly(world(), answer, { reason: 'client.secret', status: 401, error: 'invalid_client' });
    expect(await isActive(token)).toBe(true);
  });

  it.each([undefined, ''])('NT-234 no token, or an empty one (%j)', async (token) => {
    const record = await expectRecorded(world(), await revoke(asAgent(token)), {
      reason: 'request.parameter_missing',
      status: 400,
      error: 'invalid_request',
    });
    expect(record).toMatchObject({ action: 'revoke', client: names.agentAtContoso, failed: { expected: 'token' } });
  });

  it('BD-04 two tokens', async () => {
    const answer = await revoke(asAgent(['a', 'b']));
    const refused = { reason: 'request.repeated_parameter', status: 400, error: 'invalid_request' } as const;
    await expectLoggedOnly(world(), answer, refused);
  });

  it('REV-08 nobody by GET, and no script by JSONP', async () => {
    const url = `${world().contoso}/revoke?token=x&callback=run`;
    const answer = await raw(url, { method: 'GET', headers: { ...formType, ...asCalendar } });
    await expectLoggedOnly(world(), answer, { reason: 'request.method', status: 405, error: 'invalid_request' });
    expect(answer.text).not.toContain('run(');
  });

  it('NT-233 a token of another client: refused, recorded, and the token lives on', async () => {
    const token = await world().accessToken();
    const answer = await revoke({ token }, asCalendar);
    const record = await expectRecorded(world(), answer, {
      reason: 'revocation.foreign',
      status: 400,
      error: 'invalid_request',
    });
    expect(record).toMatchObject({ client: names.calendarServer, failed: { received: names.calendarServer } });
    expect(await isActive(token)).toBe(true);
  });
});

describe('RFC 7009 §2.2 the answer', () => {
  it('is 200 with nothing in it; the token counts no more from then on', async () => {
    const token = await world().accessToken();
    expect(await isActive(token)).toBe(true);
    const answer = await revoke(asAgent(token));
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await isActive(token)).toBe(false);
    const [record] = await world().records(answer);
    expect(record).toMatchObject({
      action: 'revoke',
      decision: 'granted',
      client: names.agentAtContoso,
      domain: 'acme',
      presented: expect.stringMatching(/^[\w-]{43}$/),
      remediation: `token ${decodeJws(token).claims['jti']} revoked`,
    });
  });

  it('is 200 again the second time', async () => {
    const token = await world().accessToken();
    await revoke(asAgent(token));
    expect(await revoke(asAgent(token))).toMatchObject({ status: 200 });
    expect(await isActive(token)).toBe(false);
  });

  it('takes one token and no other', async () => {
    const [first, second] = [await world().accessToken(), await world().accessToken()];
    await revoke(asAgent(first));
    expect(await isActive(second)).toBe(true);
  });

  it.each(['refresh_token', 'access_token', 'made_up'])('REV-02 the hint %s changes nothing', async (hint) => {
    const token = await world().accessToken();
    expect(await revoke({ ...asAgent(token), token_type_hint: hint })).toMatchObject({ status: 200 });
    expect(await isActive(token)).toBe(false);
  });

  it('a bound token goes without a proof: whoever stole the key must not be needed to stop him', async () => {
    const token = await world().accessToken(testKey());
    expect(await revoke(asAgent(token))).toMatchObject({ status: 200 });
    expect(await isActive(token)).toBe(false);
  });

  it('§2.1 a public client takes back its own, by its name alone', async () => {
    const { grant, form, partner } = world();
    const nothing = { client_assertion: undefined, client_assertion_type: undefined, client_id: open };
    const issued = await partner.token({ ...form({ assertion: grant({ client_id: open }) }), ...nothing });
    const token = String(issued.body['access_token']);
    expect(await isActive(token)).toBe(true);
    expect(await revoke({ token, client_id: open })).toMatchObject({ status: 200 });
    expect(await isActive(token)).toBe(false);
  });
});

describe('RFC 7009 §2.2 NT-232 a token that is not there', () => {
  it.each<[string, () => string]>([
    ['garbage', () => 'garbage'],
    ['a grant of acme', () => world().grant()],
    ['a client assertion', () => world().assertion()],
  ])('%s: 200, and nothing was revoked', async (_title, make) => {
    const answer = await revoke(asAgent(make()));
    expect([answer.status, answer.text]).toEqual([200, '']);
    const [record] = await world().records(answer);
    expect(record).toMatchObject({ action: 'revoke', decision: 'granted', remediation: null });
  });

  it('an expired one that has been swept away', async () => {
    const { accessToken, pass, partner, now } = world();
    const token = await accessToken();
    pass(3700);
    await partner.broker.store.sweep(now(), 1000);
    expect(await revoke(asAgent(token))).toMatchObject({ status: 200 });
  });
});

describe('RFC 7009 §2.2.1 what cannot be revoked', () => {
  it('a grant we issued: unsupported_token_type', async () => {
    const { home, idp, contoso, acme, agentKey, now } = world();
    const credentials = () => ({
      client_assertion_type: clientAssertionType,
      client_assertion: clientAssertion(names.agent, acme, agentKey, now()),
    });
    const issued = await home.token({
      ...credentials(),
      grant_type: grantTypes.tokenExchange,
      requested_token_type: tokenTypes.idJag,
      subject_token: idp.idToken(names.agentAtLogin),
      subject_token_type: tokenTypes.idToken,
      audience: contoso,
      scope: 'calendar.read',
    });
    const answer = await home.post('revoke', { token: String(issued.body['access_token']), ...credentials() });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'unsupported_token_type',
        error_description: 'This kind of token cannot be revoked here.',
      },
    });
    const [found] = await home.broker.store.findAudit(answer.headers.get('crossgrant-trace-id') ?? '');
    expect(found?.record).toMatchObject({ reason: 'revocation.kind', decision: 'refused', client: names.agent });
  });
});
