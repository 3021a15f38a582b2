// RFC 7662: a resource server learns of tokens meant for it whether they count, and of all others nothing.

import { describe, expect, it } from 'vitest';
import { decodeJws } from '../../src/jose/jws.ts';
import { clientAssertionType, tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientAssertion, craftJwt } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import {
  basic,
  expectLoggedOnly,
  expectRecorded,
  formType,
  raw,
  rawForm,
  useWorld,
  type World,
} from '../support/http.ts';

const files = 'https://files.contoso.example/';
const fileServer = 'file-server';
const nosy = 'public-client';
const secret = 'file-server-secret-for-these-tests-only';
const world = useWorld({
  env: { FILES: secret },
  main: () => ({
    clients: {
      [fileServer]: { auth: { method: 'client_secret_basic', secret: { env: 'FILES' } }, introspects: [files] },
      [nosy]: { auth: { method: 'none' }, introspects: [files] },
    },
    resources: { [files]: { scopes: ['files:read'] } },
  }),
});

const asCalendar = basic(names.calendarServer, names.calendarSecret);
const asFiles = basic(fileServer, secret);
const ask = (fields: FormFields, headers: Readonly<Record<string, string>> = asCalendar) =>
  rawForm(`${world().contoso}/introspect`, fields, headers);
const inactive = { status: 200, body: { active: false } };

describe('RFC 7662 §2.1 who may ask', () => {
  it('NT-225 nobody without credentials: 401 here, where RFC 9701 §5 would say 400', async () => {
    const answer = await rawForm(`${world().contoso}/introspect`, { token: await world().accessToken() });
    await expectLoggedOnly(world(), answer, { reason: 'client.missing', status: 401, error: 'invalid_client' });
  });

  it('NT-226 nobody with wrong ones', async () => {
    const answer = await ask({ token: 'x' }, basic(names.calendarServer, 'guess'));
    await expectLoggedOnly(world(), answer, { reason: 'client.secret', status: 401, error: 'invalid_client' });
  });

  it('nobody with the access token itself', async () => {
    const token = await world().accessToken();
    const answer = await ask({ token }, { Authorization: `Bearer ${token}` });
    await expectLoggedOnly(world(), answer, { reason: 'client.malformed', status: 401, error: 'invalid_client' });
  });

  it('no client that only names itself', async () => {
    const answer = await rawForm(`${world().contoso}/introspect`, { token: 'x', client_id: nosy });
    const refused = { reason: 'introspection.not_allowed', status: 400, error: 'unauthorized_client' } as const;
    expect((await expectLoggedOnly(world(), answer, refused)).fields).toMatchObject({ client: nosy });
  });

  it('INTR-01 nobody by GET', async () => {
    const { contoso } = world();
    const answer = await raw(`${contoso}/introspect?token=x`, {
      method: 'GET',
      headers: { ...formType, ...asCalendar },
    });
    await expectLoggedOnly(world(), answer, { reason: 'request.method', status: 405, error: 'invalid_request' });
  });
});

describe('RFC 7662 §2.1 what is asked', () => {
  it.each([undefined, ''])('NT-227 no token, or an empty one (%j)', async (token) => {
    const refused = { reason: 'request.parameter_missing', status: 400, error: 'invalid_request' } as const;
    const record = await expectRecorded(world(), await ask({ token }), refused);
    expect(record).toMatchObject({ client: names.calendarServer, failed: { expected: 'token' } });
  });

  it('BD-04 two tokens', async () => {
    const answer = await ask({ token: ['a', 'b'] });
    await expectLoggedOnly(world(), answer, {
      reason: 'request.repeated_parameter',
      status: 400,
      error: 'invalid_request',
    });
  });

  it.each(['refresh_token', 'access_token', 'made_up', undefined])(
    'NT-229 the hint %s changes nothing',
    async (hint) => {
      const token = await world().accessToken();
      expect(await ask({ token, token_type_hint: hint })).toMatchObject({ status: 200, body: { active: true } });
    },
  );
});

