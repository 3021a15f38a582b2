// RFC 6749 §3.2, §5: what a token request must look like before anything in it counts, and what every answer looks like.

import { describe, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import type { Reason } from '../../src/protocol/refusal.ts';
import { refusals } from '../../src/protocol/refusals.ts';
import { encodeForm, type HttpAnswer } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import {
  expectLoggedOnly,
  expectRecorded,
  formType,
  type RawRequest,
  raw,
  rawForm,
  useWorld,
} from '../support/http.ts';

const world = useWorld();
const send = (request: RawRequest) => raw(`${world().contoso}/token`, request);
const good = () => encodeForm(world().form());

const invalidRequest = (reason: Reason, status = 400) => ({ reason, status, error: 'invalid_request' });
const turnedAway = (answer: HttpAnswer, reason: Reason, status = 400) =>
  expectLoggedOnly(world(), answer, invalidRequest(reason, status));

describe('RFC 6749 §3.2 the request is a POST', () => {
  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is refused, and told what is allowed', async (method) => {
    await turnedAway(await send({ method, headers: formType }), 'request.method', 405);
  });

  it('a good form in the query of a GET is not read', async () => {
    const answer = await raw(`${world().contoso}/token?${good()}`, { method: 'GET' });
    await turnedAway(answer, 'request.method', 405);
  });

  it('HEAD answers as GET does, without a body', async () => {
    const { status, headers, text } = await send({ method: 'HEAD' });
    expect([status, headers.get('allow'), text]).toEqual([405, 'POST', '']);
  });

  it('a query beside a good form counts for nothing', async () => {
    const { status } = await raw(`${world().contoso}/token?grant_type=password&scope=x`, {
      body: good(),
    });
    expect(status).toBe(200);
  });
});

describe('RFC 6749 App. B the form', () => {
  it.each<[string, string | readonly string[]]>([
    ['JSON', 'application/json'],
    ['text', 'text/plain'],
    ['multipart', 'multipart/form-data; boundary=x'],
    ['another charset', 'application/x-www-form-urlencoded; charset=iso-8859-1'],
    ['a parameter nobody knows', 'application/x-www-form-urlencoded; version=2'],
    ['two types in one', 'application/x-www-form-urlencoded, application/json'],
  ])('%s is no form', async (_title, type) => {
    await turnedAway(await send({ headers: { 'Content-Type': type }, body: good() }), 'request.content_type');
  });

  it('a body without a Content-Type is no form', async () => {
    await turnedAway(await send({ headers: {}, body: good() }), 'request.content_type');
  });

  it.each([
    'application/x-www-form-urlencoded; charset=utf-8',
    'application/x-www-form-urlencoded;charset="UTF-8"',
    'Application/X-WWW-Form-URLEncoded',
  ])('%s is one', async (type) => {
    expect(await send({ headers: { 'Content-Type': type }, body: good() })).toMatchObject({ status: 200 });
  });

  it.each<[string, string | Uint8Array]>([
    ['a bare percent sign', 'scope=50%'],
    ['a percent sign without hex digits', 'scope=%zz'],
    ['a percent sign with one hex digit', 'scope=a%2'],
    ['percent-encoded bytes that are not UTF-8', 'scope=%ff%fe'],
    ['an overlong encoding', 'scope=%c0%af'],
    ['a surrogate', 'scope=%ed%a0%80'],
    ['raw bytes that are not UTF-8', Buffer.from([0x61, 0x3d, 0xff])],
    ['a cut-off UTF-8 sequence', Buffer.from([0x61, 0x3d, 0xe2, 0x82])],
    ['NUL', 'scope=a%00b'],
    ['NUL in a name', 'sc%00ope=a'],
    ['escape', 'scope=%1b%5B31m'],
    ['delete', 'scope=a%7f'],
    ['a raw control character', 'scope=a\u0001b'],
    ['a bad encoding in a parameter nobody reads', 'nobody=%'],
  ])('%s is refused, though the rest is good', async (_title, spoiled) => {
    const body = Buffer.concat([Buffer.from(`${good()}&`), Buffer.from(spoiled)]);
    await turnedAway(await send({ body }), 'request.encoding');
  });

  it('§3.1 a parameter nobody knows is ignored', async () => {
    expect(await send({ body: `${good()}&nobody=%E2%82%AC+1&audience=%09` })).toMatchObject({ status: 200 });
  });

  it('an empty body asks for nothing', async () => {
    await turnedAway(await send({ body: '' }), 'request.parameter_missing');
    await turnedAway(await send({ body: '&&&' }), 'request.parameter_missing');
    expect(await send({ body: `&&${good()}&&` })).toMatchObject({ status: 200 });
  });
});

