// Explaining: the decision of the path with its reasons, over HTTP for those who may ask, and never a token, a spent key or a written row.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { adminRoutes } from '../../src/admin/routes.ts';
import { answerQuestion } from '../../src/explain/answer.ts';
import type { Explained, PartnerSays } from '../../src/explain/explained.ts';
import type { ExplainedPast } from '../../src/explain/past.ts';
import { type Reader, readableBy } from '../../src/explain/readers.ts';
import { grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { openSite, type Site } from '../../src/testkit/http.ts';
import { names, type RunningBroker } from '../../src/testkit/index.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { aDomain } from '../../src/token/policy/suspension.ts';
import { aRecord } from '../store/samples.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const secrets = {
  operator: 'an-operator-secret-of-thirty-two-characters',
  support: 'a-support-secret-of-thirty-two-characters-',
  partner: 'a-partner-secret-of-thirty-two-characters-',
};
const clinic = 'https://clinic.example';
const bankApi = 'https://api.bank.example/';
const byBroker = { resources: [bankApi], redeem: { clients: { [names.agent]: { method: 'private_key_jwt' } } } };
let home: Home;
let ours: Site;
let theirs: Site;

beforeAll(async () => {
  ours = await openSite();
  theirs = await openSite();
  home = await openHome({
    env: { AT_CONTOSO: secrets.partner },
    acme: ({ calendar }) => ({
      main: { authorization_details: { visit: { fields: { to: { compare: 'equal' } } } } },
      domains: {
        clinic: partner(clinic, {
          tenant_from: 'practice',
          authorization_details: [{ type: 'visit', to: 'dr-quimby' }],
        }),
        bank: partner('https://sso.bank.example/realms/staff', byBroker, { profile: 'keycloak' }),
        search: partner('https://accounts.google.com', {}, { profile: 'google' }),
        depot: partner('https://depot.example', {
          lifetime: '5m',
          quirks: { audience: 'issuer_slash', max_lifetime: '2m', single_use: false },
        }),
        login: { subjects: { when: { sub: ['alice', 'bob'] } } },
        contoso: {
          explain: { url: `${theirs.origin}/admin/explain`, token: { env: 'AT_CONTOSO' } },
          send: [
            { ...rule('travel', calendar), when: { groups: 'travel' } },
            { ...rule('sales', calendar), when: { groups: 'sales' } },
          ],
        },
      },
    }),
    contoso: ({ agentKey }) => ({
      main: {
        clients: {
          'in-house': {
            agent: 'spiffe://contoso.example/in-house',
            auth: { method: 'private_key_jwt', jwks: agentKey.jwks },
            suspended: true,
          },
        },
      },
      domains: {
        halted: { ...stranger('halted'), state: 'suspended' },
        ended: { ...stranger('ended'), expires: '2020-01-01' },
        stopped: stranger('stopped'),
        trusted: stranger('trusted'),
      },
    }),
  });
  const readers: readonly Reader[] = [
    { name: 'ops', role: 'operator', secret: secrets.operator },
    { name: 'desk', role: 'support', secret: secrets.support },
    { name: 'acme', role: 'partner', secret: secrets.partner, issuer: home.acme },
  ];
  operators(ours, home.home, readers);
  operators(theirs, home.partner, readers);
});
afterAll(async () => {
  await home.stop();
  await Promise.all([ours.stop(), theirs.stop()]);
});

function rule(name: string, calendar: string) {
  return {
    name,
    grant: 'id-jag',
    clients: { [names.agent]: names.agentAtContoso },
    resources: [calendar],
    scopes: { 'calendar.read': 'events:read', 'calendar.write': 'events:write' },
    claims: ['email', { from: 'department', to: 'dept' }],
    actor: 'agent',
  };
}

/** A domain that contoso knows, and acme has no business with. */
const stranger = (name: string) => ({
  issuer: `https://${name}.example`,
  contact: 'iam@stranger.example',
  send: { grant: 'jwt', clients: { [names.agentAtContoso]: 'x' } },
});

