// What a failing expectation tells: expected and received, the check of the broker, the trace id, and never a token.

import { AssertionError } from 'node:assert';
import type { webcrypto } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answerIn,
  assertActor,
  assertGranted,
  assertRefused,
  assertShrunk,
  clientAssertion,
  craftJwt,
  type Outcome,
  type TrustDomains,
  testKey,
  trustDomains,
} from '../../src/testkit/index.ts';
import '../../src/testkit/vitest.ts';

let world: TrustDomains;
let grant: Outcome;
let access: Outcome;
let replayed: Outcome;
beforeAll(async () => {
  world = await trustDomains({ sockets: false });
  world.clock.set('2027-01-01T00:00:00Z');
  grant = await world.agent
    .at('acme')
    .exchange({ subject: world.agent.signIn(), to: 'contoso', scope: 'calendar.read' });
  access = await world.agent.at('contoso').redeem(grant);
  replayed = await world.agent.at('contoso').redeem(grant);
});
afterAll(() => world.stop());

/** What a failing expectation says. */
function told(expectation: () => void): string {
  try {
    expectation();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    const { message } = error as Error;
    for (const token of [grant.token, access.token]) expect(message).not.toContain(token?.split('.')[1]);
    return message;
  }
  throw new Error('it held');
}

describe('toBeGranted', () => {
  it('holds for what came out, member by member', () => {
    expect(access).toBeGranted();
    expect(access).toBeGranted({
      scope: ['events:read'],
      audience: world.calendar,
      resource: world.calendar,
      subject: 'acme|alice',
      client: 'acme-travel',
      actor: 'spiffe://acme.example/agent/travel',
      tokenType: 'Bearer',
      boundTo: null,
      expiresIn: 300,
      rule: 'acme.accept',
      claims: { iss: world.contoso, jti: expect.any(String) },
    });
    expect(grant).toBeGranted({ kind: 'id-jag', tokenType: 'N_A' });
    expect(replayed).not.toBeGranted();
  });

  it('tells what differs, and how the request went', () => {
    expect(told(() => expect(access).toBeGranted({ scope: 'events:read events:write', client: 'somebody' }))).toBe(
      [
        'a token came out, but not as expected',
        '  scope   expected ["events:read","events:write"]',
        '          received ["events:read"]',
        '  client  expected "somebody"',
        '          received "acme-travel"',
        '',
        '  answer   200 Bearer, scope events:read',
        '  by       https://as.contoso.example',
        '  rule     acme.accept',
        `  trace    ${access.traceId}`,
      ].join('\n'),
    );
  });

  it('tells why there is no token: the check, its section and the remedy', () => {
    const message = told(() => expect(replayed).toBeGranted());
    expect(message).toContain('expected a token, but the request was refused');
    expect(message).toContain('answer   400 invalid_grant: The grant is not acceptable.');
    expect(message).toContain('check    grant.replayed');
    expect(message).toContain('section  identity chaining §5.5');
    expect(message).toContain(`trace    ${replayed.traceId}`);
  });

  it('knows the key a token is bound to', async () => {
    const dpop = testKey();
    const bound = await world.agent.at('acme').exchange({ subject: world.agent.signIn(), to: 'contoso', dpop });
    expect(bound).toBeGranted({ boundTo: dpop });
    const token = await world.agent.at('contoso').redeem(bound, { dpop });
    expect(token).toBeGranted({ boundTo: dpop, tokenType: 'DPoP' });
    expect(await world.agent.call(token, world.calendar, { dpop })).toMatchObject({ status: 200 });
    expect(await world.agent.call(token)).toMatchObject({ status: 401 });
    expect(() => expect(token).toBeGranted({ boundTo: testKey() })).toThrow('boundTo');
  });
});

describe('toBeRefused', () => {
  it('holds for the reason in the record, and for the code outside', () => {
    expect(replayed).toBeRefused();
    expect(replayed).toBeRefused('grant.replayed', { status: 400, error: 'invalid_grant' });
    expect(replayed).toBeRefused('invalid_grant');
    expect(access).not.toBeRefused();
    expect(replayed).not.toBeRefused('grant.expired');
    expect(told(() => expect(replayed).toBeRefused('grant.replaid'))).toContain(
      'no reason of this name; did you mean "grant.replayed"?',
    );
  });

  it('knows from the log why a caller that is in no record was refused', async () => {
    const stranger = clientAssertion('stranger', world.acme, world.agentKey, world.clock.seconds());
    const asStranger = { with: { client_assertion: stranger } };
    const answer = await world.agent
      .at('acme')
      .exchange({ subject: world.agent.signIn(), to: 'contoso', ...asStranger });
    expect(answer.record).toBeUndefined();
    expect(answer).toBeRefused('client.unknown', { status: 401 });
  });

  it('tells which other reason it was, and what was expected and received', () => {
    const message = told(() => expect(replayed).toBeRefused('grant.expired', { received: 'x' }));
    expect(message).toContain('expected a refusal for grant.expired, but it is another');
    expect(message).toContain('reason                 expected "grant.expired"');
    expect(message).toContain('received "grant.replayed"');
    expect(told(() => expect(access).toBeRefused('grant.expired'))).toContain(
      'expected a refusal for grant.expired, but a token came out',
    );
  });

  it('is not fooled by an answer that says other things than the record', () => {
    const lying: Outcome = { ...replayed, status: 200, body: { ...replayed.body, error: 'invalid_request' } };
    expect(told(() => expect(lying).toBeRefused('grant.replayed'))).toContain('error');
    const leaking: Outcome = { ...replayed, token: 'secret' };
    expect(told(() => expect(leaking).toBeRefused('grant.replayed'))).toContain('token in the answer');
    const decision = 'granted' as const;
    const recorded: Outcome = { ...replayed, ...(replayed.record && { record: { ...replayed.record, decision } }) };
    expect(told(() => expect(recorded).toBeRefused('grant.replayed'))).toContain('record');
  });

  it('takes a server that tells no reason by its code', () => {
    const foreign: Outcome = { ...replayed, record: undefined, failed: undefined, traceId: undefined };
    expect(foreign).toBeRefused('grant.replayed');
    expect(foreign).not.toBeRefused('client.unknown');
  });
});

