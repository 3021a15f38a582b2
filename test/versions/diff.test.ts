// What a change of the configuration means: which way each setting changes trust, told at its place, and nothing where only the spelling differs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Loaded, loadConfig } from '../../src/config/load.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { merge, type Settings } from '../../src/testkit/merge.ts';
import { diffFiles } from '../../src/versions/diff/index.ts';
import type { Line } from '../../src/versions/diff/parts.ts';
import type { RiskClass } from '../../src/versions/diff/types.ts';
import { differences } from '../../src/versions/plan.ts';
import { spelledOut } from '../../src/versions/spell-out.ts';
import { env, type Files, fixtures, laidOver } from '../steps/config-folder.ts';

const path = join(fixtures, 'full/crossgrant.yaml');
let full: Loaded;
beforeAll(async () => {
  full = await loadConfig(path, env);
});

/** The full configuration with other files in the place of its own. */
const fullWith = (files: Files) => loadConfig(path, env, laidOver(files, 'full'), full);

const written = (file: string): Settings => parse(readFileSync(join(fixtures, 'full', file), 'utf8'));

/** The full configuration with changes laid over one file; null takes something away. */
const withChange = (file: string, changes: Settings) => fullWith({ [file]: stringify(merge(written(file), changes)) });

const diff = (before: Loaded | undefined, after: Loaded) => diffFiles(before && spelledOut(before), spelledOut(after));
const told = ({ class: risk, says }: Pick<Line, 'class' | 'says'>) => `${risk}: ${says}`;
/** What changes there mean, a line each; written there and back, so that each is seen from both sides. */
async function thereAndBack(file: string, changes: Settings) {
  const changed = await withChange(file, changes);
  return { there: diff(full, changed).map(told), back: diff(changed, full).map(told) };
}

type Row = readonly [file: string, changes: Settings, there: string, back: string];

const contoso = 'domains/contoso.yaml';
const login = 'domains/login.yaml';
const main = 'crossgrant.yaml';

