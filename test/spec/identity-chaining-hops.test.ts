// Chains of more than two domains (digest §11.3): a partner sends on what came from us, and never back to us.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { postForm } from '../../src/testkit/http.ts';
import { clientAssertion, craftJwt } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const third = 'https://as.third.example';
const agentAtThird = 'contoso-travel';

/** The middle of the chain: contoso takes grants of acme, and sends its own access tokens on. */
let middle: Home;
beforeAll(async () => {
  middle = await openMiddle('agent');
});
afterAll(() => middle.stop());

/** `actor` is what acme says of its agents: named, or not at all. */
function openMiddle(actor: 'agent' | 'carry'): Promise<Home> {
  const onwards = { clients: { [names.agentAtContoso]: agentAtThird } };
  return openHome({
    side: 'partner',
    acme: () => ({ domains: { contoso: { send: { actor } } } }),
    contoso: ({ acme, contoso, agentKey }) => ({
      main: {
        clients: {
          [names.agentAtContoso]: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } },
          'other-agent': { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } },
        },
      },
      domains: {
        ourselves: {
          issuer: contoso,
          contact: 'iam@contoso.example',
          subjects: {
            tokens: ['access_token'],
            clients: { [names.agentAtContoso]: names.agentAtContoso, 'other-agent': 'other-agent' },
          },
        },
        acme: {
          issuer: acme,
          accept: { clients: { [names.agentAtContoso]: { auth: null } }, lifetime: '20m' },
          send: { grant: 'jwt', ...onwards },
        },
        third: partner(third, { grant: 'jwt', ...onwards, scopes: { 'events:read': 'see' }, lifetime: '30m' }),
      },
    }),
  });
}

/** Leg one and two of the chain: an access token of contoso, made from a grant of acme. */
async function accessAtContoso(at: Home = middle): Promise<string> {
  const grant = await at.home.token({
    grant_type: grantTypes.tokenExchange,
    requested_token_type: tokenTypes.idJag,
    audience: at.contoso,
    scope: 'calendar.read',
    subject_token: at.idp.idToken(names.agentAtLogin),
    subject_token_type: tokenTypes.idToken,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: clientAssertion(names.agent, at.acme, at.agentKey, at.now()),
  });
  const redeemed = await at.partner.token({
    ...at.credentials(names.agentAtContoso),
    grant_type: grantTypes.jwtBearer,
    assertion: String(grant.body['access_token']),
  });
  expect(redeemed.status).toBe(200);
  return String(redeemed.body['access_token']);
}

const onwards = (
  audience: string,
  subject_token: string,
  client: string = names.agentAtContoso,
  at: Home = middle,
) => ({
  ...at.credentials(client),
  grant_type: grantTypes.tokenExchange,
  requested_token_type: tokenTypes.jwt,
  audience,
  subject_token,
  subject_token_type: tokenTypes.accessToken,
});

describe('digest §11.3: a third domain', () => {
  it('sees the user as the second knows her, and the agent behind every hop', async () => {
    const token = await accessAtContoso();
    const { claims, record } = await middle.granted(onwards(third, token));
    expect(claims).toMatchObject({
      iss: middle.contoso,
      aud: third,
      sub: 'acme|alice',
      client_id: agentAtThird,
      scope: 'see',
      act: { iss: middle.acme, sub: names.workload },
    });
    // One transaction id through all three domains.
    const [first] = await middle.home.broker.store.auditPage(0, 1);
    expect([claims['txn'], record.txn]).toEqual([first?.record.txn, first?.record.txn]);
  });

  it('gets nothing that outlives what came before', async () => {
    const token = await accessAtContoso();
    const parent: { readonly exp: number } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { claims } = await middle.granted(onwards(third, token));
    // The rule alone would allow half an hour.
    expect(claims.exp).toBe(parent.exp);
  });

  it('N-124: is not the first one again', async () => {
    const refused = await middle.refused(onwards(middle.acme, await accessAtContoso()));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_target', reason: 'target.loop' });
    expect(refused.received).toBe(middle.acme);
    expect(refused.record).toMatchObject({ client: names.agentAtContoso, reason: 'target.loop' });
  });

  it('N-124: nor where no actor tells of it: we remember where our own token came from', async () => {
    const silent = await openMiddle('carry');
    try {
      const token = await accessAtContoso(silent);
      const sendingOn = (audience: string) => onwards(audience, token, names.agentAtContoso, silent);
      expect((await silent.granted(sendingOn(third))).claims).not.toHaveProperty('act');
      expect(await silent.refused(sendingOn(silent.acme))).toMatchObject({ status: 400, reason: 'target.loop' });
    } finally {
      await silent.stop();
    }
  });

  it('is not for another client of the second (same-client rule)', async () => {
    const refused = await middle.refused(onwards(third, await accessAtContoso(), 'other-agent'));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_request', reason: 'subject_token.client' });
  });

  it('is out of reach once the token is revoked (RFC 7009)', async () => {
    const token = await accessAtContoso();
    const revoked = await postForm(`${middle.contoso}/revoke`, { token, ...middle.credentials(names.agentAtContoso) });
    expect(revoked.status).toBe(200);
    const refused = await middle.refused(onwards(third, token));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_request', reason: 'subject_token.revoked' });
    const asActor = { actor_token: token, actor_token_type: tokenTypes.accessToken };
    const actorRefused = await middle.refused({ ...onwards(third, await accessAtContoso()), ...asActor });
    expect(actorRefused).toMatchObject({ status: 400, error: 'invalid_request', reason: 'actor_token.revoked' });
  });

  it('takes no token that only says it is ours', async () => {
    const [, payload = ''] = (await accessAtContoso()).split('.');
    const claims: object = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = craftJwt({ typ: 'at+jwt' }, { ...claims }, middle.agentKey);
    const refused = await middle.refused(onwards(third, forged));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_request', reason: 'subject_token.key' });
  });
});
