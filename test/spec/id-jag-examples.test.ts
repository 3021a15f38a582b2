// The ID-JAG the draft prints (§3.1), signed here: taken at the issuer it is meant for, and refused when anything REQUIRED is gone.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/jose/json.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt } from '../../src/testkit/tokens.ts';
import { type NamedBroker, startNamedBroker } from '../support/named-broker.ts';

type Example = {
  readonly header: Changes;
  readonly claims: JsonObject & { readonly iat: number; readonly exp: number };
  readonly required: readonly string[];
  readonly dpop_bound_adds: Changes;
};
const path = new URL('../../fixtures/vectors/spec-example-claims.json', import.meta.url);
const { id_jag: example }: { readonly id_jag: Example } = JSON.parse(readFileSync(path, 'utf8'));

const key = testKey();
const sign = (changes: Changes) => craftJwt(example.header, { ...example.claims, ...changes }, key);

const start = (lifetime: string) =>
  startNamedBroker({
    issuer: String(example.claims['aud']),
    now: example.claims.iat + 30,
    clientId: String(example.claims['client_id']),
    resource: String(example.claims['resource']),
    scopes: ['chat.read', 'chat.history'],
    trusted: {
      issuer: String(example.claims['iss']),
      keys: key.jwks,
      accept: { grants: ['id-jag'], max_grant_lifetime: lifetime },
    },
  });

let chat: NamedBroker;
beforeAll(async () => {
  chat = await start('20m');
});
afterAll(() => chat.stop());

describe('ID-JAG §3.1 the printed example', () => {
  it('is taken', async () => {
    const { status, body } = await chat.redeem(sign({ jti: example.claims['jti'] }));
    expect([status, body['scope'], body['resource']]).toEqual([
      200,
      'chat.read chat.history',
      example.claims['resource'],
    ]);
  });

  it.each(example.required)('without %s it is refused', async (claim) => {
    const { status, body } = await chat.redeem(sign({ jti: `without ${claim}`, [claim]: undefined }));
    expect([status, body['error']]).toEqual([400, 'invalid_grant']);
  });

  it('§9.8 bound to a key it is refused without the key', async () => {
    expect(await chat.redeem(sign({ jti: 'bound', ...example.dpop_bound_adds }))).toMatchObject({
      status: 400,
      reason: 'grant.proof_missing',
    });
  });

  it('lives longer than our ceiling allows unless configured: sixteen minutes are not minutes', async () => {
    const strict = await start('5m');
    expect(await strict.redeem(sign({ jti: 'long' }))).toMatchObject({ status: 400, reason: 'grant.lifetime' });
    await strict.stop();
  });
});
