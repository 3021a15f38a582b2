// From files to what the path works on: every setting of fixtures/config/full arrives where it counts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openTrace } from '../../src/audit/trace.ts';
import { type CompileDeps, type Compiled, compile } from '../../src/config/compile.ts';
import { configJsonSchemas } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { rowsOf } from '../../src/config/reference/rows.ts';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { decodeJws } from '../../src/jose/jws.ts';
import { grantTypes } from '../../src/protocol/urns.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { accessToken } from '../../src/token/issue/access-token.ts';
import { chainingJwt } from '../../src/token/issue/chaining-jwt.ts';
import { idJag } from '../../src/token/issue/id-jag.ts';
import type { Domain } from '../../src/trust/domain.ts';
import { countWork } from '../support/counted-work.ts';
import { env, fixtures, folder } from './config-folder.ts';
import { loopbackFetch, startPartner } from './trust-partner.ts';

const own = { find: () => undefined };
const deps: CompileDeps = {
  fetch: () => Promise.reject(new Error('nothing is fetched before it is needed')),
  now: () => 1_700_000_000_000,
  signerKeys: own,
};
const compiled = async (path: string, changes: Partial<CompileDeps> = {}) =>
  compile(await loadConfig(path, env), { ...deps, ...changes });
const full = await compiled(join(fixtures, 'full/crossgrant.yaml'));

function named(name: string, { domains }: Compiled = full): Domain {
  const found = [...domains.values()].find((domain) => domain.name === name);
  if (found === undefined) throw new Error(`${name} was not compiled`);
  return found;
}

describe('redeeming for callers', () => {
  const at = {
    clientId: '0oa7f3',
    issuer: 'https://as.contoso.example',
    tokenEndpoint: 'https://as.contoso.example/oauth/token',
  };
  const rules = full.rules.redeeming('https://api.contoso.example/');

  it('is found by the resource, at the endpoint the rule says', async () => {
    expect(rules.map(({ rule }) => rule.id)).toEqual(['contoso.send']);
    expect(await rules[0]?.rule.redeem?.tokenEndpoint()).toBe(at.tokenEndpoint);
    const others = full.rules.redeeming('https://api.fabrikam.example/');
    expect(others.map(({ rule }) => rule.id)).toEqual(['fabrikam.send.staff']);
  });

  it('gives handles where the rule says so, and knows what may be called with them', () => {
    expect(rules[0]?.rule.redeem?.gives).toBe('handle');
    expect(full.rules.redeeming('https://api.fabrikam.example/')[0]?.rule.redeem).toMatchObject({
      gives: 'token',
      delegatesKey: true,
    });
    expect(named('contoso').upstreams).toEqual([
      {
        origin: 'https://api.contoso.example',
        paths: ['/v1/events', '/v1/rooms/'],
        methods: ['GET', 'POST'],
        resource: 'https://api.contoso.example/',
      },
      { origin: 'https://mail.contoso.example', paths: ['/'], methods: ['GET', 'HEAD'] },
    ]);
  });

  it('authenticates in the name of each client as the partner wants it', () => {
    const credentials = rules[0]?.rule.redeem?.credentials;
    const assertion = credentials?.get('travel-agent')?.show(at, deps.now()).form['client_assertion'] ?? '';
    const { header, claims } = decodeJws(assertion);
    expect(header).toMatchObject({ kid: 'at-contoso', typ: 'client-authentication+jwt' });
    expect(claims).toMatchObject({ iss: at.clientId, sub: at.clientId, aud: at.tokenEndpoint });
    const { form, identity } = credentials?.get('kiosk')?.show(at, deps.now()) ?? {};
    expect(form).toEqual({ client_id: at.clientId });
    expect(identity?.cert).toContain('BEGIN CERT');
  });
});

describe('who may have requests explained', () => {
  it('is who has a secret, a partner about its own issuer', () => {
    expect(full.readers).toEqual([
      { name: 'ops', role: 'operator', secret: env.OPERATOR_TOKEN },
      { name: 'contoso', role: 'partner', secret: env.CONTOSO_TOKEN, issuer: 'https://as.contoso.example' },
    ]);
  });

  it('and a partner is asked with what it gave us', async () => {
    const asked: unknown[] = [];
    const { domains } = await compiled(join(fixtures, 'full/crossgrant.yaml'), {
      fetch: async (url, { headers, body }) => {
        asked.push({ url, authorization: headers?.['authorization'], body });
        return { status: 200, headers: new Map(), body: Buffer.from('{}') };
      },
    });
    await domains.get('https://as.contoso.example')?.askExplain?.({ suppose: {} });
    const url = 'https://ops.contoso.example/admin/explain';
    expect(asked).toEqual([{ url, authorization: `Bearer ${env.AT_CONTOSO}`, body: '{"suppose":{}}' }]);
  });
});

