// A rehearsed request is decided as the real one is, and leaves nothing behind.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/audit/record.ts';
import { tokenTypes } from '../../src/protocol/urns.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { recordedRequest } from '../../src/token/recorded.ts';
import { rehearse, type SupposedRequest } from '../../src/token/rehearsal.ts';
import { type Home, openHome } from '../support/home.ts';

type Supposed = SupposedRequest & Required<Pick<SupposedRequest, 'authority'>>;

let home: Home;
beforeAll(async () => {
  home = await openHome({
    acme: () => ({ domains: { contoso: { send: { when: { groups: ['travel', 'sales'] } } } } }),
  });
});
afterAll(() => home.stop());

/** The wish behind `home.idJag()`, on the authority of claims alone. */
const wish = (changes: Partial<Supposed> = {}): Supposed => ({
  action: 'token-exchange',
  client: names.agent,
  authority: {
    presented: 'id_token',
    claims: { iss: home.login, sub: 'alice', groups: ['travel'], email: 'alice@acme.example' },
  },
  parameters: {
    requested_token_type: [tokenTypes.idJag],
    audience: [home.contoso],
    resource: [home.calendar],
    scope: ['calendar.read'],
  },
  ...changes,
});
const rehearsed = (supposed: SupposedRequest) => rehearse(supposed, home.home.broker);

describe('a rehearsed token exchange', () => {
  it('comes to the rule and claims of the real one', async () => {
    const real = await home.granted(home.idJag());
    const told = await rehearsed(wish());
    if (!told.granted) throw told.refusal;
    expect(told.decision.rule.id).toBe(real.record.rule);
    const { jti: _jti, iat: _iat, exp: _exp, txn: _txn, auth_time: _at, acr: _acr, amr: _amr, ...same } = real.claims;
    expect(told.draft?.claims).toMatchObject(same);
  });

  it('writes and spends nothing', async () => {
    const { store } = home.home.broker;
    const before = await store.chainEnds();
    const told = await rehearsed(wish());
    expect(told.granted).toBe(true);
    expect(await store.chainEnds()).toEqual(before);
    if (told.granted) expect(await store.findToken(told.draft?.claims.jti ?? '')).toBeUndefined();
  });

  it.each<readonly [string, (given: Supposed) => Supposed]>([
    ['client.unknown', (given) => ({ ...given, client: 'nobody' })],
    ['grant_type.unsupported', (given) => ({ ...given, action: 'password' })],
    ['subject_token.issuer', (given) => claims(given, { iss: 'https://elsewhere.example' })],
    ['subject_token.type', (given) => ({ ...given, authority: { ...given.authority, presented: 'jwt' } })],
    ['policy.condition', (given) => claims(given, { groups: ['kitchen'] })],
    ['target.unknown', (given) => parameters(given, { audience: ['https://elsewhere.example'] })],
    ['scope.none', (given) => parameters(given, { scope: ['calendar.delete'] })],
    ['target.loop', (given) => claims(given, { act: { iss: home.contoso, sub: 'agent' } })],
  ])('is refused with %s as the real one would be', async (reason, changed) => {
    const told = await rehearsed(changed(wish()));
    expect(told.granted ? 'granted' : told.refusal.reason).toBe(reason);
  });
});

describe('a rehearsed redemption', () => {
  const redemption = (changes: Record<string, unknown> = {}): SupposedRequest => ({
    action: 'jwt-bearer',
    client: names.agentAtContoso,
    authority: { presented: 'id-jag', claims: { iss: home.acme, sub: 'alice', scope: 'events:read', ...changes } },
    parameters: { resource: [home.calendar] },
  });
  const atPartner = (supposed: SupposedRequest) => rehearse(supposed, home.partner.broker);

  it('names the subject as the partner does', async () => {
    const told = await atPartner(redemption());
    expect(told.granted && told.draft?.claims).toMatchObject({ sub: 'acme|alice', aud: home.calendar });
  });

  it.each<readonly [string, Record<string, unknown>]>([
    ['grant.issuer', { iss: 'https://elsewhere.example' }],
    ['grant.own_issuer', { iss: 'ours' }],
    ['grant.client', { client_id: 'somebody-else' }],
    ['grant.tenant', { tenant: 't1' }],
  ])('is refused with %s as the real one would be', async (reason, changes) => {
    const told = await atPartner(redemption(changes['iss'] === 'ours' ? { iss: home.contoso } : changes));
    expect(told.granted ? 'granted' : told.refusal.reason).toBe(reason);
  });
});