describe('a setting', () => {
  it.each<Row>([
    // Whom we believe.
    [
      contoso,
      { contact: 'b@contoso.example' },
      'cosmetic: contact: iam@contoso.example → b@contoso.example',
      'cosmetic: contact: b@contoso.example → iam@contoso.example',
    ],
    [
      contoso,
      { state: 'suspended' },
      'narrows access: state: enforce → suspended',
      'widens access: state: suspended → enforce',
    ],
    [
      contoso,
      { expires: '2027-12-31' },
      'widens access: last day of the trust: 2027-06-30 → 2027-12-31',
      'narrows access: last day of the trust: 2027-12-31 → 2027-06-30',
    ],
    [
      contoso,
      { expires: null },
      'widens access: last day of the trust: 2027-06-30 → no bound',
      'narrows access: last day of the trust: no bound → 2027-06-30',
    ],
    [
      login,
      { algs: ['ES256'] },
      'narrows access: signature algorithm RS256 is removed',
      'widens access: signature algorithm RS256 is added',
    ],
    [
      login,
      { keys: { url: 'https://elsewhere.example/keys' } },
      'widens access: its keys come from elsewhere: https://login.acme.example/keys → https://elsewhere.example/keys',
      'widens access: its keys come from elsewhere: https://elsewhere.example/keys → https://login.acme.example/keys',
    ],
    // Whose tokens count.
    [
      login,
      { subjects: { tokens: ['id_token', 'jwt'] } },
      'narrows access: subjects: subject tokens of kind access_token is removed',
      'widens access: subjects: subject tokens of kind access_token is added',
    ],
    [
      login,
      { subjects: { clients: { 'travel-agent': 'another' } } },
      'breaks callers: subjects: client travel-agent is another there, no longer wiki-app',
      'breaks callers: subjects: client travel-agent is wiki-app there, no longer another',
    ],
    [
      login,
      { subjects: { tenant_claim: 'org' } },
      'breaks callers: subjects: claim that names the tenant: subjects are other people: tid → org',
      'breaks callers: subjects: claim that names the tenant: subjects are other people: org → tid',
    ],
    [
      login,
      { subjects: { subject_claim: 'uid' } },
      'breaks callers: subjects: claim that names the subject: subjects are other people: oid → uid',
      'breaks callers: subjects: claim that names the subject: subjects are other people: uid → oid',
    ],
    [
      login,
      { subjects: { when: { email_verified: true } } },
      'narrows access: subjects: its tokens must have email_verified = true is added',
      'widens access: subjects: its tokens must have email_verified = true is removed',
    ],
    // What may be sent.
    [
      contoso,
      { send: { grant: 'jwt' } },
      'breaks callers: send: kind of grant: id-jag → jwt',
      'breaks callers: send: kind of grant: jwt → id-jag',
    ],
    [
      contoso,
      { send: { scopes: { 'calendar.write': 'events:write' } } },
      'widens access: send: scope calendar.write (events:write there) is added',
      'narrows access: send: scope calendar.write (events:write there) is removed',
    ],
    [
      contoso,
      { send: { scopes: { 'calendar.read': 'events:list' } } },
      'breaks callers: send: scope calendar.read (events:read there): events:read → events:list',
      'breaks callers: send: scope calendar.read (events:list there): events:list → events:read',
    ],
    [
      contoso,
      { send: { clients: { gateway: '0oa7f9' } } },
      'widens access: send: client gateway (0oa7f9 there) is added',
      'narrows access: send: client gateway (0oa7f9 there) is removed',
    ],
    [
      contoso,
      { send: { from: [] } },
      'widens access: send: for subjects of every domain; it was for those of login',
      'narrows access: send: only for subjects of login; it was for those of every domain',
    ],
    [
      contoso,
      { send: { subject: { from: 'sub', secret: null } } },
      'breaks callers: send: subjects are named otherwise: pairwise {"secret":{"env":"CONTOSO_PAIRWISE"}} → sub',
      'breaks callers: send: subjects are named otherwise: sub → pairwise {"secret":{"env":"CONTOSO_PAIRWISE"}}',
    ],
    [
      contoso,
      { send: { when: { department: 'travel' } } },
      'narrows access: send: condition department = travel is added',
      'widens access: send: condition department = travel is removed',
    ],
    [
      contoso,
      { send: { when: { groups: ['travel'] } } },
      'narrows access: send: condition groups: value ops is removed',
      'widens access: send: condition groups: value ops is added',
    ],
    [
      contoso,
      { send: { require: { acr: ['phr'] } } },
      'narrows access: send: sufficient sign-in context phrh is removed',
      'widens access: send: sufficient sign-in context phrh is added',
    ],
    [
      contoso,
      { send: { require: { amr: ['mfa', 'hwk'] } } },
      'narrows access: send: required sign-in method hwk is added',
      'widens access: send: required sign-in method hwk is removed',
    ],
    [
      contoso,
      { send: { require: { max_age: '1m' } } },
      'narrows access: send: age of the sign-in at most: 5 min → 1 min',
      'widens access: send: age of the sign-in at most: 1 min → 5 min',
    ],
    [
      contoso,
      {
        send: {
          claims: [
            'email',
            'auth_time',
            { from: 'department', to: 'https://contoso.example/department' },
            'phone_number',
          ],
        },
      },
      'widens access: send: claim phone_number is added',
      'breaks callers: send: claim phone_number is removed',
    ],
    [
      contoso,
      { send: { actor: 'refuse' } },
      'narrows access: send: actors: token → refuse',
      'widens access: send: actors: refuse → token',
    ],
    [
      contoso,
      { send: { actor: 'carry' } },
      'breaks callers: send: actors: token → carry',
      'breaks callers: send: actors: carry → token',
    ],
    [
      contoso,
      { send: { lifetime: '2m' } },
      'narrows access: send: lifetime of what is issued: 4 min → 2 min',
      'widens access: send: lifetime of what is issued: 2 min → 4 min',
    ],
    [
      contoso,
      { send: { dpop: 'optional' } },
      'widens access: send: DPoP proof: required → optional',
      'narrows access: send: DPoP proof: optional → required',
    ],
    [
      contoso,
      { send: { public_clients: false } },
      'narrows access: send: clients without credentials: true → false',
      'widens access: send: clients without credentials: false → true',
    ],
    [
      contoso,
      { send: { resource_required: true } },
      'narrows access: send: a resource must be named: false → true',
      'widens access: send: a resource must be named: true → false',
    ],
    [
      contoso,
      { send: { default_resource: null } },
      'narrows access: send: resource when none is asked for: https://api.contoso.example/ → not set',
      'widens access: send: resource when none is asked for: not set → https://api.contoso.example/',
    ],
    // What may be redeemed.
    [
      contoso,
      { accept: { grants: ['id-jag'] } },
      'narrows access: accept: grants of kind jwt is removed',
      'widens access: accept: grants of kind jwt is added',
    ],
    [
      contoso,
      { accept: { clients: { 'partner-app': { dpop_bound: false } } } },
      'widens access: accept: client partner-app: DPoP proof required: true → false',
      'narrows access: accept: client partner-app: DPoP proof required: false → true',
    ],
    [
      contoso,
      { accept: { clients: { spare: null } } },
      'narrows access: accept: client spare is removed',
      'widens access: accept: client spare is added',
    ],
    [
      contoso,
      { accept: { subject: { to: 'partner|{sub}' } } },
      'breaks callers: accept: subjects are named otherwise: sub as contoso|{sub} → sub as partner|{sub}',
      'breaks callers: accept: subjects are named otherwise: sub as partner|{sub} → sub as contoso|{sub}',
    ],
    [
      contoso,
      { accept: { reuse: 'once' } },
      'narrows access: accept: a grant is good: until_expiry → once',
      'widens access: accept: a grant is good: once → until_expiry',
    ],
    [
      contoso,
      { accept: { scope_mode: 'reject' } },
      'narrows access: accept: a request beyond the grant: narrow → reject',
      'widens access: accept: a request beyond the grant: reject → narrow',
    ],
    [
      contoso,
      { accept: { tenants: { t_northern: 'ws-9' } } },
      'breaks callers: accept: tenant t_northern (ws-118 here): ws-118 → ws-9',
      'breaks callers: accept: tenant t_northern (ws-9 here): ws-9 → ws-118',
    ],
    [
      contoso,
      { accept: { max_grant_lifetime: '5m' } },
      'widens access: accept: life of a grant: 3 min → 5 min',
      'narrows access: accept: life of a grant: 5 min → 3 min',
    ],
    [
      contoso,
      { accept: { audience: ['issuer'] } },
      'narrows access: accept: audience of a plain grant token_endpoint is removed',
      'widens access: accept: audience of a plain grant token_endpoint is added',
    ],
    // Our clients and resources.
    [
      main,
      { clients: { 'travel-agent': { agent: 'spiffe://acme.example/agent/other' } } },
      'breaks callers: the agent behind it: spiffe://acme.example/agent/travel → spiffe://acme.example/agent/other',
      'breaks callers: the agent behind it: spiffe://acme.example/agent/other → spiffe://acme.example/agent/travel',
    ],
    [
      main,
      { clients: { gateway: { grants: ['token-exchange'] } } },
      'narrows access: grant type jwt-bearer is removed',
      'widens access: grant type jwt-bearer is added',
    ],
    [
      main,
      { clients: { gateway: { auth: { secret: { env: 'VAULT_SECRET' } } } } },
      'breaks callers: its secret: {"env":"GATEWAY_SECRET"} → {"env":"VAULT_SECRET"}',
      'breaks callers: its secret: {"env":"VAULT_SECRET"} → {"env":"GATEWAY_SECRET"}',
    ],
    [
      main,
      { clients: { gateway: { auth: { method: 'client_secret_post' } } } },
      'breaks callers: its authentication: client_secret_basic → client_secret_post',
      'breaks callers: its authentication: client_secret_post → client_secret_basic',
    ],
    [
      main,
      { clients: { spare: { suspended: false } } },
      'widens access: suspended: true → false',
      'narrows access: suspended: false → true',
    ],
    [
      main,
      { clients: { 'travel-agent': { rate: { per_second: 60 } } } },
      'widens access: its rate a second: 50 → 60',
      'narrows access: its rate a second: 60 → 50',
    ],
    [
      main,
      { clients: { gateway: { introspects: [] } } },
      'narrows access: introspection of tokens for https://api.acme.example/ is removed',
      'widens access: introspection of tokens for https://api.acme.example/ is added',
    ],
    [
      main,
      { resources: { 'https://api.acme.example/': { scopes: ['calendar.read', 'calendar.write', 'calendar.share'] } } },
      'widens access: scope calendar.share is added',
      'narrows access: scope calendar.share is removed',
    ],
    [
      main,
      { authorization_details: { order_line: { fields: { amount: { required: true } } } } },
      'narrows access: authorization details order_line: field amount: must be there: false → true',
      'widens access: authorization details order_line: field amount: must be there: true → false',
    ],
    // Who we are and how we run.
    [
      main,
      { network: { allow: ['10.1.0.0/16'] } },
      'narrows access: private network we may fetch from internal.example is removed; keys of partners count again once they are fetched anew',
      'widens access: private network we may fetch from internal.example is added',
    ],
    [
      main,
      { network: { ca: null } },
      'widens access: certificate authorities we believe: {"file":"cert.pem"} → not set; if one of them is gone, keys of partners count again once they are fetched anew',
      'widens access: certificate authorities we believe: not set → {"file":"cert.pem"}',
    ],
    [
      main,
      { dpop: { nonce: 'required' } },
      'narrows access: nonce in DPoP proofs: optional → required',
      'widens access: nonce in DPoP proofs: required → optional',
    ],
    [
      main,
      { listen: { port: 8444 } },
      'breaks callers: port we listen on: 8443 → 8444',
      'breaks callers: port we listen on: 8444 → 8443',
    ],
    [
      main,
      { audit: { keep: '30d' } },
      'breaks callers: audit records are kept: 400 d → 30 d: older ones leave the trail at once, for good',
      'cosmetic: audit records are kept: 30 d → 400 d',
    ],
  ])('%s %j', async (file, changes, there, back) => {
    expect(await thereAndBack(file, changes)).toEqual({ there: [there], back: [back] });
  });
});