describe('RFC 7662 §2.2 the answer', () => {
  it('says what the token says, that it counts, and how to present it', async () => {
    const { accessToken, contoso, calendar, now } = world();
    const token = await accessToken();
    const { status, headers, body } = await ask({ token });
    expect(status).toBe(200);
    const { claims } = decodeJws(token);
    expect(body).toEqual({ ...claims, active: true, token_type: 'Bearer' });
    expect(body).toMatchObject({
      iss: contoso,
      aud: calendar,
      sub: 'acme|alice',
      client_id: names.agentAtContoso,
      scope: 'events:read',
      iat: now(),
      exp: expect.any(Number),
      jti: expect.any(String),
    });
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('RFC 9449 §6.2 of a bound token: the key, and the other type', async () => {
    const key = testKey();
    const { body } = await ask({ token: await world().accessToken(key) });
    expect(body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.kid } });
  });

  it('a client learns of its own tokens too', async () => {
    const token = await world().accessToken();
    const answer = await ask({ token, ...world().credentials() }, {});
    expect(answer).toMatchObject({ status: 200, body: { active: true } });
  });

  it('the question is recorded with a hash of the token, never the token', async () => {
    const token = await world().accessToken();
    const [record] = await world().records(await ask({ token }));
    expect(record).toMatchObject({
      action: 'introspect',
      decision: 'granted',
      client: names.calendarServer,
      presented: expect.stringMatching(/^[\w-]{43}$/),
      resource: [world().calendar],
    });
    expect(JSON.stringify([record, world().logged])).not.toContain(token);
  });
});

describe('RFC 7662 §2.2 NT-228 exactly {"active":false} for', () => {
  const tampered = (token: string) => `${token.slice(0, -6)}${token.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA'}`;

  it.each<[string, (world: World) => string | Promise<string>]>([
    ['garbage', () => 'garbage'],
    ['three dots', () => '...'],
    ['a token with another signature', async ({ accessToken }) => tampered(await accessToken())],
    ['a grant of acme', ({ grant }) => grant()],
    ['a client assertion', ({ assertion }) => assertion()],
    [
      'a token somebody else signed under our name',
      ({ contoso, calendar, now }) =>
        craftJwt(
          { typ: 'at+jwt' },
          { iss: contoso, aud: calendar, jti: 'x', exp: now() + 60 },
          testKey('ES256', 'made-up'),
        ),
    ],
    [
      'a token with alg none',
      ({ contoso, calendar }) =>
        craftJwt({ typ: 'at+jwt', alg: 'none' }, { iss: contoso, aud: calendar, jti: 'x' }, testKey()),
    ],
  ])('%s', async (_title, make) => {
    const { status, text } = await ask({ token: await make(world()) });
    expect([status, text]).toEqual([200, '{"active":false}']);
  });

  it('a token we signed, remember nothing of, and whose form is perfect', async () => {
    const { partner, contoso, calendar, now } = world();
    const claims = { iss: contoso, aud: calendar, sub: 'x', jti: 'never-issued', iat: now(), exp: now() + 60 };
    const { jwt } = partner.broker.signer.sign('at+jwt', claims);
    expect(await ask({ token: jwt })).toMatchObject(inactive);
  });

  it('a token of another resource, though it counts there', async () => {
    const token = await world().accessToken();
    const { text } = await ask({ token }, asFiles);
    expect(text).toBe('{"active":false}');
    expect(await ask({ token })).toMatchObject({ body: { active: true } });
  });

  it('a token that was revoked', async () => {
    const { accessToken, partner, credentials } = world();
    const token = await accessToken();
    expect(await ask({ token })).toMatchObject({ body: { active: true } });
    expect(await partner.post('revoke', { token, ...credentials() })).toMatchObject({ status: 200 });
    expect((await ask({ token })).text).toBe('{"active":false}');
  });

  it('INTR-04 a token that has expired, to the second', async () => {
    const { accessToken, pass, now } = world();
    const token = await accessToken();
    const { exp } = decodeJws(token).claims;
    pass(Number(exp) - now() - 1);
    expect(await ask({ token })).toMatchObject({ body: { active: true } });
    pass(1);
    expect((await ask({ token })).text).toBe('{"active":false}');
  });

  it('a grant of ours: only the partner it is for may make something of it', async () => {
    const { home, idp, contoso, acme, agentKey, now } = world();
    const credentials = () => ({
      client_assertion_type: clientAssertionType,
      client_assertion: clientAssertion(names.agent, acme, agentKey, now()),
    });
    const issued = await home.token({
      ...credentials(),
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: tokenTypes.idJag,
      subject_token: idp.idToken(names.agentAtLogin),
      subject_token_type: tokenTypes.idToken,
      audience: contoso,
      scope: 'calendar.read',
    });
    expect(issued).toMatchObject({ status: 200, body: { issued_token_type: tokenTypes.idJag } });
    const answer = await home.post('introspect', { token: String(issued.body['access_token']), ...credentials() });
    expect(answer).toMatchObject(inactive);
    expect(answer.body).toEqual({ active: false });
  });
});
