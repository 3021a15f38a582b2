// design §2.1: a trust with an end. Until its last second all works, nothing that is issued outlives it, then all of it is refused.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metricsText } from '../../src/observe/report.ts';
import { type Home, openHome } from '../support/home.ts';
import { start, usePartner } from '../support/partner.ts';
import { expectRefused, granted } from '../support/partner-answers.ts';
import { sample } from '../support/scrape.ts';

const day = 86_400;
/** Of 18 November 2026, the day the clocks of these tests start in. */
const midnight = Date.parse('2026-11-19T00:00:00Z') / 1000;

describe('what we send', () => {
  let at = start;
  let home: Home;
  beforeAll(async () => {
    home = await openHome({
      now: () => at * 1000,
      acme: () => ({ domains: { contoso: { expires: '2026-11-18' }, login: { expires: '2026-11-19' } } }),
    });
  });
  afterAll(() => home.stop());

  it('ends with the trust, however long the rule would let it live', async () => {
    at = midnight - 30;
    expect((await home.granted(home.idJag())).claims.exp).toBe(midnight);
  });

  it('is refused from then on, and the record says what ended', async () => {
    at = midnight;
    const { error, reason, received, record } = await home.refused(home.idJag());
    expect({ error, reason, received }).toEqual({
      error: 'access_denied',
      reason: 'policy.domain_expired',
      received: 'contoso',
    });
    expect(record).toMatchObject({ domain: 'contoso', remediation: 'domain contoso expired' });
  });

  it('is refused as well when the trust in the issuer of the subject has ended, for our own resources too', async () => {
    at = midnight + day;
    const { reason, record } = await home.refused(home.access());
    expect({ reason, domain: record?.domain }).toEqual({ reason: 'policy.domain_expired', domain: 'login' });
  });
});

describe('what we accept', () => {
  const partner = usePartner({
    issuers: () => ({ good: {}, ending: { expires: '2026-11-18' }, later: { expires: '2026-12-31' } }),
  });
  const redeem = (name: string) => partner().redeem(partner().grant(name));
  const warnings = async () => (await partner().domains.partner.report()).readiness.warnings;

  it('is told in time: a month before, urgently a week before, and when it is over', async () => {
    const renew = 'agree with its contact, then write a later `expires` into its file';
    const told = async () => (await warnings()).filter(({ domain }) => domain === 'later');
    expect(await told()).toEqual([]);
    partner().pass(14 * day);
    expect(await told()).toEqual([
      {
        domain: 'later',
        problem: 'its trust expires in 29 days',
        remedy: `${renew}; past it everything of it is refused`,
      },
    ]);
    partner().pass(23 * day);
    expect(await told()).toMatchObject([
      { problem: 'its trust expires in 6 days', remedy: `urgent: ${renew}; past it everything of it is refused` },
    ]);
    partner().pass(7 * day);
    expect(await told()).toMatchObject([{ problem: 'its trust has expired: everything of it is refused' }]);
    expect((await partner().domains.partner.report()).readiness.ready).toBe(true);
    partner().pass(-44 * day);
  });

  it('is a metric to alert on', async () => {
    const text = await metricsText([await partner().domains.partner.report()]);
    expect(sample(text, 'crossgrant_domain_expires_timestamp_seconds', { domain: 'ending' })).toBe(midnight);
    expect(sample(text, 'crossgrant_domain_expires_timestamp_seconds', { domain: 'good' })).toBeUndefined();
  });

  it('ends with the trust, and is refused from then on', async () => {
    partner().pass(midnight - 30 - partner().now());
    const answer = await redeem('ending');
    granted(answer);
    expect(answer.body['expires_in']).toBe(30);
    const grant = partner().grant('ending');
    partner().pass(30);
    const record = await expectRefused(partner(), await partner().redeem(grant), {
      error: 'access_denied',
      reason: 'policy.domain_expired',
      failed: { received: 'ending' },
    });
    expect(record).toMatchObject({ domain: 'ending', remediation: 'domain ending expired' });
    granted(await redeem('good'));
  });
});
