// RFC 9449 §8, §11.1 and §5.2 at the token endpoint: nonces, proofs that come again, and clients that must send one.

import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/protocol/refusal.ts';
import type { HttpAnswer } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { dpopNonces } from '../../src/token/proofs/nonce.ts';
import { expectLoggedOnly, expectRecorded, rawForm, useWorld, type World } from '../support/http.ts';

const key = testKey();
const bound = 'bound-client';
const world = useWorld({
  main: ({ agentKey }) => ({
    clients: { [bound]: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks }, dpop_bound: true } },
  }),
  accept: () => ({ clients: { [bound]: {} } }),
});
/** One that asks for no nonces. */
const relaxed = useWorld({ main: () => ({ dpop: { nonce: 'optional' } }) });

const send = ({ contoso, form }: World, ...proofs: readonly string[]) =>
  rawForm(`${contoso}/token`, form(), { DPoP: proofs });
const invalid = (reason: Reason) => ({ reason, status: 400, error: 'invalid_dpop_proof' });
const challenged = (answer: HttpAnswer, where = world()) =>
  expectLoggedOnly(where, answer, { reason: 'dpop_proof.nonce', status: 400, error: 'use_dpop_nonce' });

describe('RFC 9449 §8 nonces', () => {
  it('NT-188 none while one is required: told the nonce, which then serves', async () => {
    const line = await send(world(), world().proof(key, { nonce: undefined }));
    await challenged(line);
    const nonce = line.headers.get('dpop-nonce');
    expect(await send(world(), world().proof(key, { nonce }))).toMatchObject({ status: 200 });
  });

  it('the challenge spends nothing: assertion and grant serve again', async () => {
    const { contoso, form, proof } = world();
    const fields = form();
    await challenged(await rawForm(`${contoso}/token`, fields, { DPoP: proof(key, { nonce: undefined }) }));
    expect(await rawForm(`${contoso}/token`, fields, { DPoP: proof(key) })).toMatchObject({ status: 200 });
  });

  it.each<[string, unknown]>([
    ['made up', 'abc'],
    ['empty', ''],
    ['no text', 7],
    ['as long as ours', 'A'.repeat(24)],
    // As long in letters, longer in bytes.
    ['as long as ours in letters only', 'ä'.repeat(24)],
  ])('one that is %s', async (_title, nonce) => {
    await challenged(await send(world(), world().proof(key, { nonce })));
  });

  it('NT-189 one of a protected resource', async () => {
    const nonce = dpopNonces(Buffer.alloc(32), world().calendar, true).current(world().now());
    await challenged(await send(world(), world().proof(key, { nonce })));
  });

  it('DPOP-26 lives for its slot and the next', async () => {
    const nonce = world().partner.broker.nonces.current(world().now());
    world().pass(300);
    expect(await send(world(), world().proof(key, { nonce }))).toMatchObject({ status: 200 });
    world().pass(300);
    await challenged(await send(world(), world().proof(key, { nonce })));
  });

  it('DPOP-14 where none is required one is optional, but a wrong one is refused', async () => {
    const { proof } = relaxed();
    expect(await send(relaxed(), proof(key, { nonce: undefined }))).toMatchObject({ status: 200 });
    expect(await send(relaxed(), proof(key))).toMatchObject({ status: 200 });
    await challenged(await send(relaxed(), proof(key, { nonce: 'made-up' })), relaxed());
  });
});

describe('RFC 9449 §11.1 a proof serves once', () => {
  it('NT-191 a second time', async () => {
    const proof = world().proof(key);
    expect(await send(world(), proof)).toMatchObject({ status: 200 });
    const record = await expectRecorded(world(), await send(world(), proof), invalid('dpop_proof.replayed'));
    expect(record).toMatchObject({ client: names.agentAtContoso });
  });

  it('NT-191 eight at once: one token', async () => {
    const proof = world().proof(key);
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(world(), proof)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      await expectRecorded(world(), answer, invalid('dpop_proof.replayed'));
    }
  });

  it('spelling htu otherwise does not make it another proof', async () => {
    const { contoso } = world();
    const jti = 'one-id';
    expect(await send(world(), world().proof(key, { jti }))).toMatchObject({ status: 200 });
    const again = await send(world(), world().proof(key, { jti, htu: `${contoso}/%74oken?again` }));
    await expectRecorded(world(), again, invalid('dpop_proof.replayed'));
  });

  it('another key may use the same jti', async () => {
    const jti = 'shared-id';
    for (const holder of [testKey(), testKey()]) {
      expect(await send(world(), world().proof(holder, { jti }))).toMatchObject({ status: 200 });
    }
  });

  it('is spent also when the request is refused for something else', async () => {
    const proof = world().proof(key);
    const spoiled = world().form({ scope: 'nobody:knows' });
    const first = await rawForm(`${world().contoso}/token`, spoiled, { DPoP: proof });
    await expectRecorded(world(), first, { reason: 'scope.exceeded', status: 400, error: 'invalid_scope' });
    await expectRecorded(world(), await send(world(), proof), invalid('dpop_proof.replayed'));
  });
});

describe('RFC 9449 §5.2 dpop_bound_access_tokens', () => {
  const fields = () => {
    const { form, credentials, assertion, grant } = world();
    return form({ ...credentials(assertion({ iss: bound, sub: bound })), assertion: grant({ client_id: bound }) });
  };

  it('NT-192 no proof', async () => {
    const answer = await rawForm(`${world().contoso}/token`, fields());
    expect(await expectRecorded(world(), answer, invalid('dpop_proof.missing'))).toMatchObject({ client: bound });
  });

  it('with one', async () => {
    const answer = await rawForm(`${world().contoso}/token`, fields(), { DPoP: world().proof(key) });
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
  });
});
