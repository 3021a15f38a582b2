// Who may ask for a token exchange (N-35 to N-39): the client authenticates, once per assertion, as it is registered.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome } from '../support/home.ts';

let home: Home;
beforeAll(async () => {
  home = await openHome({
    acme: ({ agentKey }) => ({
      main: {
        clients: {
          'grants-only': { auth: { method: 'private_key_jwt', jwks: agentKey.jwks }, grants: ['jwt-bearer'] },
          'bound-only': { auth: { method: 'private_key_jwt', jwks: agentKey.jwks }, dpop_bound: true },
        },
      },
    }),
  });
});
afterAll(() => home.stop());

describe('RFC 8693 §2.1: who asks', () => {
  const mine = () => home.credentials(names.agent);
  it.each<[string, () => FormFields, object]>([
    [
      'N-35: has to authenticate',
      () => ({ client_assertion: undefined, client_assertion_type: undefined }),
      { reason: 'client.missing' },
    ],
    [
      'N-36: addresses the issuer, not the token endpoint (RFC 10070)',
      () => home.credentials(names.agent, { aud: `${home.acme}/token` }),
      { reason: 'client_assertion.audience' },
    ],
    [
      'N-37: addresses nobody else beside',
      () => home.credentials(names.agent, { aud: [home.acme, home.contoso] }),
      { reason: 'client_assertion.audience' },
    ],
    ['is registered', () => home.credentials('stranger'), { reason: 'client.unknown', received: 'stranger' }],
  ])('%s', async (_, changes, wanted) => {
    const refused = await home.refused(home.idJag(changes()));
    expect(refused).toMatchObject({ status: 401, error: 'invalid_client', record: undefined, ...wanted });
    expect(refused.headers.get('WWW-Authenticate')).toMatch(/^Basic realm=/);
  });

  it('N-39: uses each client assertion once, also for a request that was refused', async () => {
    const once = mine();
    const first = await home.refused(home.idJag({ ...once, audience: 'https://nobody.example' }));
    expect(first).toMatchObject({ reason: 'target.unknown' });
    const again = await home.refused(home.idJag(once));
    expect(again).toMatchObject({ status: 401, error: 'invalid_client', reason: 'client_assertion.replayed' });
    expect(again.record).toMatchObject({ client: names.agent, reason: 'client_assertion.replayed' });
  });

  it('may use this grant type only when it is registered for it', async () => {
    const refused = await home.refused(home.idJag(home.credentials('grants-only')));
    expect(refused).toMatchObject({ status: 400, error: 'unauthorized_client', reason: 'client.grant_not_allowed' });
    expect(refused.record?.failed).toMatchObject({ received: grantTypes.tokenExchange });
  });

  it('has to send a DPoP proof when it is registered so (RFC 9449 §5.2)', async () => {
    const refused = await home.refused(home.idJag(home.credentials('bound-only')));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_dpop_proof', reason: 'dpop_proof.missing' });
  });
});
