// Whatever bytes come in: an answer in JSON with a trace id, never a 5xx, and never a token nobody asked for properly.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantTypes } from '../../src/protocol/urns.ts';
import { encodeForm, type HttpAnswer } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { anyCharacter } from '../support/any-text.ts';
import { basic, formType, type RawRequest, raw, useWorld } from '../support/http.ts';

const world = useWorld();
const key = testKey();
/** Long enough to find something, short enough for every run of the tests. */
const budget = { numRuns: 10_000, interruptAfterTimeLimit: 400, markInterruptAsFailure: false };
const endpoint = fc.constantFrom('token', 'introspect', 'revoke');

const send = (name: string, request: RawRequest) => raw(`${world().contoso}/${name}`, request);

function expectSober({ status, headers, body }: HttpAnswer) {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(Object.keys(body)).toEqual(['error', 'error_description', 'trace_id']);
  expect(body['trace_id']).toMatch(/^[0-9a-f]{32}$/);
  expect(body['trace_id']).toBe(headers.get('crossgrant-trace-id'));
}

/** Values that once broke somebody's parser, beside anything at all. */
const nasty = fc.constantFrom(
  '',
  '%',
  '__proto__',
  'null',
  '{}',
  '[]',
  'e30.e30.e30',
  'a'.repeat(20_000),
  '\u0000',
  '💥',
  'ä:ö',
);
const value = fc.oneof(fc.string({ unit: anyCharacter }), fc.string(), nasty);
const known = [
  'grant_type',
  'assertion',
  'client_assertion',
  'client_assertion_type',
  'client_id',
  'client_secret',
  'token',
  'subject_token',
  'subject_token_type',
  'scope',
  'resource',
  'audience',
  'authorization_details',
];
const parameter = fc.tuple(fc.oneof(fc.constantFrom(...known), fc.string()), value);
/** Header values as HTTP lets them be sent. */
const headerText = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });

describe('RFC 6749 §5.2 hostile requests', () => {
  it('random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(endpoint, fc.uint8Array({ maxLength: 300 }), async (name, bytes) => {
        expectSober(await send(name, { body: bytes }));
      }),
      budget,
    );
  });

  it('random forms and headers', async () => {
    const headers = fc.record({ authorization: headerText, dpop: headerText }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(endpoint, fc.array(parameter, { maxLength: 12 }), headers, async (name, pairs, more) => {
        const body = new URLSearchParams([['grant_type', grantTypes.jwtBearer], ...pairs]).toString();
        expectSober(await send(name, { body, headers: { ...formType, ...more } }));
      }),
      budget,
    );
  });

  it('good requests with one byte changed', async () => {
    const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(change, async ({ at, to }) => {
        const body = Buffer.from(encodeForm(world().form()));
        body[at % body.length] = to;
        const answer = await send('token', { body });
        // A few changes mean nothing: the same byte, another spelling, a parameter nobody reads.
        if (answer.status === 200) return;
        refused += 1;
        expectSober(answer);
      }),
      budget,
    );
    expect(refused).toBeGreaterThan(0);
  });

  it('known clients with one strange parameter', async () => {
    const strange = fc.tuple(fc.constantFrom('assertion', 'scope', 'resource', 'authorization_details'), value);
    await fc.assert(
      fc.asyncProperty(strange, async ([name, text]) => {
        const answer = await send('token', { body: encodeForm(world().form({ [name]: text })) });
        if (answer.status !== 200) expectSober(answer);
        else expect(name === 'assertion').toBe(false);
      }),
      budget,
    );
  });

  it('known clients that ask about anything', async () => {
    const headers = { ...formType, ...basic(names.calendarServer, names.calendarSecret) };
    await fc.assert(
      fc.asyncProperty(value, async (token) => {
        const answer = await send('introspect', { body: encodeForm({ token }), headers });
        if (answer.status === 200) expect(answer.text).toBe('{"active":false}');
        else expectSober(answer);
      }),
      budget,
    );
  });

  it('proofs with strange claims', async () => {
    // A longer header is refused by Node itself, with a 431 (RFC 6585 §5).
    const short = value.filter((text) => text.length < 5_000);
    const claim = fc.constantFrom('jti', 'htm', 'htu', 'iat', 'nonce');
    await fc.assert(
      fc.asyncProperty(claim, fc.oneof(fc.jsonValue(), short), async (name, strange) => {
        const { form, proof } = world();
        const DPoP = proof(key, { [name]: strange });
        const answer = await send('token', { body: encodeForm(form()), headers: { ...formType, DPoP } });
        // Any new text is a good jti.
        if (answer.status === 200) expect([name, typeof strange]).toEqual(['jti', 'string']);
        else expectSober(answer);
      }),
      budget,
    );
  });

  it('after all of it, good requests are answered', async () => {
    expect(await send('token', { body: encodeForm(world().form()) })).toMatchObject({ status: 200 });
    expect(world().logged.filter(({ message }) => message !== 'refused')).toEqual([]);
  });
});