describe('clients', () => {
  it('are what crossgrant.yaml says of them', () => {
    expect(full.clients.get('travel-agent')).toMatchObject({
      id: 'travel-agent',
      agent: 'spiffe://acme.example/agent/travel',
      verifier: { method: 'private_key_jwt' },
      dpopBound: true,
      suspended: false,
      rate: { perSecond: 50, burst: 200 },
    });
    expect(full.clients.get('gateway')).toMatchObject({
      agent: null,
      verifier: { method: 'client_secret_basic' },
      grants: new Set([grantTypes.tokenExchange, grantTypes.jwtBearer]),
      dpopBound: false,
      introspects: new Set(['https://api.acme.example/']),
    });
    expect(full.clients.get('spare')).toMatchObject({ verifier: { method: 'client_secret_post' }, suspended: true });
    expect(full.clients.get('kiosk')).toMatchObject({
      verifier: { method: 'none' },
      grants: new Set([grantTypes.tokenExchange]),
    });
  });

  it('that a domain registers may bring grants and nothing else', () => {
    expect(full.clients.get('partner-app')).toMatchObject({
      agent: 'spiffe://contoso.example/agent/partner',
      verifier: { method: 'private_key_jwt' },
      grants: new Set([grantTypes.jwtBearer, grantTypes.jwtDpop]),
      dpopBound: true,
      introspects: new Set(),
      suspended: false,
    });
  });

  it('of ours that a domain lists may bring grants as well', () => {
    const all = new Set([grantTypes.tokenExchange, grantTypes.jwtBearer, grantTypes.jwtDpop]);
    expect(full.clients.get('travel-agent')?.grants).toEqual(all);
  });

  it('may be known by documents alone, on the hosts and at the URLs that domains name', () => {
    const { clientDocuments, rules } = full;
    const clients = rules.accept(named('fabrikam'))?.rule.clients;
    for (const id of ['https://agents.fabrikam.example/any', 'https://apps.example/fabrikam/travel']) {
      expect(clientDocuments.covers(id)).toBe(true);
      expect(clients?.get(id)).toBe(id);
      expect(rules.accept(named('contoso'))?.rule.clients.has(id)).toBe(false);
    }
    for (const id of ['https://apps.example/fabrikam/other', 'https://fabrikam.example/any', 'travel-agent']) {
      expect(clientDocuments.covers(id)).toBe(false);
      expect(clients?.has(id)).toBe(false);
    }
    expect([...(clients?.keys() ?? [])]).toEqual([
      'partner-app',
      'https://agents.fabrikam.example/…',
      'https://apps.example/fabrikam/travel',
    ]);
  });

  it('are recognised by the secret that was configured', async () => {
    const verify = (clientId: string, credential: string) =>
      full.clients.get(clientId)?.verifier.verify({ clientId, credential }, 0, openTrace('token', 0));
    expect(verify('gateway', env.GATEWAY_SECRET)).toEqual([]);
    expect(verify('spare', 'a spare secret')).toEqual([]);
    expect(() => verify('spare', 'a spare secret\n')).toThrow('client.secret');
  });

  it('sign assertions for the audiences that were configured, with the keys that were', async () => {
    const key = testKey();
    const client = (settings: object) => ({ auth: { method: 'private_key_jwt', jwks: key.jwks, ...settings } });
    const main = {
      issuer: 'https://broker.example',
      keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
      clients: { strict: client({}), older: client({ audience: 'token_endpoint' }) },
    };
    const { clients } = await compiled(await folder({ 'crossgrant.yaml': stringify(main) }));
    const verify = async (id: string, audience: string) =>
      clients
        .get(id)
        ?.verifier.verify(
          { clientId: id, credential: clientAssertion(id, audience, key, 1000) },
          1000,
          openTrace('token', 1_000_000),
        );
    await expect(verify('strict', 'https://broker.example')).resolves.toHaveLength(1);
    await expect(verify('older', 'https://broker.example/token')).resolves.toHaveLength(1);
    await expect(verify('strict', 'https://broker.example/token')).rejects.toThrow('client_assertion.audience');
  });
});