function operators(site: Site, { broker }: RunningBroker, readers: readonly Reader[]): void {
  const explain = (sent: Parameters<typeof answerQuestion>[0]) =>
    answerQuestion(sent, readers, broker, async () => undefined);
  site.serve(adminRoutes({ reports: async () => [], explain, hosts: [] }));
}

type Answer<Body> = { readonly status: number; readonly body: Body; readonly headers: Headers };

async function ask<Body = Explained>(
  question: unknown,
  {
    as = 'operator',
    at = ours,
    headers = {},
  }: { as?: keyof typeof secrets | 'nobody'; at?: Site; headers?: object } = {},
): Promise<Answer<Body>> {
  const authorization = as === 'nobody' ? {} : { authorization: `Bearer ${secrets[as]}` };
  const answer = await fetch(`${at.origin}/admin/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
    body: JSON.stringify(question),
  });
  return { status: answer.status, body: (await answer.json()) as Body, headers: answer.headers };
}

const alice = (claims: object = {}) => ({
  iss: home.login,
  sub: 'alice',
  groups: ['travel'],
  email: 'alice@acme.example',
  department: 'travel',
  phone: '0815',
  ...claims,
});
const suppose = (changes: object = {}) => ({
  suppose: {
    client: names.agent,
    claims: alice(),
    audience: home.contoso,
    want: 'id-jag',
    scope: 'calendar.read calendar.delete',
    ...changes,
  },
});
const wholeRequest = (fields: FormFields) => ({ request: { form: fields } });

describe('what would be granted', () => {
  it('is told with the rule that matched, the one that nearly did, and both mappings', async () => {
    const { status, body } = await ask(suppose());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      outcome: 'granted',
      client: names.agent,
      agent: names.workload,
      domain: 'contoso',
      rule: 'contoso.send.travel',
    });
    expect(body.near).toEqual([
      {
        rule: 'contoso.send.sales',
        reason: 'policy.condition',
        expected: '{"groups":["sales"]}',
        received: '["travel"]',
      },
    ]);
    expect(body.scopes).toEqual([
      { scope: 'calendar.read', asked: true, held: null, becomes: 'events:read', granted: true },
      { scope: 'calendar.delete', asked: true, held: null, becomes: null, granted: false },
      { scope: 'calendar.write', asked: false, held: null, becomes: 'events:write', granted: false },
    ]);
    expect(body.claims).toContainEqual({ claim: 'dept', value: 'travel', from: 'department of the presented token' });
    expect(body.left).toEqual(['groups', 'phone']);
    expect(body.token).toMatchObject({
      kind: 'id-jag',
      typ: 'oauth-id-jag+jwt',
      claims: { aud: home.contoso, sub: 'alice' },
    });
  });

  it('tells every check in order, each with its section', async () => {
    const { body } = await ask(
      wholeRequest(home.idJag({ subject_token: home.idp.idToken(names.agentAtLogin, { groups: ['travel'] }) })),
    );
    expect(body.checks.every(({ held, section }) => held && section !== '')).toBe(true);
    const made = body.checks.map(({ reason }) => reason);
    const order = [
      'client_assertion.signature',
      'subject_token.issuer',
      'subject_token.expired',
      'policy.domain_suspended',
      'policy.condition',
    ];
    expect(order.map((reason) => made.indexOf(reason))).toEqual(
      [...order.map((reason) => made.indexOf(reason))].sort((a, b) => a - b),
    );
    expect(made.indexOf('client_assertion.signature')).toBeGreaterThanOrEqual(0);
  });

  it('comes to the same as the real request, which is good afterwards as it was before', async () => {
    const fields = home.idJag({ subject_token: home.idp.idToken(names.agentAtLogin, { groups: ['travel'] }) });
    const explained = (await ask(wholeRequest(fields))).body;
    const { claims, record } = await home.granted(fields);
    expect(explained.rule).toBe(record.rule);
    for (const name of ['iss', 'sub', 'aud', 'client_id', 'scope', 'act', 'email', 'resource']) {
      expect(explained.token?.claims[name], name).toEqual(claims[name]);
    }
    expect(JSON.stringify(explained)).not.toContain(String(fields['subject_token']));
  });

  it('takes a real token of a client that does not prove who it is', async () => {
    const token = home.idp.idToken(names.agentAtLogin, { groups: ['travel'] });
    const { body } = await ask({ suppose: { client: names.agent, token, audience: [home.contoso], want: 'id-jag' } });
    expect(body).toMatchObject({ outcome: 'granted', subject: { issuer: home.login, sub: 'alice' } });
    const forged = {
      client: names.agent,
      token: `${token.slice(0, -8)}AAAAAAAA`,
      audience: home.contoso,
      want: 'id-jag',
    };
    expect((await ask({ suppose: forged })).body.refused?.reason).toBe('subject_token.signature');
  });
});

describe('what would be refused', () => {
  it.each<readonly [string, () => unknown, object]>([
    ['a name that is nearly known', () => suppose({ audience: `${home.contoso}/` }), { reason: 'target.unknown' }],
    [
      'another kind of token than goes there',
      () => suppose({ want: 'jwt' }),
      { reason: 'target.unknown', cause: expect.stringContaining('the kind of token') },
    ],
    [
      'a scope that is nearly known',
      () => suppose({ scope: 'calendar.raed' }),
      { reason: 'scope.none', nearest: 'calendar.read' },
    ],
    ...['contoso', 'contosso'].map((audience): readonly [string, () => unknown, object] => [
      `the name of a file instead of an issuer: ${audience}`,
      () => suppose({ audience }),
      { reason: 'target.unknown', nearest: expect.stringMatching(/^http:/) },
    ]),
    [
      'a condition',
      () => suppose({ claims: alice({ groups: ['kitchen'] }) }),
      { reason: 'policy.condition', by: ['us', 'partner'] },
    ],
    [
      'both legs for a client that has none',
      () => suppose({ want: 'access_token', scope: 'calendar.read' }),
      { reason: 'redeem.client' },
    ],
    ['a scope', () => suppose({ scope: 'calendar.delete' }), { reason: 'scope.none' }],
    [
      'a secret',
      () =>
        wholeRequest({
          ...home.idJag(),
          client_assertion: clientAssertion(names.agent, home.acme, testKey('ES256', 'travel-agent-1'), home.now()),
        }),
      { reason: 'client_assertion.signature' },
    ],
  ])('%s: the failing check, what would have to change, and who can change it', async (_what, question, expected) => {
    const { body } = await ask(question());
    expect(body.outcome).toBe('refused');
    expect(body.refused).toMatchObject(expected);
    expect(body.refused?.remedy).not.toBe('');
    expect(body.checks.at(-1)).toMatchObject({ held: false, reason: body.refused?.reason });
    expect(body.token).toBeNull();
  });

  it('names the known name that is nearest, since names are compared byte for byte', async () => {
    const { body } = await ask(suppose({ audience: `${home.contoso}/` }));
    expect(body.refused?.nearest).toBe(home.contoso);
  });

  it('is what the real request is refused with', async () => {
    const fields = home.idJag({
      scope: 'calendar.delete',
      subject_token: home.idp.idToken(names.agentAtLogin, { groups: ['travel'] }),
    });
    const { body } = await ask(wholeRequest(fields));
    const { reason, error } = await home.refused(fields);
    expect(body.refused).toMatchObject({ reason, answer: { error } });
  });
});

describe('a request of the past', () => {
  it('is told as it was decided then and as it would be now', async () => {
    const { record } = await home.refused(
      home.idJag({
        scope: 'calendar.delete',
        subject_token: home.idp.idToken(names.agentAtLogin, { groups: ['travel'] }),
      }),
    );
    const { body } = await ask<ExplainedPast>({ trace: record?.traceId });
    expect(body.recorded).toMatchObject({ decision: 'refused', reason: 'scope.none' });
    expect(body).toMatchObject({ outcome: 'refused', at: record?.at, refused: { reason: 'scope.none' } });
  });

  it('is told to support without the names in it', async () => {
    const { record } = await home.granted(
      home.idJag({ subject_token: home.idp.idToken(names.agentAtLogin, { groups: ['travel'] }) }),
    );
    const { body } = await ask<ExplainedPast>({ trace: record.traceId }, { as: 'support' });
    expect(body.recorded).toMatchObject({ decision: 'granted', issued: { sub: '(hidden)' } });
    expect(JSON.stringify(body)).not.toContain('alice');
  });

  it('that left no record is said to', async () => {
    expect(await ask({ trace: '0'.repeat(32) })).toMatchObject({
      status: 404,
      body: { problem: expect.stringContaining('no record') },
    });
  });
});

describe('the second leg', () => {
  it('is asked for at a partner who lets us', async () => {
    const { body } = await ask(suppose({ scope: 'calendar.read' }));
    expect(body.secondLeg).toMatchObject({
      domain: 'contoso',
      told: 'by the partner',
      outcome: 'granted',
      partner: { token: { sub: 'acme|alice', scope: 'events:read', actor: names.workload } },
    });
  });

  it('is what the partner would refuse, too', async () => {
    const { body } = await ask(suppose({ scope: 'calendar.read', resource: 'https://elsewhere.example/' }));
    expect(body.refused?.reason).toBe('resource.not_governed');
    const own = {
      client: names.agentAtContoso,
      grant: 'jwt-bearer',
      presented: 'id-jag',
      claims: { iss: home.acme, sub: 'alice', scope: 'events:delete' },
    };
    const asked = await ask<PartnerSays>({ suppose: own }, { as: 'partner', at: theirs });
    expect(asked.body).toMatchObject({ outcome: 'refused', refused: { reason: 'scope.none', by: expect.any(Array) } });
  });
});

describe('the second leg at a partner who cannot be asked', () => {
  const leg = async (audience: string) => (await ask(suppose({ audience, scope: undefined }))).body.secondLeg;

  it('is judged by its make: what that takes, and how', async () => {
    const found = await leg('https://sso.bank.example/realms/staff');
    expect(found).toMatchObject({ domain: 'bank', told: 'by what we know', outcome: 'unknown' });
    expect(found?.notes).toEqual([
      expect.stringContaining('Keycloak: A JWT grant is good once'),
      expect.stringContaining('Keycloak: ID-JAGs are experimental'),
      'a grant may live 300 s there; this one would live 300 s',
      'a grant is good once there',
      `https://sso.bank.example/realms/staff must have ${home.acme} as an issuer of id-jag grants, and a client acme-travel`,
      'for its resources this broker redeems it there as acme-travel, by private_key_jwt',
    ]);
  });

  it('is refused where its make takes no such grants', async () => {
    expect(await leg('https://accounts.google.com')).toMatchObject({
      outcome: 'refused',
      notes: ['Google takes no id-jag grants; it takes no grants of others', expect.any(String)],
    });
  });

  it('is judged by the quirks that the probe found', async () => {
    expect((await leg('https://depot.example'))?.notes).toEqual([
      'it is called "https://depot.example/" in `aud`, as it wants to be',
      'a grant may live 120 s there; this one would live 120 s',
      'a grant is good until it expires there',
      expect.stringContaining('must have'),
      'whoever redeems it authenticates there as acme-travel',
    ]);
  });
});

