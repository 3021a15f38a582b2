// Identity chaining (draft-ietf-oauth-identity-chaining-17) §2.4 at the consumer: plain JWT grants, which have no type of their own.

import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/jose/json.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { startNamedBroker } from '../support/named-broker.ts';
import { desk, usePartner } from '../support/partner.ts';
import { type Expected, expectNeverCached, expectRefused, granted } from '../support/partner-answers.ts';

const partner = usePartner({
  issuers: () => ({
    chain: { accept: { grants: ['jwt'] } },
    both: { accept: { grants: ['id-jag', 'jwt'] } },
    home: {},
  }),
});

describe('§2.4 the grant is redeemed', () => {
  it('IC-11 IC-12 IC-16 for an access token, with the members of RFC 6749 §5.1 and the resource', async () => {
    const answer = await partner().redeem(partner().plainGrant('chain'));
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 60,
      scope: 'events:read',
      resource: partner().domains.calendar,
    });
    expectNeverCached(answer);
    const [record] = await partner().audit(answer);
    expect(record).toMatchObject({ action: 'jwt-bearer', decision: 'granted', rule: 'chain.accept' });
  });

  it('IC-1 whoever brings it: without client_id it is for any client the issuer may send', async () => {
    const { redeem, plainGrant } = partner();
    expect(granted(await redeem(plainGrant('chain', { sub: 'a' })))['client_id']).toBe(names.agentAtContoso);
    const byDesk = await redeem(plainGrant('chain', { sub: 'b' }), { as: desk });
    expect(granted(byDesk)['client_id']).toBe(desk.client_id);
  });

  it('with client_id it is for that client alone', async () => {
    const { redeem, plainGrant } = partner();
    const named = plainGrant('chain', { client_id: names.agentAtContoso });
    await expectRefused(partner(), await redeem(named, { as: desk }), { reason: 'grant.client' });
    granted(await redeem(named));
  });

  it('IC-11 the protected resource may be named with resource', async () => {
    const { redeem, plainGrant, domains } = partner();
    const answer = await redeem(plainGrant('chain'), { with: { resource: domains.calendar } });
    expect(granted(answer)['aud']).toBe(domains.calendar);
    const as = await redeem(plainGrant('chain'), { with: { resource: domains.contoso } });
    await expectRefused(partner(), as, { reason: 'resource.not_governed', error: 'invalid_target' });
  });

  it('IC-23 no refresh token crosses the boundary', async () => {
    const scope = 'events:read offline_access';
    const answer = await partner().redeem(partner().plainGrant('chain', { scope }), { with: { scope } });
    granted(answer);
    expect(answer.body).not.toHaveProperty('refresh_token');
  });

  it('IC-24 IC-25 a grant is good once unless the issuer is allowed more', async () => {
    const assertion = partner().plainGrant('chain', { sub: 'once' });
    granted(await partner().redeem(assertion));
    await expectRefused(partner(), await partner().redeem(assertion), { reason: 'grant.replayed' });
  });
});

describe('§2.4.2 which kind of grant an issuer may send', () => {
  it.each<readonly [title: string, issuer: string, header: Changes, profile: 'id-jag' | 'jwt' | Expected]>([
    ['no typ', 'chain', {}, 'jwt'],
    ['typ JWT', 'chain', { typ: 'JWT' }, 'jwt'],
    ['an issuer of both: no typ', 'both', {}, 'jwt'],
    ['IC-15 a plain grant of an issuer of ID-JAGs', 'home', {}, { reason: 'grant.profile' }],
    ['a typ for something else', 'chain', { typ: 'txntoken+jwt' }, { reason: 'grant.typ' }],
    ['RFC 9068 an access token of that issuer', 'chain', { typ: 'at+jwt' }, { reason: 'grant.typ' }],
    // The type decides which rules hold: a plain grant does not become an ID-JAG by its header.
    [
      'an issuer of both: typ of an ID-JAG on a plain grant',
      'both',
      { typ: 'oauth-id-jag+jwt' },
      { reason: 'grant.claims' },
    ],
  ])('%s', async (_title, issuer, header, profile) => {
    const answer = await partner().redeem(partner().plainGrant(issuer, { sub: JSON.stringify(header) }, header));
    if (typeof profile === 'string') granted(answer);
    else await expectRefused(partner(), answer, profile);
  });

  it('an issuer of both may send an ID-JAG, too', async () => {
    expect(granted(await partner().redeem(partner().grant('both')))['sub']).toBe('both|alice');
  });
});

type Example = {
  readonly jwk: JsonObject;
  readonly token: string;
  readonly vectors: readonly {
    readonly id: string;
    readonly now: number;
    readonly me?: string;
    readonly trusted_issuer?: string;
    readonly profile?: string;
    readonly expect: string;
  }[];
};
const path = new URL('../../fixtures/vectors/identity-chaining-example.json', import.meta.url);
const example: Example = JSON.parse(readFileSync(path, 'utf8'));

const verdicts: Readonly<Record<string, string | null>> = {
  valid: null,
  'as-id-jag': 'grant.profile',
  expired: 'grant.expired',
  'other-audience': 'grant.audience',
  'untrusted-issuer': 'grant.issuer',
  'audience-with-slash': 'grant.audience',
};

describe('§2.3 the only signed grant printed in the drafts', () => {
  it.each(example.vectors)('$id', async ({ id, now, me, trusted_issuer: issuer, profile }) => {
    const accept = { grants: [profile ?? 'jwt'] };
    const broker = await startNamedBroker({
      issuer: me ?? 'https://as.b.example/auth',
      now,
      clientId: 'client-of-b',
      resource: 'https://api.b.example/',
      scopes: [],
      trusted: { issuer: issuer ?? 'https://as.a.example/auth', keys: { keys: [example.jwk] }, accept },
    });
    onTestFinished(() => broker.stop());
    const { status, body, reason } = await broker.redeem(example.token);
    expect(reason).toBe(verdicts[id]);
    expect([status, body['error']]).toEqual(verdicts[id] === null ? [200, undefined] : [400, 'invalid_grant']);
  });
});