describe('toCarryActor and toShrink', () => {
  const token = (claims: object) => craftJwt({ typ: 'at+jwt' }, { ...claims }, world.agentKey);

  it('see who acts, and the whole chain', () => {
    expect(access).toCarryActor('spiffe://acme.example/agent/travel');
    expect(access).toCarryActor(['spiffe://acme.example/agent/travel']);
    expect(access).not.toCarryActor('spiffe://acme.example/agent/other');
    const chain = token({ act: { sub: 'c', act: { sub: 'b', act: { sub: 'a' } } } });
    expect(chain).toCarryActor('c');
    expect(chain).toCarryActor(['c', 'b', 'a']);
    expect(told(() => expect(chain).toCarryActor('a'))).toContain('chain    c ← b ← a');
    expect(told(() => expect(token({ sub: 'x' })).toCarryActor('a'))).toContain('nobody acts in it');
  });

  it('see what grew: lifetime, scope, resources, and actors that were lost', () => {
    expect(access).toShrink(grant);
    const parent = token({ exp: 100, scope: 'a b', resource: ['https://x/'], act: { sub: 'agent' } });
    const good = { exp: 100, scope: 'a', aud: 'https://x/', act: { sub: 'next', act: { sub: 'agent' } } };
    expect(token(good)).toShrink(parent);
    expect(token({ ...good, scope: 'see' })).toShrink(parent, { scopes: { a: 'see' } });
    for (const [grown, what] of [
      [{ exp: 101 }, 'exp'],
      [{ exp: undefined }, 'exp'],
      [{ scope: 'a c' }, 'scope'],
      [{ aud: 'https://y/' }, 'resource'],
      [{ act: undefined }, 'actors'],
      [{ act: { sub: 'next' } }, 'actors'],
    ] as const) {
      expect(told(() => expect(token({ ...good, ...grown })).toShrink(parent))).toMatch(
        new RegExp(`^  ${what} +expected`, 'm'),
      );
    }
    expect(() => expect('opaque').toShrink(parent)).toThrow('opaque');
    expect(() => expect(replayed).toCarryActor('x')).toThrow('there is no token in this answer');
  });
});

describe('the same as functions', () => {
  it('throw what node:assert throws, with both sides', () => {
    assertGranted(access, { scope: 'events:read' });
    assertRefused(replayed, 'grant.replayed');
    assertActor(access, world.agent.workload);
    assertShrunk(access, grant);
    expect(() => assertShrunk(token({ exp: 2 }), token({ exp: 1 }))).toThrow(AssertionError);
    try {
      assertGranted(access, { subject: 'bob' });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'ERR_ASSERTION',
        operator: 'assertGranted',
        actual: { subject: 'acme|alice' },
        expected: { subject: 'bob' },
      });
    }
  });
  const token = (claims: object) => craftJwt({}, { ...claims }, world.agentKey);
});

describe('the outcome of a request somebody else made', () => {
  const server = () => ({ issuer: world.contoso, token_endpoint: `${world.contoso}/token` });
  const client = { client_id: 'acme-travel' };
  const redeemWith = (assertion: string) =>
    oauth.genericTokenEndpointRequest(
      server(),
      client,
      oauth.PrivateKeyJwt(
        { key: signingKey, kid: world.agentKey.kid },
        { [oauth.modifyAssertion]: (_header, payload) => Object.assign(payload, { aud: world.contoso, ...times() }) },
      ),
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      { assertion },
      { [oauth.customFetch]: world.fetch },
    );
  const times = () => ({ iat: world.clock.seconds(), nbf: world.clock.seconds(), exp: world.clock.seconds() + 30 });
  let signingKey: webcrypto.CryptoKey;
  beforeAll(async () => {
    const { privateJwk } = world.agentKey;
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    signingKey = await crypto.subtle.importKey('jwk', { ...privateJwk }, algorithm, false, ['sign']);
  });

  it('is found by its Response', async () => {
    const response = await redeemWith(String(grant.token));
    expect(await world.outcome(response)).toBeRefused('grant.replayed');
  });

  it('is found by the error that a client library throws', async () => {
    const response = await redeemWith(String(grant.token));
    const error = await oauth
      .processGenericTokenEndpointResponse(server(), client, response)
      .catch((thrown: unknown) => thrown);
    expect(await world.outcome(error as Error)).toBeRefused('grant.replayed');
    expect(await world.outcome(new Error('wrapped', { cause: error }))).toBeRefused('grant.replayed');
  });

  it('is none where no answer hangs on the error', async () => {
    await expect(answerIn(new Error('nothing'))).rejects.toThrow('no answer hangs on this error: nothing');
  });
});