describe('domains', () => {
  it('are found by issuer, byte for byte', () => {
    expect([...full.domains.keys()].sort()).toEqual([
      'https://as.contoso.example',
      'https://as.fabrikam.example/t1',
      'https://broker.acme.example',
      'https://login.acme.example',
      'https://vault.acme.example',
    ]);
  });

  it('say whose subject tokens are taken', () => {
    expect(named('login')).toMatchObject({
      contact: 'identity@acme.example',
      state: 'enforce',
      algorithms: ['ES256', 'RS256'],
      subjects: {
        tokens: new Set(['id_token', 'access_token', 'jwt']),
        clients: new Map([
          ['travel-agent', { id: 'wiki-app', audiences: [] }],
          ['gateway', { id: 'gw-1', audiences: ['https://gw.acme.example/'] }],
        ]),
        accessTokens: 'rfc9068',
        tenantClaim: 'tid',
        subjectClaim: 'oid',
        clientClaim: 'appid',
        scopeClaim: 'scp',
        emailMustBeVerified: true,
        when: new Map([
          ['hd', ['acme.example']],
          ['level', ['3']],
        ]),
        kinds: {
          claim: 'token_use',
          values: new Map([
            ['id_token', ['id']],
            ['access_token', ['access', 'dpop']],
            ['jwt', ['plain']],
          ]),
        },
      },
    });
    expect(named('vault')).toMatchObject({ state: 'suspended', subjects: { accessTokens: 'opaque' } });
    expect(named('contoso').subjects).toBeUndefined();
  });

  it('end with the last second (UTC) of the day that is named, or never', () => {
    expect(named('contoso').expiresAt).toBe(Date.parse('2027-07-01T00:00:00Z') / 1000);
    expect(named('login').expiresAt).toBeUndefined();
  });

  it('take keys from a file', async () => {
    expect(await named('contoso').keys.find('1', 'ES256')).toMatchObject({ kid: '1' });
  });

  it('take keys that are written down, in a file or here, once for all the times they are compiled', async () => {
    const [here, inFile] = [testKey('ES256', 'here'), testKey('ES256', 'in-file')];
    const path = await folder({
      'crossgrant.yaml': stringify({
        ...smallMain,
        clients: { agent: { auth: { method: 'private_key_jwt', jwks: here.jwks } } },
      }),
      'domains/login.yaml': stringify({ ...subjectDomain, keys: { file: '../keys.json' } }),
      'keys.json': JSON.stringify(inFile.jwks),
    });
    let configuration: Compiled | undefined;
    const work = await countWork(async () => {
      const loaded = await loadConfig(path, env);
      compile(loaded, deps);
      configuration = compile(loaded, deps);
    });
    expect(await named('login', configuration).keys.find('in-file', 'ES256')).toMatchObject({ kid: 'in-file' });
    expect(work.imported).toBe(2);
  });

  it('fetch keys from their address, and only when one is asked for', async () => {
    const key = testKey();
    const partner = await startPartner(() => ({ body: JSON.stringify(key.jwks) }));
    const main = { ...smallMain, network: { loopback_http: true } };
    const domain = { ...subjectDomain, keys: { url: `${partner.origin}/jwks` } };
    const path = await folder({ 'crossgrant.yaml': stringify(main), 'domains/login.yaml': stringify(domain) });
    const configuration = await compiled(path, { fetch: loopbackFetch });
    expect(partner.asked).toEqual([]);
    expect(configuration.keyHealth.get('login')?.()).toEqual({ keys: 0, failures: 0 });
    expect(await named('login', configuration).keys.find(key.kid, 'ES256')).toMatchObject({ kid: key.kid });
    expect(partner.asked).toEqual(['/jwks']);
    expect(configuration.keyHealth.get('login')?.()).toMatchObject({ keys: 1, failures: 0, fetchedAt: deps.now() });
  });

  it('that are pinned take keys that are listed or approved, and no other one', async () => {
    const [listed, approved, other] = [
      testKey('ES256', 'listed'),
      testKey('ES256', 'approved'),
      testKey('ES256', 'other'),
    ];
    const keys = [listed, approved, other].map(({ publicJwk }) => publicJwk);
    const partner = await startPartner(() => ({ body: JSON.stringify({ keys }) }));
    const main = { ...smallMain, network: { loopback_http: true } };
    const domain = {
      ...subjectDomain,
      keys: { url: `${partner.origin}/jwks`, pin: [jwkThumbprint(listed.publicJwk)] },
    };
    const path = await folder({ 'crossgrant.yaml': stringify(main), 'domains/login.yaml': stringify(domain) });
    const asked: string[] = [];
    const pins = {
      approved: (issuer: string) => {
        asked.push(issuer);
        return new Set([jwkThumbprint(approved.publicJwk)]);
      },
    };
    const { keys: found } = named('login', await compiled(path, { fetch: loopbackFetch, keyMemory: { pins } }));
    expect(await found.find('listed', 'ES256')).toMatchObject({ kid: 'listed' });
    expect(await found.find('approved', 'ES256')).toMatchObject({ kid: 'approved' });
    expect(() => found.find('other', 'ES256')).toThrow('a key of login waits for approval');
    expect(new Set(asked)).toEqual(new Set([domain.issuer]));
  });

  it('with our own issuer take our own keys, whatever the algorithm we sign with', () => {
    expect(named('own').keys).toBe(own);
    expect(named('own').algorithms).toContain('ES384');
    expect([...full.keyHealth.keys()].sort()).toEqual(['contoso', 'fabrikam', 'login', 'vault']);
  });
});