describe('who may ask', () => {
  it('nobody without a secret, and he learns nothing', async () => {
    const unknown = await ask({ nonsense: true }, { as: 'nobody' });
    expect(unknown).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(unknown.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect((await ask(suppose(), { as: 'nobody', headers: { authorization: 'Bearer ' } })).status).toBe(401);
    expect(
      (await ask(suppose(), { as: 'nobody', headers: { authorization: `Bearer ${secrets.operator}x` } })).status,
    ).toBe(401);
  });

  it('support, without reading claims and names of people', async () => {
    const { body } = await ask(suppose({ scope: 'calendar.read' }), { as: 'support' });
    const text = JSON.stringify(body);
    for (const personal of ['alice', '0815', '"travel"]']) expect(text).not.toContain(personal);
    expect(body).toMatchObject({ outcome: 'granted', rule: 'contoso.send.travel', subject: { sub: '(hidden)' } });
    const refused = (await ask(suppose({ claims: alice({ groups: ['kitchen'] }) }), { as: 'support' })).body;
    expect(JSON.stringify(refused)).not.toContain('kitchen');
  });

  it('support, without the claims of a real token that was looked at', async () => {
    const fields = home.idJag({ subject_token: home.idp.idToken(names.agentAtLogin, { groups: ['travel'] }) });
    const looked = await ask(wholeRequest(fields), { as: 'support' });
    expect(looked.body.checks.map(({ reason }) => reason)).toContain('subject_token.claims');
    expect(JSON.stringify(looked.body)).not.toContain('alice');
    const elsewhere = home.idJag({ subject_token: home.idp.idToken(names.agentAtLogin, { sub: 'mallory' }) });
    const unmet = await ask(wholeRequest(elsewhere), { as: 'support' });
    expect(unmet.body.refused?.reason).toBe('subject_token.condition');
    expect(JSON.stringify(unmet.body)).not.toContain('mallory');
  });

  it('support, without the person who acts where the grant of a partner names one', async () => {
    const claims = { iss: home.acme, sub: 'alice', scope: 'events:read', act: { sub: 'carol' } };
    const brought = { suppose: { client: names.agentAtContoso, grant: 'jwt-bearer', presented: 'id-jag', claims } };
    const { body } = await ask(brought, { as: 'support', at: theirs });
    expect(body).toMatchObject({ outcome: 'granted', agent: '(hidden)' });
    expect(JSON.stringify(body)).not.toContain('carol');
  });

  it.each([
    [{}, 'needs one of request, suppose, trace'],
    [{ trace: 'a'.repeat(32), suppose: {} }, 'needs one of request, suppose, trace'],
    [{ suppose: { claims: {} } }, /^suppose\.client: /],
    [{ trace: 'abc' }, 'trace: a trace id has 32 hex digits'],
  ])('who may, and is told what is wrong with a question: %j', async (question, problem) => {
    const { status, body } = await ask<{ problem: string }>(question);
    expect(status).toBe(400);
    expect(body.problem).toMatch(problem);
  });

  it('support, without people who act, tenants, and what exactly was asked for', async () => {
    const act = { iss: home.login, sub: 'carol', email: 'carol@acme.example', act: { sub: names.workload } };
    const visit = (to: string) => ({
      ...{ audience: clinic, scope: undefined },
      claims: alice({ practice: 'practice-of-dr-quimby', tenant: 'dr-quimby', act }),
      authorization_details: JSON.stringify([{ type: 'visit', to }]),
    });
    const { body } = await ask(suppose(visit('dr-quimby')), { as: 'support' });
    for (const personal of ['carol', 'quimby']) expect(JSON.stringify(body)).not.toContain(personal);
    expect(body.token?.claims).toMatchObject({
      authorization_details: [{ type: 'visit', to: '(hidden)' }],
      act: { iss: home.login, sub: '(hidden)', act: { sub: names.workload } },
    });
    const refused = (await ask(suppose(visit('dr-wong')), { as: 'support' })).body;
    expect(refused.refused?.reason).toBe('details.exceeded');
    for (const personal of ['wong', 'quimby']) expect(JSON.stringify(refused)).not.toContain(personal);
  });

  it('support about the past, without the person who acted', async () => {
    const act = { iss: home.login, sub: 'carol' };
    const { record } = await home.granted(
      home.idJag({
        ...{ audience: clinic, resource: undefined, scope: undefined },
        subject_token: home.idp.idToken(names.agentAtLogin, { act, practice: 'dr-quimby' }),
      }),
    );
    expect(record.issued?.actor).toBe('carol');
    const { body } = await ask<ExplainedPast>({ trace: record.traceId }, { as: 'support' });
    expect(body.recorded.issued).toMatchObject({ sub: '(hidden)', actor: '(hidden)' });
    for (const personal of ['carol', 'quimby']) expect(JSON.stringify(body)).not.toContain(personal);
  });

  it('support, without the tenant of the subject', async () => {
    const there = { client: names.agentAtContoso, grant: 'jwt-bearer', presented: 'id-jag' };
    const claims = { iss: home.acme, sub: 'alice', client_id: names.agentAtContoso, tenant: 'dr-quimby' };
    const { body } = await ask({ suppose: { ...there, claims } }, { as: 'support', at: theirs });
    expect(body.refused?.reason).toBe('grant.tenant');
    expect(JSON.stringify(body)).not.toContain('quimby');
    const told = { ...body, subject: { issuer: home.acme, sub: 'alice', tenant: 'dr-quimby' } };
    expect(readableBy('support', told)).toMatchObject({ subject: { sub: '(hidden)', tenant: '(hidden)' } });
  });

  const grant = (claims: object) => ({
    suppose: { client: names.agentAtContoso, grant: 'jwt-bearer', presented: 'id-jag', claims },
  });
  it.each<readonly [string, () => unknown]>([
    ['grants of another domain', () => grant({ iss: 'https://elsewhere.example', sub: 'alice' })],
    ['token exchange', suppose],
    ['real tokens', () => ({ suppose: { client: names.agentAtContoso, grant: 'jwt-bearer', token: 'a.b.c' } })],
    [
      'whole requests, with which credentials could be tried out',
      () => wholeRequest({ grant_type: grantTypes.jwtBearer }),
    ],
    ['requests of the past', () => ({ trace: '0'.repeat(32) })],
  ])('a partner not about %s', async (_what, question) => {
    expect((await ask(question(), { as: 'partner', at: theirs })).status).toBe(403);
  });

  it('a partner about its own grants, without learning whom else we trust', async () => {
    const { status, body } = await ask<PartnerSays>(grant({ iss: home.acme, sub: 'alice', client_id: 'nobody' }), {
      as: 'partner',
      at: theirs,
    });
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['checks', 'outcome', 'refused', 'token']);
    expect(body.refused?.reason).toBe('grant.client');
    expect(JSON.stringify(body)).not.toContain(names.calendarServer);
  });

  it('a partner, who learns of no client of others whether it is known here', async () => {
    const about = (client: string) => ({
      suppose: { client, grant: 'jwt-bearer', presented: 'id-jag', claims: { iss: home.acme, sub: 'alice' } },
    });
    expect(home.partner.broker.clients.has(names.calendarServer)).toBe(true);
    const known = await ask<PartnerSays>(about(names.calendarServer), { as: 'partner', at: theirs });
    expect(known.body.refused?.reason).toBe('client.unknown');
    expect(known.body).toEqual((await ask(about('nobody'), { as: 'partner', at: theirs })).body);
  });
});

