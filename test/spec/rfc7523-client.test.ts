// RFC 7523 §3.1 and RFC 6749 §2.3: who may bring a JWT grant, and that a bad introduction is refused whatever the grant is worth.

import { describe, it } from 'vitest';
import { grantTypes } from '../../src/protocol/urns.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { desk, usePartner } from '../support/partner.ts';
import { type Expected, expectRefused, expectTurnedAway } from '../support/partner-answers.ts';

const partner = usePartner({ issuers: () => ({ chain: { accept: { grants: ['jwt'] } } }) });

describe('RFC 7523 §3.1 the client', () => {
  it('JB-11 N-77 a client id alone, for a client that has credentials: invalid_client', async () => {
    const answer = await partner().redeem(partner().plainGrant('chain'), {
      as: { client_id: names.agentAtContoso },
    });
    await expectTurnedAway(partner(), answer, { reason: 'client.method' });
  });

  it.each<readonly [string, object, Expected]>([
    ['nobody at all', {}, { reason: 'client.missing' }],
    ['an unknown client', { ...desk, client_id: 'stranger' }, { reason: 'client.unknown' }],
    ['a wrong secret', { ...desk, client_secret: 'guess' }, { reason: 'client.secret' }],
  ])('JB-11 %s: invalid_client, whatever the grant is worth', async (_title, as, expected) => {
    const answer = await partner().redeem(partner().plainGrant('chain'), { as: { ...as } });
    await expectTurnedAway(partner(), answer, expected);
  });

  it('JB-11 a grant is no client assertion, and the other way round', async () => {
    const { redeem, plainGrant, agent, domains, now } = partner();
    const asClient = await redeem(plainGrant('chain'), { as: { ...agent(), client_assertion: plainGrant('chain') } });
    await expectTurnedAway(partner(), asClient, { reason: 'client.unknown' });
    const assertion = clientAssertion(names.agentAtContoso, domains.contoso, domains.agentKey, now());
    await expectRefused(partner(), await redeem(assertion), { reason: 'grant.typ' });
  });

  it('N-78 a client registered for other grants only: unauthorized_client', async () => {
    const basic = Buffer.from(`${names.calendarServer}:${names.calendarSecret}`).toString('base64');
    const form = { grant_type: grantTypes.jwtBearer, assertion: partner().plainGrant('chain') };
    const answer = await partner().domains.partner.token(form, { Authorization: `Basic ${basic}` });
    await expectRefused(partner(), answer, { reason: 'client.grant_not_allowed', error: 'unauthorized_client' });
  });

  it('a client assertion is spent with the request, even when the grant is refused', async () => {
    const { redeem, plainGrant, agent } = partner();
    const as = agent();
    await expectRefused(partner(), await redeem(plainGrant('chain', { aud: 'elsewhere' }), { as }), {
      reason: 'grant.audience',
    });
    await expectRefused(partner(), await redeem(plainGrant('chain'), { as }), {
      reason: 'client_assertion.replayed',
      error: 'invalid_client',
      status: 401,
    });
  });
});