describe('what was asked', () => {
  it('is kept in the record, so that the decision can be made again', async () => {
    const { record } = await home.granted(home.idJag());
    expect(record.asked).toEqual({
      presented: 'id_token',
      kind: 'id-jag',
      audience: [home.contoso],
      resource: [home.calendar],
      scope: ['calendar.read'],
      claims: { groups: ['travel'] },
    });
  });

  it('is kept of a refusal too, and never with a token in it', async () => {
    const token = home.idp.idToken(names.agentAtLogin);
    const { record } = await home.refused(home.idJag({ scope: `calendar.delete ${token}` }));
    expect(record?.asked?.scope).toEqual(['calendar.delete', '(token)']);
  });

  it('is kept where nothing leads there, so that a plan can tell who has been waiting for it', async () => {
    const { record } = await home.refused(home.idJag({ audience: 'https://nobody.example' }));
    expect(record?.reason).toBe('target.unknown');
    expect(record?.asked).toMatchObject({ kind: 'id-jag', audience: ['https://nobody.example'] });
  });

  it('tells of a grant what it conveyed', async () => {
    const grant = await home.granted(home.idJag());
    const answer = await home.partner.token({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: String(grant.body['access_token']),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      ...atContoso(),
    });
    const [stored] = await home.partner.broker.store.findAudit(answer.headers.get('crossgrant-trace-id') ?? '');
    expect(stored?.record.asked).toEqual({
      presented: 'id-jag',
      held: { scope: ['events:read'], resource: [home.calendar] },
      actors: true,
    });
  });
});

function claims(given: Supposed, changes: Record<string, unknown>): Supposed {
  return { ...given, authority: { ...given.authority, claims: { ...given.authority.claims, ...changes } } };
}

function parameters(given: Supposed, changes: Supposed['parameters']): Supposed {
  return { ...given, parameters: { ...given.parameters, ...changes } };
}

function atContoso() {
  return { client_assertion: clientAssertion(names.agentAtContoso, home.contoso, home.agentKey, home.now()) };
}

describe('a recorded request', () => {
  const again = async (record: AuditRecord | undefined) => {
    if (record === undefined) throw new Error('there is no record');
    const { broker } = home.home;
    const recorded = recordedRequest(record, broker.domains);
    if ('problem' in recorded) throw new Error(recorded.problem);
    return rehearse(recorded.request, broker, { to: 'decision', at: record.at });
  };

  it('is decided again as it was, with the scopes it was given', async () => {
    const { record } = await home.granted(home.idJag());
    const told = await again(record);
    expect(told.granted && told.decision).toMatchObject({ rule: { id: record.rule }, scopes: record.issued?.scope });
  });

  it('is refused again for the reason it was refused for', async () => {
    const { record, reason } = await home.refused(home.idJag({ scope: 'calendar.delete' }));
    const told = await again(record);
    expect(told.granted ? 'granted' : told.refusal.reason).toBe(reason);
  });

  it('says when its record does not tell enough', async () => {
    const { record } = await home.refused(home.idJag({ subject_token: home.idp.idToken('another-client') }));
    if (record === undefined) throw new Error('there is no record');
    expect(recordedRequest(record, home.home.broker.domains)).toEqual({
      problem: 'the record does not tell what was asked of a rule: it was refused before that (subject_token.audience)',
    });
  });

  it('says of a record that tells of something else what it tells of', async () => {
    const { record } = await home.granted(home.idJag());
    const { asked: _asked, ...other } = { ...record, action: 'keys.changed', client: null, subject: null };
    expect(recordedRequest(other, home.home.broker.domains)).toEqual({
      problem: 'the record does not tell what was asked of a rule: it is of keys.changed, and no token was asked for',
    });
  });
});
