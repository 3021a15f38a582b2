// design §2.1: each kind of grant × each thing that can be suspended behind it. One suspension stops every flow, heard of or not.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Broker } from '../../src/broker.ts';
import type { Reason } from '../../src/protocol/refusal.ts';
import { grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { Store, Suspendable } from '../../src/store/store.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt, dpopProof, idJag } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { grants } from '../../src/token/grants/index.ts';
import { issuedKinds } from '../../src/token/issue/index.ts';
import { aClient, aDomain, aSubject } from '../../src/token/policy/suspension.ts';
import { nothingSuspended, openSuspensions } from '../../src/trust/suspensions.ts';
import { type Home, openHome, partner } from '../support/home.ts';
import { answersOf } from '../support/with-broker.ts';

const [fabrikam, upstream, far] = ['https://fabrikam.example', 'https://upstream.example', 'https://far.example'];
const [initech, helpers, vault] = ['https://initech.example', 'https://helpers.example', 'https://vault.example'];
const [upstreamKey, helpersKey, holderKey] = [testKey('ES256', 'up-1'), testKey('ES256', 'help-1'), testKey()];

const relayAgent = 'spiffe://acme.example/agent/relay';

let home: Home;
beforeAll(async () => {
  home = await openHome({
    sockets: false,
    env: { VAULT_SECRET: 'a-secret-for-introspection-in-these-tests' },
    acme: ({ acme, login, agentKey }) => ({
      main: { clients: { relay: { agent: relayAgent, auth: { method: 'private_key_jwt', jwks: agentKey.jwks } } } },
      domains: {
        ourselves: {
          issuer: acme,
          contact: 'identity@acme.example',
          subjects: {
            tokens: ['access_token'],
            clients: { [names.agent]: { id: names.agent, audiences: [names.acmeApi] } },
          },
        },
        fabrikam: partner(fabrikam, { grant: 'jwt' }),
        initech: partner(initech, { grant: 'jwt', actor: 'token' }),
        upstream: {
          issuer: upstream,
          contact: 'iam@upstream.example',
          keys: upstreamKey.jwks,
          accept: {
            grants: ['id-jag', 'jwt'],
            clients: { [names.agent]: {}, relay: {} },
            subject: { to: 'up|{sub}' },
            resources: [names.acmeApi],
            scopes: ['calendar.read'],
          },
        },
        helpers: {
          issuer: helpers,
          contact: 'iam@helpers.example',
          keys: helpersKey.jwks,
          subjects: { tokens: ['jwt'], clients: { [names.agent]: names.agent } },
        },
        vault: {
          issuer: vault,
          contact: 'iam@vault.example',
          keys: helpersKey.jwks,
          subjects: {
            tokens: ['access_token'],
            access_tokens: 'opaque',
            introspection: {
              endpoint: `${login}/introspect`,
              client_id: 'acme',
              secret: { env: 'VAULT_SECRET' },
              cache: '1m',
            },
            clients: { [names.agent]: names.agentAtLogin },
          },
        },
      },
    }),
  });
});
afterAll(() => home.stop());

/** One kind of request that is granted, and everything whose suspension must stop it. */
type Flow = {
  readonly title: string;
  readonly grant: string;
  form(): FormFields | Promise<FormFields>;
  /** The key the request is made with. */
  readonly key?: typeof holderKey;
  behind(): readonly Suspendable[];
};

const byTokenExchange = 'token-exchange';
/** Where a token of this kind goes; a new kind has to be named here. */
const targets: Readonly<Record<string, () => { readonly form: FormFields; readonly behind: readonly Suspendable[] }>> =
  {
    'id-jag': () => ({
      form: { audience: home.contoso, resource: home.calendar, scope: 'calendar.read' },
      behind: [aDomain(home.contoso)],
    }),
    jwt: () => ({ form: { audience: fabrikam }, behind: [aDomain(fabrikam)] }),
    access_token: () => ({ form: { resource: names.acmeApi }, behind: [aSubject(home.acme, 'alice')] }),
  };

/** A token of the identity provider as authority; a new kind has to be named here. */
const authorities: Readonly<Record<string, () => FormFields>> = {
  id_token: () => ({ subject_token: home.idp.idToken(names.agentAtLogin), subject_token_type: tokenTypes.idToken }),
  access_token: () => ({
    subject_token: home.idp.accessToken(names.agentAtLogin, names.acmeApi, { scope: 'calendar.read' }),
    subject_token_type: tokenTypes.accessToken,
  }),
  jwt: () => ({ subject_token: plainJwt(), subject_token_type: tokenTypes.jwt }),
};

function plainJwt(changes: Changes = {}, key = home.idp.key): string {
  const claims = { iss: home.login, sub: 'alice', aud: home.acme, iat: home.now(), exp: home.now() + 300 };
  return craftJwt({ typ: 'JWT' }, { ...claims, scope: 'calendar.read', ...changes }, key);
}

const exchange = (requested: string | undefined, fields: FormFields): FormFields => ({
  ...home.credentials(names.agent),
  grant_type: grantTypes.tokenExchange,
  requested_token_type: requested,
  ...fields,
});

const exchanges: readonly Flow[] = issuedKinds.flatMap(({ name, tokenType, madeFrom }) =>
  madeFrom.map((kind) => ({
    title: `${byTokenExchange}: ${kind} → ${name}`,
    grant: byTokenExchange,
    form: () => exchange(tokenType, { ...authorities[kind]?.(), ...targets[name]?.().form }),
    behind: () => [
      aClient(names.agent),
      aDomain(home.login),
      aSubject(home.login, 'alice'),
      ...(targets[name]?.().behind ?? []),
    ],
  })),
);

/** Grants of upstream, in the name of somebody each: `once` is not what is tested here. */
function upstreamGrant(profile: 'id-jag' | 'jwt', changes: Changes = {}): string {
  const claims = { scope: 'calendar.read', ...changes };
  const parties = { issuer: upstream, audience: home.acme, clientId: names.agent, sub: 'bob' };
  if (profile === 'id-jag') return idJag(parties, upstreamKey, home.now(), claims);
  const times = { iat: home.now(), exp: home.now() + 60 };
  return craftJwt(
    {},
    { iss: upstream, sub: 'bob', aud: home.acme, jti: crypto.randomUUID(), ...times, ...claims },
    upstreamKey,
  );
}

const behindUpstream = () => [
  aClient(names.agent),
  aDomain(upstream),
  aSubject(upstream, 'bob'),
  aSubject(home.acme, 'up|bob'),
];

const redeem = (type: string, assertion: string): FormFields => ({
  ...home.credentials(names.agent),
  grant_type: type,
  assertion,
});

const redemptions: readonly Flow[] = grants
  .filter(({ type }) => type !== grantTypes.tokenExchange)
  .flatMap(({ type, action }) =>
    (['id-jag', 'jwt'] as const).map((profile) => ({
      title: `${action}: ${profile} → access_token`,
      grant: action,
      ...(type === grantTypes.jwtDpop && { key: holderKey }),
      form: () =>
        redeem(type, upstreamGrant(profile, type === grantTypes.jwtDpop ? { cnf: { jkt: holderKey.kid } } : {})),
      behind: behindUpstream,
    })),
  );

const chains: readonly Flow[] = [
  {
    title: 'token-exchange: opaque access token → jwt',
    grant: byTokenExchange,
    form: () =>
      exchange(tokenTypes.jwt, {
        subject_token: home.idp.opaqueToken({ iss: undefined, client_id: names.agentAtLogin, scope: 'calendar.read' }),
        subject_token_type: tokenTypes.accessToken,
        audience: fabrikam,
      }),
    behind: () => [aClient(names.agent), aDomain(vault), aSubject(vault, 'alice'), aDomain(fabrikam)],
  },
  {
    title: 'token-exchange: with an actor token of another domain',
    grant: byTokenExchange,
    form: () =>
      exchange(tokenTypes.jwt, {
        ...authorities['id_token']?.(),
        actor_token: plainJwt({ iss: helpers, sub: 'robot' }, helpersKey),
        actor_token_type: tokenTypes.jwt,
        audience: initech,
      }),
    behind: () => [
      aClient(names.agent),
      aDomain(home.login),
      aSubject(home.login, 'alice'),
      aDomain(helpers),
      aSubject(helpers, 'robot'),
      aDomain(initech),
    ],
  },
  {
    title: 'jwt-bearer: a grant that came through a domain further away',
    grant: 'jwt-bearer',
    form: () => redeem(grantTypes.jwtBearer, upstreamGrant('id-jag', { act: { iss: far, sub: 'their-agent' } })),
    behind: () => [...behindUpstream(), aDomain(far), aSubject(far, 'their-agent')],
  },
  {
    title: 'jwt-bearer: a grant in which the agent of another client of ours acted, for somebody its issuer names',
    grant: 'jwt-bearer',
    form: () => {
      const act = { sub: 'their-clerk', act: { iss: far, sub: relayAgent } };
      return redeem(grantTypes.jwtBearer, upstreamGrant('id-jag', { act }));
    },
    behind: () => [
      ...behindUpstream(),
      ...[aDomain(far), aSubject(upstream, 'their-clerk'), aSubject(far, relayAgent), aClient('relay')],
    ],
  },
  {
    title: 'token-exchange: a token that was issued to another client, at the resource it is for',
    grant: byTokenExchange,
    form: async () => onwards(await ours('relay')),
    behind: () => [...behindUpstream(), aClient('relay'), aDomain(fabrikam), aDomain(home.acme)],
  },
  {
    title: 'token-exchange: a token of ours, made from a grant, goes on to a third domain',
    grant: byTokenExchange,
    form: async () => onwards(await ours()),
    behind: () => [...behindUpstream(), aDomain(fabrikam), aDomain(home.acme)],
  },
];

/** An access token of acme, made from a grant of upstream. */
async function ours(client: string = names.agent): Promise<string> {
  const grant = upstreamGrant('id-jag', { client_id: client });
  const answer = await send({ ...redeem(grantTypes.jwtBearer, grant), ...home.credentials(client) });
  return String(answer.body['access_token']);
}

const onwards = (subject_token: string) =>
  exchange(tokenTypes.jwt, { subject_token, subject_token_type: tokenTypes.accessToken, audience: fabrikam });

const flows = [...exchanges, ...redemptions, ...chains];

/** What the broker, with these changes, answers, and its record. */
async function send(form: FormFields, key?: typeof holderKey, changes: Partial<Broker> = {}) {
  const { broker } = home.home;
  const nonce = broker.nonces.current(home.now());
  const { status, headers, body } = await answersOf({ ...broker, suspensions: nothingSuspended, ...changes }).post(
    'token',
    form,
    key && { DPoP: dpopProof(key, { url: broker.tokenEndpoint, nonce }, home.now()) },
  );
  const [found] = await broker.store.findAudit(headers.get('Crossgrant-Trace-Id') ?? '');
  return { status, body, record: found?.record };
}

const reasons: Readonly<Record<Suspendable['kind'], Reason>> = {
  client: 'policy.client_suspended',
  domain: 'policy.domain_suspended',
  subject: 'policy.subject_suspended',
};

/** Runs `work` while it is suspended; what was issued until then is revoked, as always. */
async function whileSuspended(what: Suspendable, work: () => Promise<void>): Promise<void> {
  const { store, now } = home.home.broker;
  const record = { ...emptyRecord(), at: now() };
  await store.suspend(
    { ...what, at: now(), author: 'olga', reason: null },
    Math.floor(now() / 1000),
    null,
    () => record,
  );
  try {
    await work();
  } finally {
    await store.resume(what, record);
  }
}

const emptyRecord = () => ({
  ...{
    agent: null,
    subject: null,
    resource: [],
    action: 'test',
    decision: 'granted' as const,
    traceId: '0'.repeat(32),
  },
  ...{ risk: {}, remediation: null, client: null, domain: null, rule: null, reason: null, failed: null },
  ...{ presented: null, issued: null, txn: null },
});

const told = ({ kind, issuer, name }: Suspendable) => [kind, issuer, name].filter((part) => part !== '').join(' ');

it('every grant, and every kind of token it makes from every kind of authority, is among the flows', () => {
  const missing = grants.filter(({ action }) => !flows.some(({ grant }) => grant === action));
  expect(missing).toEqual([]);
  expect(
    issuedKinds.flatMap(({ name, madeFrom }) => [targets[name], ...madeFrom.map((kind) => authorities[kind])]),
  ).not.toContain(undefined);
});

it('each of them is granted while nothing behind it is suspended, whatever else is', async () => {
  const others = [
    aClient('other'),
    aDomain('https://other.example'),
    aSubject(fabrikam, 'alice'),
    aSubject(home.acme, 'bob'),
  ];
  const run = async ([first, ...more]: readonly Suspendable[]): Promise<void> => {
    if (first !== undefined) return whileSuspended(first, () => run(more));
    const suspensions = await openSuspensions(home.home.broker.store);
    for (const { title, form, key } of flows) {
      const { record } = await send(await form(), key, { suspensions });
      expect(record, title).toMatchObject({ decision: 'granted', reason: null });
    }
  };
  await run(others);
});

it.each(flows)(
  '$title: refused while anything behind it is suspended, heard of or not, and granted again afterwards',
  async ({ form, key, behind }) => {
    for (const what of behind()) {
      const request = await form();
      const read = home.home.broker.store;
      await whileSuspended(what, async () => {
        const deaf = { suspensions: nothingSuspended };
        const heard = { suspensions: await openSuspensions(read) };
        for (const changes of [deaf, heard]) {
          const answer = await send({ ...request, ...home.credentials(names.agent) }, key, {
            ...changes,
            store: asRead(read),
          });
          expect(answer, told(what)).toMatchObject({
            status: 400,
            body: { error: 'access_denied', error_description: 'The request is not allowed.' },
            record: { decision: 'refused', reason: reasons[what.kind], issued: null },
          });
          expect(answer.record?.remediation).toMatch(new RegExp(`^${what.kind} .+ suspended$`));
        }
      });
      expect(await send(await form(), key)).toMatchObject({ status: 200 });
    }
  },
);

/** A store as seen by a request that looked its token up a moment before it was revoked. */
function asRead(store: Store): Store {
  return {
    ...store,
    findToken: async (jti) => {
      const found = await store.findToken(jti);
      return found && { ...found, revokedAt: null };
    },
  };
}
