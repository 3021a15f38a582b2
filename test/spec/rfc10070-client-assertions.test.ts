// RFC 7523 §3 as RFC 10070 updates it: a client that signs says who it is to us alone, once, and for a short time.

import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/protocol/refusal.ts';
import { grantTypes } from '../../src/protocol/urns.ts';
import type { FormFields, HttpAnswer } from '../../src/testkit/http.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { basic, expectLoggedOnly, expectRecorded, useWorld, type World } from '../support/http.ts';

const old = 'old-client';
const secretClient = 'desk';
const secret = 'desk-secret-for-these-tests-only';
const unreachable = 'client-behind-a-dead-url';
const world = useWorld({
  env: { DESK_SECRET: secret },
  main: ({ agentKey }) => ({
    clients: {
      [old]: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks, audience: 'token_endpoint' } },
      [secretClient]: { auth: { method: 'client_secret_basic', secret: { env: 'DESK_SECRET' } } },
      // Nothing listens on port 1.
      [unreachable]: { auth: { method: 'private_key_jwt', jwks: { url: 'http://127.0.0.1:1/jwks' } } },
    },
  }),
  accept: () => ({ clients: { [old]: {}, [secretClient]: {}, [unreachable]: {} } }),
});

const invalidClient = (reason: Reason) => ({ reason, status: 401, error: 'invalid_client' });
const refusedClient = (answer: HttpAnswer, reason: Reason) => expectLoggedOnly(world(), answer, invalidClient(reason));
const send = (fields: FormFields, headers: Readonly<Record<string, string>> = {}) =>
  world().partner.token(world().form(fields), headers);
const asserted = (changes: Changes, header: Changes = {}) =>
  send(world().credentials(world().assertion(changes, header)));

type Make = (world: World) => Changes;

describe('RFC 10070 §4 the audience', () => {
  it.each<[string, Make]>([
    ['NT-140 N-36 the token endpoint', ({ contoso }) => ({ aud: `${contoso}/token` })],
    ['NT-141 N-37 issuer and token endpoint', ({ contoso }) => ({ aud: [contoso, `${contoso}/token`] })],
    ['N-37 the issuer and somebody else', ({ contoso, acme }) => ({ aud: [contoso, acme] })],
    ['the issuer twice', ({ contoso }) => ({ aud: [contoso, contoso] })],
    ['NT-143 the issuer with a slash behind', ({ contoso }) => ({ aud: `${contoso}/` })],
    ['the issuer in other letters', ({ contoso }) => ({ aud: contoso.toUpperCase() })],
    ['the introspection endpoint', ({ contoso }) => ({ aud: `${contoso}/introspect` })],
    ['nobody', () => ({ aud: undefined })],
    ['an empty list', () => ({ aud: [] })],
    ['an object', ({ contoso }) => ({ aud: { [contoso]: true } })],
  ])('%s is not the audience', async (_title, make) => {
    await refusedClient(await asserted(make(world())), 'client_assertion.audience');
  });

  it('NT-142 the issuer as a list of one is', async () => {
    expect(await asserted({ aud: [world().contoso] })).toMatchObject({ status: 200 });
  });

  it('CA-02 a client registered for the old audience may address the token endpoint, and nothing else', async () => {
    const { contoso, acme, grant } = world();
    const by = (aud: unknown) => {
      const assertion = world().assertion({ iss: old, sub: old, aud });
      return send({ ...world().credentials(assertion), assertion: grant({ client_id: old }) });
    };
    for (const aud of [contoso, `${contoso}/token`]) expect(await by(aud)).toMatchObject({ status: 200 });
    for (const aud of [`${contoso}/introspect`, acme, [contoso, `${contoso}/token`]]) {
      await refusedClient(await by(aud), 'client_assertion.audience');
    }
  });
});

describe('RFC 10070 §3 the type', () => {
  it.each([undefined, 'JWT', 'client-authentication+jwt', 'application/client-authentication+jwt'])(
    'NT-145 N-38 typ %s is taken',
    async (typ) => {
      expect(await asserted({}, { typ })).toMatchObject({ status: 200 });
    },
  );

  it.each(['dpop+jwt', 'at+jwt', 'application/at+jwt', 'secevent+jwt', 'oauth-id-jag+jwt', 'client-authentication'])(
    'NT-144 typ %s is another kind of token',
    async (typ) => {
      const line = await refusedClient(await asserted({}, { typ }), 'client_assertion.typ');
      expect(line.fields).toMatchObject({ received: typ.replace('application/', '') });
    },
  );
});