describe('opaque tokens', () => {
  it('are asked about at the endpoint, and the answer is believed for as long as configured', async () => {
    let clock = deps.now();
    const questions: { url: string; body: unknown }[] = [];
    const configuration = await compiled(join(fixtures, 'full/crossgrant.yaml'), {
      now: () => clock,
      fetch: async (url, { body }) => {
        questions.push({ url, body });
        return { status: 200, headers: new Map(), body: Buffer.from('{"active":true,"sub":"u1"}') };
      },
    });
    const introspect = named('vault', configuration).subjects?.introspect;
    expect(await introspect?.('opaque')).toEqual({ active: true, sub: 'u1' });
    expect(questions).toEqual([
      { url: 'https://vault.acme.example/introspect', body: expect.stringContaining('client_secret=vault-secret') },
    ]);
    clock += 9_999;
    await introspect?.('opaque');
    expect(questions).toHaveLength(1);
    clock += 1;
    await introspect?.('opaque');
    expect(questions).toHaveLength(2);
  });

  it('are asked about where the metadata says, when the configuration does not', async () => {
    const partner = await startPartner(({ url, headers }) => {
      if (url === '/introspect') return { body: '{"active":true}' };
      const issuer = `http://${headers.host}`;
      return { body: JSON.stringify({ issuer, introspection_endpoint: `${issuer}/introspect` }) };
    });
    const configuration = await opaqueDomain(partner.origin);
    const introspect = named('login', configuration).subjects?.introspect;
    expect(await introspect?.('one')).toEqual({ active: true });
    expect(await introspect?.('two')).toEqual({ active: true });
    expect(partner.asked).toEqual(['/.well-known/oauth-authorization-server', '/introspect', '/introspect']);
  });

  it('cannot be asked about while there is no metadata, and again once there is', async () => {
    let isUp = false;
    const partner = await startPartner(({ url, headers }) => {
      if (!isUp) return { status: 503 };
      const issuer = `http://${headers.host}`;
      if (url === '/introspect') return { body: '{"active":false}' };
      return { body: JSON.stringify({ issuer, introspection_endpoint: `${issuer}/introspect` }) };
    });
    const introspect = named('login', await opaqueDomain(partner.origin)).subjects?.introspect;
    await expect(introspect?.('token')).rejects.toMatchObject({ name: 'IntrospectionUnavailable' });
    isUp = true;
    expect(await introspect?.('token')).toEqual({ active: false });
  });

  it('cannot be asked about at an issuer without such an endpoint', async () => {
    const partner = await startPartner(({ headers }) => ({
      body: JSON.stringify({ issuer: `http://${headers.host}` }),
    }));
    const introspect = named('login', await opaqueDomain(partner.origin)).subjects?.introspect;
    await expect(introspect?.('token')).rejects.toMatchObject({ name: 'IntrospectionUnavailable' });
  });
});