describe('RFC 6749 §3.2 nothing is repeated', () => {
  it.each(['grant_type', 'assertion', 'client_assertion', 'client_assertion_type', 'scope', 'client_id', 'nobody'])(
    'NT-138 the parameter %s twice',
    async (name) => {
      const fields = { scope: 'events:read', client_id: names.agentAtContoso, nobody: 'x', ...world().form() };
      const value = fields[name as 'scope'];
      const line = await turnedAway(
        await rawForm(`${world().contoso}/token`, { ...fields, [name]: [value, value] }),
        'request.repeated_parameter',
      );
      expect(line.fields).toMatchObject({ received: name });
    },
  );

  it('also when one of the two is empty or spelled otherwise', async () => {
    await turnedAway(await send({ body: `scope=&${good()}&scope=events%3Aread` }), 'request.repeated_parameter');
    await turnedAway(await send({ body: `${good()}&%73cope=a&scope=b` }), 'request.repeated_parameter');
  });

  it.each([
    ['content-type', { ...formType, 'Content-Type': [formType['Content-Type'], formType['Content-Type']] }],
    ['authorization', { Authorization: ['Basic YTpi', 'Basic YTpi'] }],
    ['authorization', { Authorization: ['Basic YTpi', ''] }],
  ])('BD-05 the header %s twice', async (name, headers) => {
    const answer = await rawForm(`${world().contoso}/token`, world().form(), headers);
    const line = await turnedAway(answer, 'request.repeated_header');
    expect(line.fields).toMatchObject({ received: name });
  });

  it('RFC 8707 §2 `resource` and RFC 8693 §2.1 `audience` may be', async () => {
    const { calendar, contoso } = world();
    const twice = world().form({ resource: [calendar, calendar], audience: [contoso, contoso] });
    expect(await rawForm(`${contoso}/token`, twice)).toMatchObject({ status: 200 });
  });
});

describe('sizes: limits.requestBody', () => {
  const padding = limits.requestBody + 1;

  it('a body that says it is too long is not read', async () => {
    const answer = await send({ body: `${good()}&x=${'x'.repeat(padding)}` });
    await turnedAway(answer, 'request.too_large', 413);
  });

  it('nor one that only turns out to be, in pieces', async () => {
    const chunks = [good(), '&x=', ...Array.from({ length: 9 }, () => 'x'.repeat(8192))];
    await turnedAway(await send({ chunks }), 'request.too_large', 413);
  });

  it('a body of just that length is read, in one piece or several', async () => {
    const fill = (form: string) => `${form}&x=${'x'.repeat(limits.requestBody - form.length - 3)}`;
    expect(await send({ body: fill(good()) })).toMatchObject({ status: 200 });
    const body = fill(good());
    expect(await send({ chunks: [body.slice(0, 100), body.slice(100)] })).toMatchObject({ status: 200 });
  });

  it('many small parameters are too much as well', async () => {
    const many = Array.from({ length: limits.formParameters }, (_, index) => `p${index}=x`).join('&');
    await turnedAway(await send({ body: `${many}&${good()}` }), 'request.too_large', 413);
  });
});

describe('RFC 6749 §5.2 which grant', () => {
  it.each([
    'password',
    'authorization_code',
    'client_credentials',
    'refresh_token',
    'implicit',
    'urn:openid:params:grant-type:ciba',
    'URN:IETF:PARAMS:OAUTH:GRANT-TYPE:JWT-BEARER',
    ' urn:ietf:params:oauth:grant-type:jwt-bearer',
    '__proto__',
    'constructor',
  ])('RFC 9700 §2.4 %s is not offered', async (grant_type) => {
    const answer = await rawForm(`${world().contoso}/token`, world().form({ grant_type }));
    const refused = { reason: 'grant_type.unsupported', status: 400, error: 'unsupported_grant_type' } as const;
    expect(await expectLoggedOnly(world(), answer, refused)).toMatchObject({ fields: { received: grant_type } });
  });

  it.each([undefined, ''])('§3.2 no grant type, or an empty one (%j), is a parameter missing', async (grant_type) => {
    const answer = await rawForm(`${world().contoso}/token`, { ...world().form(), grant_type });
    const line = await turnedAway(answer, 'request.parameter_missing');
    expect(line.fields).toMatchObject({ expected: 'grant_type' });
  });

  it('NT-156 §3.2 an empty assertion counts as not sent, and by then the client is known', async () => {
    for (const assertion of [undefined, '']) {
      const answer = await rawForm(`${world().contoso}/token`, { ...world().form(), assertion });
      const record = await expectRecorded(world(), answer, invalidRequest('request.parameter_missing'));
      expect(record).toMatchObject({ client: names.agentAtContoso, failed: { expected: 'assertion' } });
    }
  });

  it('§3.2 empty parameters that are optional count as not sent', async () => {
    const answer = await rawForm(`${world().contoso}/token`, world().form({ scope: '', resource: '', client_id: '' }));
    expect(answer).toMatchObject({ status: 200, body: { scope: 'events:read' } });
  });
});

describe('RFC 6749 §5 the answer', () => {
  it('§5.1 a token is never cached, and nothing comes with it that was not asked for', async () => {
    const { calendar } = world();
    const { status, headers, body } = await send({ body: good() });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    expect(headers.get('www-authenticate')).toBeNull();
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: 'events:read',
      resource: calendar,
    });
  });

  it('RFC 9449 §8.2 a bound token comes with the nonce for the next proof', async () => {
    const answer = await rawForm(`${world().contoso}/token`, world().form(), { DPoP: world().proof(testKey()) });
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
    expect(answer.headers.get('dpop-nonce')).toBe(world().partner.broker.nonces.current(world().now()));
  });

  it('§5.2 every text we could ever answer with has only the characters an error may have', () => {
    for (const { error, text } of Object.values(refusals)) {
      expect(`${error} ${text}`).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
    }
  });

  it('every 401 names the code the specification ties to it, and a 503 says to try again', () => {
    for (const { status, error } of Object.values(refusals)) {
      if (status === 401)
        expect(['invalid_client', 'invalid_token', 'insufficient_user_authentication']).toContain(error);
      expect(status === 503).toBe(error === 'temporarily_unavailable');
    }
  });

  it('an address where nothing is says so in JSON', async () => {
    expect(await raw(`${world().contoso}/tokens`, { body: good() })).toMatchObject({
      status: 404,
      body: { error: 'not_found' },
    });
  });
});
