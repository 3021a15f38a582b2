// ID-JAG §4.4.3 and identity chaining §5.5: a grant is good once, or until it expires, and who tries twice at once gets one token.

import { describe, expect, it } from 'vitest';
import { names } from '../../src/testkit/trust-domains.ts';
import { desk, type Partner, start, usePartner } from '../support/partner.ts';
import { expectRefused, granted } from '../support/partner-answers.ts';

const partner = usePartner({
  issuers: () => ({
    once: {},
    twin: {},
    again: { accept: { reuse: 'until_expiry' } },
    plain: { accept: { grants: ['jwt'] } },
  }),
});

const atOnce = (count: number, { redeem }: Partner, assertion: string) =>
  Promise.all(Array.from({ length: count }, () => redeem(assertion, { as: desk })));

describe('identity chaining §5.5 reuse: once', () => {
  it('N-79 the second attempt is refused, even by the same client', async () => {
    const { redeem, grant } = partner();
    const assertion = grant('once', { jti: 'N-79' });
    granted(await redeem(assertion));
    await expectRefused(partner(), await redeem(assertion), {
      reason: 'grant.replayed',
      failed: { received: 'N-79' },
    });
  });

  it('another token with the same iss and jti is the same grant, whatever else it says', async () => {
    const { redeem, grant } = partner();
    granted(await redeem(grant('once', { jti: 'same-jti' })));
    for (const changes of [{ exp: start + 60 }, { sub: 'bob' }, { scope: 'events:write' }]) {
      const other = await redeem(grant('once', { jti: 'same-jti', ...changes }));
      await expectRefused(partner(), other, { reason: 'grant.replayed', failed: { received: 'same-jti' } });
    }
  });

  it('N-82 the same jti of another issuer is another grant', async () => {
    const { redeem, grant } = partner();
    granted(await redeem(grant('once', { jti: 'N-82' })));
    granted(await redeem(grant('twin', { jti: 'N-82' })));
    await expectRefused(partner(), await redeem(grant('twin', { jti: 'N-82' })), { reason: 'grant.replayed' });
  });

  it('N-81 an attempt that fails does not burn the grant; the one that succeeds does', async () => {
    const { redeem, grant } = partner();
    const assertion = grant('once', { jti: 'N-81' });
    const failures = [
      [{ as: desk }, { reason: 'grant.client' }],
      [{ with: { scope: 'events:write' } }, { reason: 'scope.exceeded', error: 'invalid_scope' }],
      [{ with: { resource: 'https://x.example/' } }, { reason: 'resource.not_governed', error: 'invalid_target' }],
      [{ proof: 'no proof' }, { reason: 'dpop_proof.malformed', error: 'invalid_dpop_proof', unauthenticated: true }],
    ] as const;
    for (const [redemption, expected] of failures) {
      const answer = await redeem(assertion, redemption);
      expect([answer.status, answer.body['error']]).toEqual([
        400,
        'error' in expected ? expected.error : 'invalid_grant',
      ]);
      if (!('unauthenticated' in expected)) await expectRefused(partner(), answer, expected);
    }
    granted(await redeem(assertion));
    await expectRefused(partner(), await redeem(assertion), { reason: 'grant.replayed' });
  });

  it('twenty attempts at the same instant: one token, nineteen refusals, all of them on record', async () => {
    const { grant, audit } = partner();
    const answers = await atOnce(20, partner(), grant('once', { client_id: desk.client_id, jti: 'race' }));
    const won = answers.filter(({ status }) => status === 200);
    const lost = answers.filter(({ status }) => status !== 200);
    expect([won.length, lost.length]).toEqual([1, 19]);
    for (const answer of lost) {
      await expectRefused(partner(), answer, { reason: 'grant.replayed', failed: { received: 'race' } });
    }
    const records = (await Promise.all(answers.map(audit))).flat();
    expect(records.filter(({ issued }) => issued !== null)).toHaveLength(1);
  });

  it('N-69 once it has expired it is refused for its age, so that its jti may be forgotten', async () => {
    const { redeem, grant, pass } = partner();
    const assertion = grant('once', { jti: 'old' });
    granted(await redeem(assertion));
    pass(130);
    await expectRefused(partner(), await redeem(assertion), { reason: 'grant.expired' });
    pass(-130);
  });

  it('a plain grant without jti is known by its bytes', async () => {
    const { redeem, plainGrant } = partner();
    const assertion = plainGrant('plain', { sub: 'carol' });
    granted(await redeem(assertion));
    await expectRefused(partner(), await redeem(assertion), {
      reason: 'grant.replayed',
      failed: { received: expect.stringMatching(/^[\w-]{43}$/) },
    });
    granted(await redeem(plainGrant('plain', { sub: 'dave' })));
  });

  it('a plain grant with a jti is known by it', async () => {
    const { redeem, plainGrant } = partner();
    granted(await redeem(plainGrant('plain', { jti: 'plain-1' })));
    const again = await redeem(plainGrant('plain', { jti: 'plain-1', scope: 'events:write' }));
    await expectRefused(partner(), again, { reason: 'grant.replayed', failed: { received: 'plain-1' } });
  });
});

describe('ID-JAG §4.4.3 reuse: until_expiry', () => {
  it('N-80 the client may present the grant again; each time it gets another token', async () => {
    const { redeem, grant } = partner();
    const assertion = grant('again');
    const [first, second] = [granted(await redeem(assertion)), granted(await redeem(assertion))];
    expect(first['sub']).toBe(second['sub']);
    expect(first['jti']).not.toBe(second['jti']);
  });

  it('N-80 many times at the same instant, too', async () => {
    const answers = await atOnce(20, partner(), partner().grant('again', { client_id: desk.client_id }));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  });

  it('A-5 still only that client', async () => {
    const { redeem, grant } = partner();
    const assertion = grant('again', { client_id: names.agentAtContoso });
    granted(await redeem(assertion));
    await expectRefused(partner(), await redeem(assertion, { as: desk }), { reason: 'grant.client' });
  });

  it('and only until it expires; no token lives longer than the grant', async () => {
    const { redeem, grant, pass, now } = partner();
    const assertion = grant('again', { exp: now() + 120 });
    pass(100);
    const late = await redeem(assertion);
    expect(late.body['expires_in']).toBe(20);
    expect(granted(late)['exp']).toBe(start + 120);
    pass(30);
    await expectRefused(partner(), await redeem(assertion), { reason: 'grant.expired' });
    pass(-130);
  });
});