describe('send rules', () => {
  const [target] = full.rules.send('https://as.contoso.example');

  it('are what the domain says', () => {
    expect(target?.rule).toMatchObject({
      id: 'contoso.send',
      domain: named('contoso'),
      issues: idJag,
      audience: 'https://as.contoso.example',
      writtenAudience: ['https://as.contoso.example/oauth/token'],
      clients: new Map([
        ['travel-agent', '0oa7f3'],
        ['kiosk', '0oa7f4'],
      ]),
      publicClients: true,
      subjectsOf: new Set(['login']),
      resources: ['https://api.contoso.example/', 'https://mail.contoso.example/'],
      defaultResource: 'https://api.contoso.example/',
      resourceRequired: false,
      scopes: new Map([['calendar.read', 'events:read']]),
      defaultScopes: ['calendar.read'],
      narrowScopes: false,
      details: [{ type: 'order_line', actions: ['read'] }],
      claims: [
        { from: 'email', to: 'email' },
        { from: 'auth_time', to: 'auth_time' },
        { from: 'department', to: 'https://contoso.example/department' },
      ],
      actor: 'token',
      tenantFrom: 'tid',
      audienceTenant: 'ws-1',
      when: new Map([
        ['groups', ['travel', 'ops']],
        ['level', ['3']],
      ]),
      signIn: { acr: ['phr', 'phrh'], amr: ['mfa'], maxAge: 300 },
      lifetime: 180,
      proofRequired: true,
    });
  });

  it('are reached by the issuer and by aliases, each with its tenant', () => {
    const { rule } = target ?? {};
    expect(full.rules.send('https://as.contoso.example')).toEqual([{ rule, audienceTenant: 'ws-1' }]);
    expect(full.rules.send('urn:acme:contoso:ws-118')).toEqual([{ rule, audienceTenant: 'ws-118' }]);
    expect(full.rules.send('urn:acme:contoso')).toEqual([{ rule, audienceTenant: 'ws-1' }]);
    expect(full.rules.send('https://as.contoso.example/')).toEqual([]);
    expect(full.rules.send('constructor')).toEqual([]);
  });

  it('of one domain stand in the order they were written in', () => {
    const rules = full.rules.send('https://as.fabrikam.example/t1').map(({ rule }) => rule);
    expect(rules.map(({ id }) => id)).toEqual(['fabrikam.send.staff', 'fabrikam.send.guests']);
    expect(rules[0]).toMatchObject({
      issues: chainingJwt,
      scopes: new Map([
        ['read', 'read'],
        ['write', 'write'],
      ]),
      subjectsOf: new Set(),
      defaultScopes: undefined,
      claims: [],
      actor: 'carry',
      lifetime: 300,
      publicClients: false,
      proofRequired: false,
    });
  });
});

describe('accept rules', () => {
  it('are what the domain says', () => {
    expect(full.rules.accept(named('contoso'))).toMatchObject({
      domain: named('contoso'),
      grants: new Set(['id-jag', 'jwt']),
      reuse: 'until_expiry',
      delegatedKeys: true,
      maxLifetime: 180,
      plainAudiences: ['https://broker.acme.example', 'https://broker.acme.example/token'],
      tenants: new Map([['t_northern', 'ws-118']]),
      rule: {
        id: 'contoso.accept',
        issues: accessToken,
        clients: new Map([
          ['partner-app', 'partner-app'],
          ['travel-agent', 'travel-agent'],
          ['spare', 'spare'],
        ]),
        publicClients: true,
        subjectsOf: new Set(),
        resources: ['https://api.acme.example/', 'https://files.acme.example/'],
        defaultResource: 'https://api.acme.example/',
        scopes: new Map([['events:read', 'calendar.read']]),
        defaultScopes: ['events:read'],
        narrowScopes: true,
        details: [{ type: 'order_line', actions: ['read'] }],
        claims: [{ from: 'acr', to: 'acr' }],
        actor: 'refuse',
        when: new Map([['verified', ['true']]]),
        signIn: { acr: [], amr: ['mfa'] },
        lifetime: 540,
        proofRequired: true,
      },
    });
  });

  it('name no audience: that of the token is the resource', () => {
    expect(full.rules.accept(named('contoso'))?.rule.audience).toBeUndefined();
  });

  it('have careful defaults', () => {
    const acceptance = full.rules.accept(named('fabrikam'));
    expect(acceptance).toMatchObject({
      grants: new Set(['id-jag']),
      reuse: 'once',
      maxLifetime: 300,
      plainAudiences: ['https://broker.acme.example'],
      rule: {
        narrowScopes: false,
        publicClients: false,
        proofRequired: false,
        actor: 'carry',
        lifetime: 600,
        claims: ['auth_time', 'acr', 'amr'].map((name) => ({ from: name, to: name })),
      },
    });
    expect(acceptance?.tenants).toBeUndefined();
  });

  it('are not there for a domain that only has subjects', () => {
    expect(full.rules.accept(named('login'))).toBeUndefined();
  });
});