describe('a partner that names another domain as the actor of a grant', () => {
  const by = (iss: string, sub: string) => ({
    suppose: {
      ...{ client: names.agentAtContoso, grant: 'jwt-bearer', presented: 'id-jag' },
      claims: { iss: home.acme, sub: 'alice', scope: 'events:read', act: { iss, sub } },
    },
  });
  const asked = async (iss: string, as: keyof typeof secrets = 'partner', sub = 'someone') =>
    (await ask<PartnerSays>(by(iss, sub), { as, at: theirs })).body;

  beforeAll(async () => {
    const { store, suspensions, now } = home.partner.broker;
    for (const issuer of ['https://stopped.example', 'https://nowhere.example']) {
      const suspension = { ...aDomain(issuer), at: now(), author: 'olga', reason: null };
      await store.suspend(suspension, Math.floor(now() / 1000), null, () => aRecord());
    }
    await vi.waitFor(() => expect(suspensions.list()).toHaveLength(2));
  });

  it.each<readonly [string, string, string]>([
    ['by its file', 'https://halted.example', 'policy.domain_suspended'],
    ['by an operator', 'https://stopped.example', 'policy.domain_suspended'],
    ['by an operator, without a file', 'https://nowhere.example', 'policy.domain_suspended'],
    ['by the end of its trust', 'https://ended.example', 'policy.domain_expired'],
  ])('does not learn that it was stopped %s', async (_how, issuer, reason) => {
    expect((await asked(issuer, 'operator')).refused?.reason).toBe(reason);
    expect(told(await asked(issuer))).toEqual(told(await asked('https://nobody.example')));
  });

  it('does not learn that an agent of ours was stopped', async () => {
    const [nobody, agent] = ['https://nobody.example', 'spiffe://contoso.example/in-house'];
    expect((await asked(nobody, 'operator', agent)).refused?.reason).toBe('policy.client_suspended');
    expect(told(await asked(nobody, 'partner', agent))).toEqual(told(await asked(nobody)));
  });

  it('does not even learn that it is known here', async () => {
    expect(told(await asked('https://trusted.example'))).toEqual(told(await asked('https://nobody.example')));
  });

  const told = ({ outcome, checks, refused, token }: PartnerSays) => ({ outcome, checks, refused, sub: token?.sub });
});