describe('RFC 7523 §3 who says so, when, and once', () => {
  it.each<[string, Make, Reason]>([
    ['NT-146 iss and sub differ', () => ({ sub: 'somebody-else' }), 'client_assertion.issuer'],
    ['no sub', () => ({ sub: undefined }), 'client_assertion.issuer'],
    ['no iss', () => ({ iss: undefined }), 'client_assertion.issuer'],
    ['an iss that is no string', () => ({ iss: [names.agentAtContoso] }), 'client_assertion.issuer'],
    ['a client nobody registered', () => ({ iss: 'stranger', sub: 'stranger' }), 'client.unknown'],
    ['a name of every object', () => ({ iss: '__proto__', sub: '__proto__' }), 'client.unknown'],
    ['NT-147 no exp', () => ({ exp: undefined }), 'client_assertion.claims'],
    ['exp as a string', ({ now }) => ({ exp: String(now() + 60) }), 'client_assertion.claims'],
    ['NT-147 an exp that has passed', ({ now }) => ({ exp: now() - 11 }), 'client_assertion.expired'],
    ['NT-147 an exp an hour ahead', ({ now }) => ({ exp: now() + 3600 }), 'client_assertion.lifetime'],
    ['a long life counted from an old iat', ({ now }) => ({ iat: now() - 290 }), 'client_assertion.lifetime'],
    ['an iat in the future', ({ now }) => ({ iat: now() + 61, exp: now() + 120 }), 'client_assertion.not_yet_valid'],
    ['an nbf in the future', ({ now }) => ({ nbf: now() + 61, exp: now() + 120 }), 'client_assertion.not_yet_valid'],
    ['no jti', () => ({ jti: undefined }), 'client_assertion.claims'],
    ['an empty jti', () => ({ jti: '' }), 'client_assertion.claims'],
    ['a jti longer than we remember', () => ({ jti: 'x'.repeat(256) }), 'client_assertion.claims'],
  ])('%s', async (_title, make, reason) => {
    await refusedClient(await asserted(make(world())), reason);
  });

  it('BD-08 clocks may differ a little: iat 10 s ahead, exp 9 s ago, no iat at all', async () => {
    const { now } = world();
    for (const changes of [{ iat: now() + 10 }, { iat: now() - 60, exp: now() - 9 }, { iat: undefined }]) {
      expect(await asserted(changes)).toMatchObject({ status: 200 });
    }
  });

  it('the words of an assertion that has expired say so', async () => {
    const { body } = await asserted({ exp: world().now() - 11 });
    expect(body['error_description']).toBe('The client assertion has expired.');
  });

  it('NT-148 N-39 the same jti twice, in one and in another assertion', async () => {
    const jti = 'an-id-of-its-own';
    expect(await asserted({ jti })).toMatchObject({ status: 200 });
    const record = await expectRecorded(world(), await asserted({ jti }), invalidClient('client_assertion.replayed'));
    expect(record).toMatchObject({ client: names.agentAtContoso, failed: { received: jti } });
  });

  it('NT-148 eight at once with the same assertion: one gets a token', async () => {
    const credentials = world().credentials();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(credentials)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      await expectRecorded(world(), answer, invalidClient('client_assertion.replayed'));
    }
  });

  it('NT-148 an assertion spent at one endpoint is spent at all of them', async () => {
    const credentials = world().credentials();
    expect(await send(credentials)).toMatchObject({ status: 200 });
    for (const endpoint of ['introspect', 'revoke']) {
      const answer = await world().partner.post(endpoint, { token: 'any', ...credentials });
      await expectRecorded(world(), answer, invalidClient('client_assertion.replayed'));
    }
  });

  it('client_id beside it must name the same client', async () => {
    expect(await send({ client_id: names.agentAtContoso })).toMatchObject({ status: 200 });
    await refusedClient(await send({ client_id: old }), 'client.id_mismatch');
  });
});

describe('RFC 6749 §2.3 one method', () => {
  it('NT-153 an assertion and a secret in the form', async () => {
    const answer = await send({ client_id: names.agentAtContoso, client_secret: secret });
    await expectLoggedOnly(world(), answer, severalMethods);
  });

  it('NT-153 an assertion and Basic', async () => {
    await expectLoggedOnly(world(), await send({}, basic(secretClient, secret)), severalMethods);
  });

  it('N-35 no credentials', async () => {
    const answer = await send({ client_assertion: undefined, client_assertion_type: undefined });
    await refusedClient(answer, 'client.missing');
  });

  it('RFC 7521 §4.2 both parameters or neither', async () => {
    const noType = await send({ client_assertion_type: undefined });
    await refusedClient(noType, 'client.malformed');
    const noAssertion = await send({ client_assertion: undefined });
    await expectLoggedOnly(world(), noAssertion, {
      reason: 'request.parameter_missing',
      status: 400,
      error: 'invalid_request',
    });
  });

  it('RFC 7522 a SAML assertion is none', async () => {
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer';
    await refusedClient(await send({ client_assertion_type }), 'client.malformed');
  });

  it('an assertion of a client that is registered with a secret', async () => {
    const credentials = world().credentials(world().assertion({ iss: secretClient, sub: secretClient }));
    await refusedClient(await send(credentials), 'client.method');
  });

  it('a client whose keys cannot be fetched now: try again, nothing is known of the assertion', async () => {
    const credentials = world().credentials(world().assertion({ iss: unreachable, sub: unreachable }));
    await expectLoggedOnly(world(), await send(credentials), {
      reason: 'client_assertion.unavailable',
      status: 503,
      error: 'temporarily_unavailable',
    });
  });
});

describe('§6.1 kinds that are easily confused', () => {
  it('NT-154 a grant as a client assertion, and the reverse', async () => {
    const { grant, credentials, assertion, contoso } = world();
    await refusedClient(await send(credentials(grant())), 'client.unknown');
    const posing = grant({ iss: names.agentAtContoso, sub: names.agentAtContoso, aud: contoso });
    await refusedClient(await send(credentials(posing)), 'client_assertion.typ');
    const answer = await send({ grant_type: grantTypes.jwtBearer, assertion: assertion() });
    await expectRecorded(world(), answer, { reason: 'grant.typ', status: 400, error: 'invalid_grant' });
  });
});

const severalMethods = { reason: 'client.several_methods', status: 400, error: 'invalid_request' } as const;