describe('access rules', () => {
  it('are one per resource, short or long', () => {
    const [short, long, ...more] = full.rules.access('travel-agent');
    expect(more).toEqual([]);
    expect(short).toMatchObject({
      id: 'travel-agent.access https://api.acme.example/',
      issues: accessToken,
      clients: new Map([['travel-agent', 'travel-agent']]),
      resources: ['https://api.acme.example/'],
      scopes: new Map([['calendar.read', 'calendar.read']]),
      subjectsOf: new Set(),
      lifetime: 300,
      actor: 'carry',
    });
    expect(long).toMatchObject({
      id: 'travel-agent.access https://files.acme.example/',
      resources: ['https://files.acme.example/'],
      scopes: new Map([['files', 'files.read']]),
      defaultScopes: ['files'],
      subjectsOf: new Set(['login']),
      lifetime: 120,
      claims: [
        { from: 'auth_time', to: 'auth_time' },
        { from: 'department', to: 'dept' },
      ],
      signIn: { acr: ['phr'], amr: [], maxAge: 3600 },
      when: new Map([['groups', ['travel']]]),
      actor: 'agent',
      proofRequired: true,
      publicClients: true,
      details: [{ type: 'order_line', actions: ['read'], amount: 10 }],
    });
  });

  it('are not there for a client without `access`', () => {
    expect(full.rules.access('gateway')).toEqual([]);
    expect(full.rules.access('toString')).toEqual([]);
  });
});

describe('resources and authorization details', () => {
  it('are what crossgrant.yaml says of them', () => {
    expect([...full.resources.values()]).toEqual([
      { uri: 'https://api.acme.example/', scopes: ['calendar.read', 'calendar.write'], proofRequired: false },
      { uri: 'https://files.acme.example/', scopes: ['files.read'], proofRequired: true },
    ]);
    expect(full.detailTypes.get('order_line')).toEqual({
      name: 'order_line',
      fields: new Map([
        ['actions', { compare: 'subset', required: true }],
        ['locations', { compare: 'subset', required: false }],
        ['amount', { compare: 'at_most', required: false }],
        ['currency', { compare: 'equal', required: false }],
      ]),
    });
  });
});

const smallMain = {
  issuer: 'https://broker.example',
  keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
  clients: { agent: { auth: { method: 'none' } } },
};
const subjectDomain = {
  issuer: 'https://login.example',
  contact: 'login',
  subjects: { tokens: ['id_token'], clients: { agent: 'agent' } },
};

/** A broker with one domain whose opaque tokens are asked about at `issuer`. */
async function opaqueDomain(issuer: string): Promise<Compiled> {
  const introspection = { client_id: 'broker', secret: { env: 'VAULT_SECRET' }, cache: 1 };
  const subjects = { tokens: ['access_token'], clients: { agent: 'agent' }, access_tokens: 'opaque', introspection };
  const path = await folder({
    'crossgrant.yaml': stringify({ ...smallMain, network: { loopback_http: true } }),
    'domains/login.yaml': stringify({ issuer, contact: 'login', subjects }),
  });
  return compiled(path, { fetch: loopbackFetch });
}

const { main, domain } = configJsonSchemas();
const settingNames = [...rowsOf(main), ...rowsOf(domain)]
  .map(({ path }) => path.split('.').at(-1) ?? '')
  .filter((name) => !name.startsWith('<'));

it('the fixture leaves no setting out', () => {
  const text = [
    'crossgrant.yaml',
    'domains/login.yaml',
    'domains/vault.yaml',
    'domains/contoso.yaml',
    'domains/fabrikam.yaml',
  ]
    .map((name) => readFileSync(join(fixtures, 'full', name), 'utf8'))
    .join('\n');
  expect([...new Set(settingNames)].filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
});