describe('a question that is wrong', () => {
  it.each<readonly [string, unknown]>([
    ['an unknown member', { suppose: { client: 'x', colour: 'blue' } }],
    ['two at once', { trace: '0'.repeat(32), suppose: { client: 'x' } }],
    ['a trace id that is none', { trace: 'abc' }],
  ])('%s is a 400 that says where', async (_what, question) => {
    const { status, body } = await ask<{ problem: string }>(question);
    expect(status).toBe(400);
    expect(body.problem.length).toBeGreaterThan(5);
  });

  it.each<readonly [number, Error]>([
    [503, new StoreUnavailable('away')],
    [500, new Error('a bug')],
  ])('that meets a fault of ours is a %i, and nothing is thrown that would end a worker', async (status, fault) => {
    const { broker } = home.home;
    const store = { ...broker.store, findAudit: () => Promise.reject(fault) };
    const sent = {
      authorization: `Bearer ${secrets.operator}`,
      body: Buffer.from(JSON.stringify({ trace: '0'.repeat(32) })),
    };
    const readers: readonly Reader[] = [{ name: 'ops', role: 'operator', secret: secrets.operator }];
    const answer = await answerQuestion(sent, readers, { ...broker, store }, async () => undefined);
    expect(answer.status).toBe(status);
  });

  it('of any size but a small one is a 413', async () => {
    expect((await ask(suppose({ scope: 'x'.repeat(200_000) }))).status).toBe(413);
  });

  it('is not taken from a web page of another site', async () => {
    expect((await ask(suppose(), { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  });
});

it('explaining writes nothing, spends nothing and counts against nobody', async () => {
  const { store } = home.home.broker;
  const good = () => home.idJag({ subject_token: home.idp.idToken(names.agentAtLogin, { groups: ['travel'] }) });
  await home.granted(good());
  // That the keys of the issuer were seen is written beside the first request, whenever there is time.
  const actions = async () => (await store.auditPage(0, 1000)).map(({ record }) => record.action);
  await expect.poll(actions, { timeout: 10_000 }).toContain('keys.changed');
  const fields = good();
  const before = await store.chainEnds();
  for (let at = 0; at < 3; at++) await ask(wholeRequest(fields));
  await ask(wholeRequest({ ...fields, client_assertion: 'not.a.token', requested_token_type: tokenTypes.jwt }));
  expect(await store.chainEnds()).toEqual(before);
  await home.granted(fields);
});