describe('keys that are pinned', () => {
  const url = 'https://login.acme.example/keys';
  const [one, other] = ['a'.repeat(43), 'b'.repeat(43)];

  it.each<Row>([
    [
      login,
      { keys: { url, pin: true } },
      'breaks callers: its keys are pinned: each needs approval (`domain approve-keys`)',
      'widens access: its keys are pinned no longer',
    ],
    [
      'domains/fabrikam.yaml',
      { keys: { pin: ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs', one] } },
      `widens access: approved key ${one} is added`,
      `breaks callers: approved key ${one} is removed`,
    ],
  ])('%s %o', async (file, changes, there, back) => {
    expect(await thereAndBack(file, changes)).toEqual({ there: [there], back: [back] });
  });

  it('are told of at the pin, and so is what takes their place', async () => {
    const lines = diff(full, await withChange('domains/fabrikam.yaml', { keys: { pin: [other] } }));
    expect(lines.map(({ setting }) => setting)).toEqual(['keys.pin', 'keys.pin']);
  });
});

describe('public keys', () => {
  const [old, next] = [testKey('ES256', 'old'), testKey('ES256', 'next')];
  const keysOf = (...keys: readonly (typeof old)[]) =>
    fullWith({ 'travel-agent.jwks.json': JSON.stringify({ keys: keys.flatMap(({ jwks }) => jwks.keys) }) });

  it('in a file are compared by what they are: one that comes widens, one that goes breaks callers', async () => {
    const lines = diff(await keysOf(old), await keysOf(next));
    const client = lines.filter(({ group }) => group === 'client travel-agent').map(told);
    expect(client).toEqual([
      expect.stringMatching(/^widens access: its keys: key next \([\w-]{12}…\) is added$/),
      expect.stringMatching(/^breaks callers: its keys: key old \([\w-]{12}…\) is removed$/),
    ]);
    expect(lines.filter(({ group }) => group === 'domain contoso')).toHaveLength(2);
  });

  it('that stand in the file or in the configuration are the same keys', async () => {
    const file = await keysOf(old);
    const inline = stringify(
      merge(written('crossgrant.yaml'), { clients: { 'travel-agent': { auth: { jwks: null } } } }),
    );
    const spelled = merge(parse(inline), { clients: { 'travel-agent': { auth: { jwks: old.jwks } } } });
    const other = await fullWith({
      'crossgrant.yaml': stringify(spelled),
      'travel-agent.jwks.json': JSON.stringify(old.jwks),
    });
    expect(diff(file, other)).toEqual([]);
  });
});

describe('whole parts', () => {
  it('that come or go are one line each, for the domain and for what it may do', async () => {
    const without = await withChange('domains/fabrikam.yaml', { accept: null });
    const [line] = diff(full, without);
    expect(line).toMatchObject({
      class: 'narrows access',
      group: 'domain fabrikam',
      concern: { domain: 'fabrikam', rule: 'fabrikam.accept' },
    });
    expect(line?.says).toBe(
      'accept is removed: partner-app may redeem id-jag grants for calendar.read at https://api.acme.example/, for 10 min',
    );
    expect(diff(without, full).map(({ class: risk }) => risk)).toEqual(['widens access']);
  });

  it('of a first configuration are all new', () => {
    const lines = diff(undefined, full);
    const widening = lines.filter(({ class: risk }) => risk === 'widens access').map(({ group }) => group);
    expect(new Set(widening)).toEqual(
      new Set([
        ...['contoso', 'fabrikam', 'login', 'own', 'vault'].map((name) => `domain ${name}`),
        ...['travel-agent', 'gateway', 'spare', 'kiosk'].map((name) => `client ${name}`),
        ...['https://api.acme.example/', 'https://files.acme.example/'].map((uri) => `resource ${uri}`),
        'crossgrant.yaml',
      ]),
    );
  });

  it('named rules are known by their names, and their order counts', async () => {
    const { send } = written('domains/fabrikam.yaml') as { send: Settings[] };
    const swapped = await withChange('domains/fabrikam.yaml', { send: [...send].reverse() });
    expect(diff(full, swapped).map(told)).toEqual([
      'breaks callers: its rules stand in another order, and the first that fits decides: fabrikam.send.guests, fabrikam.send.staff',
    ]);
  });
});

describe('a plan', () => {
  it('says so where only comments or spelling differ', async () => {
    const text = readFileSync(join(fixtures, 'full', contoso), 'utf8');
    const commented = await fullWith({ [contoso]: `# reviewed\n${text}` });
    const lines = differences(full, commented);
    expect(lines.map(({ class: risk, says, at }) => [risk, says, at])).toEqual([
      ['cosmetic', 'comments, order or spelling differ; what it means does not', `${contoso}:1`],
    ]);
  });

  it('has the riskiest line first, each with the place it stands at', async () => {
    const after = await withChange(contoso, {
      contact: 'b@contoso.example',
      send: { scopes: { 'calendar.write': 'events:write' }, lifetime: '1m', subject: { from: 'sub', secret: null } },
    });
    const lines = differences(full, after);
    const classes: readonly RiskClass[] = ['widens access', 'breaks callers', 'narrows access', 'cosmetic'];
    expect(lines.map(({ class: risk }) => risk)).toEqual(classes);
    expect(lines.map(({ setting }) => setting)).toEqual([
      'send.scopes["calendar.write"]',
      'send.subject',
      'send.lifetime',
      'contact',
    ]);
    const text = after.texts[contoso]?.split('\n') ?? [];
    for (const { at } of lines) expect(at).toMatch(/^domains\/contoso\.yaml:\d+$/);
    expect(text[Number(lines[0]?.at.split(':')[1]) - 1]).toContain('calendar.write');
  });

  it('names what each process takes from its machine at its start', async () => {
    const lines = differences(full, await withChange(main, { listen: { port: 1 }, rates: { client: { burst: 1 } } }));
    expect(lines.map(({ setting, needsRestart }) => [setting, needsRestart])).toEqual([
      ['listen.port', true],
      ['rates.client', false],
    ]);
  });
});
