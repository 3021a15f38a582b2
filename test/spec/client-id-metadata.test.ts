// draft-ietf-oauth-client-id-metadata-document-01: a client nobody registered is known by the document at its id, and by nothing else.

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeTrace, openTrace } from '../../src/audit/trace.ts';
import type { JsonObject } from '../../src/jose/json.ts';
import { decodeJws } from '../../src/jose/jws.ts';
import { limits } from '../../src/protocol/limits.ts';
import type { Reason } from '../../src/protocol/refusal.ts';
import { grantProfiles, grantTypes } from '../../src/protocol/urns.ts';
import { getJson, type HttpAnswer } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { idJag } from '../../src/testkit/tokens.ts';
import { clientDocument, type DocumentHost, json, openDocumentHost, type Served } from '../support/client-documents.ts';
import { basic, expectLoggedOnly, expectRecorded, openWorld, type World } from '../support/http.ts';
import { withoutUpkeep } from '../support/without-upkeep.ts';

let agents: DocumentHost;
let shared: DocumentHost;
let elsewhere: DocumentHost;
let world: World;
const mallory = testKey('ES256', 'mallory-1');
const registered = testKey('ES256', 'registered-1');
const fabrikam = 'https://as.fabrikam.example';
const oneOfMany = () => `${shared.origin}/acme/travel`;
const known = () => `${agents.origin}/registered`;

beforeAll(async () => {
  [agents, shared, elsewhere] = await Promise.all([openDocumentHost(), openDocumentHost(), openDocumentHost()]);
  world = await withoutUpkeep(() =>
    openWorld({
      main: () => ({
        clients: { [known()]: { auth: { method: 'private_key_jwt', jwks: registered.jwks }, grants: ['jwt-bearer'] } },
      }),
      accept: () => ({
        client_metadata: {
          hosts: [agents.host, '10.0.0.5', '169.254.169.254', '[fd00::1]', 'localhost:1'],
          urls: [oneOfMany()],
        },
      }),
      domains: ({ calendar }) => ({
        fabrikam: {
          issuer: fabrikam,
          contact: 'iam@fabrikam.example',
          keys: mallory.jwks,
          accept: {
            client_metadata: { hosts: [elsewhere.host] },
            subject: 'fabrikam|{sub}',
            resources: [calendar],
            scopes: ['events:read'],
          },
        },
      }),
    }),
  );
});
afterAll(() => Promise.all([world.stop(), agents.stop(), shared.stop(), elsewhere.stop()]));

type Known = { readonly id: string; readonly key: TestKey };
const asserted = ({ id, key }: Known, header = {}) =>
  world.credentials(world.assertion({ iss: id, sub: id }, header, key));
/** Redeems a grant that names the client. */
const redeem = (client: Known, header = {}) =>
  world.partner.token(world.form({ assertion: world.grant({ client_id: client.id }), ...asserted(client, header) }));
const turnedAway = async (answer: HttpAnswer, reason: Reason, status = 401) => {
  const error = status === 503 ? 'temporarily_unavailable' : 'invalid_client';
  const { fields } = await expectLoggedOnly(world, answer, { reason, status, error });
  return String(fields['received']);
};
/** Put up at a path of its own. */
const at = (path: string, served: Served): Known => {
  agents.serve(path, served);
  return { id: `${agents.origin}${path}`, key: mallory };
};

describe('a client that nobody registered', () => {
  it('is known by its document: its keys are there, and the record calls it by its URL', async () => {
    const client = agents.client();
    const answer = await redeem(client);
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer', scope: 'events:read' } });
    const [record] = await world.records(answer);
    expect(record).toMatchObject({ decision: 'granted', client: client.id, agent: null, rule: 'acme.accept' });
    expect(record?.risk).toMatchObject({ proof: 'private_key_jwt' });
  });

  it('may have its keys at another place of the same origin', async () => {
    const client = agents.client({ jwks: undefined, jwks_uri: `${agents.origin}/keys-of-one` });
    agents.serve('/keys-of-one', { keys: [client.key.publicJwk] });
    expect(await redeem(client)).toMatchObject({ status: 200 });
  });

  it('introspects and revokes its own tokens, as every client', async () => {
    const client = agents.client();
    const { body } = await redeem(client);
    const about = () => ({ token: String(body['access_token']), ...asserted(client) });
    expect(await world.partner.post('introspect', about())).toMatchObject({
      body: { active: true, client_id: client.id },
    });
    expect(await world.partner.post('revoke', about())).toMatchObject({ status: 200 });
    expect(await world.partner.post('introspect', about())).toMatchObject({ body: { active: false } });
  });

  it('ID-JAG §4.4.1 redeems what was issued to it, and nothing else', async () => {
    const [one, other] = [agents.client(), agents.client()];
    const form = world.form({ assertion: world.grant({ client_id: other.id }), ...asserted(one) });
    await expectRecorded(world, await world.partner.token(form), {
      reason: 'grant.client',
      status: 400,
      error: 'invalid_grant',
    });
  });

  it('RFC 9449 §5.2 is held to proofs of possession when its document says so', async () => {
    const bound = await redeem(agents.client({ dpop_bound_access_tokens: true }));
    await expectRecorded(world, bound, { reason: 'dpop_proof.missing', status: 400, error: 'invalid_dpop_proof' });
  });

  it('RFC 7591 §2 uses the grant types its document lists', async () => {
    const answer = await redeem(agents.client({ grant_types: ['authorization_code'] }));
    await expectRecorded(world, answer, {
      reason: 'client.grant_not_allowed',
      status: 400,
      error: 'unauthorized_client',
    });
    expect(await redeem(agents.client({ grant_types: undefined }))).toMatchObject({ status: 200 });
  });

  it('N-113 ID-JAG §8 lists the profile only with both of its grant types', async () => {
    const profile = { authorization_grant_profiles_supported: [grantProfiles.idJag] };
    expect(await redeem(agents.client(profile))).toMatchObject({ status: 200 });
    const half = agents.client({ ...profile, grant_types: [grantTypes.jwtBearer] });
    expect(await turnedAway(await redeem(half), 'client.metadata')).toContain('both of its grant types');
  });
});

describe('§3 what such a client id is', () => {
  it.each<[string, (origin: string, host: string) => string]>([
    ['not https, and not on loopback', () => 'http://agents.acme.example/travel'],
    ['with a fragment', (origin) => `${origin}/agents/x#y`],
    ['with an empty fragment', (origin) => `${origin}/agents/x#`],
    ['with a user name', (_, host) => `http://acme@${host}/agents/x`],
    ['with a password', (_, host) => `http://acme:secret@${host}/agents/x`],
    ['with a dot segment', (origin) => `${origin}/agents/./x`],
    ['with a double-dot segment', (origin) => `${origin}/agents/../x`],
    ['with an encoded dot segment', (origin) => `${origin}/agents/%2e%2e/x`],
    ['with an encoded slash', (origin) => `${origin}/agents/..%2Fx`],
    ['without a path', (origin) => origin],
    ['with a query (we want none)', (origin) => `${origin}/agents/x?id=1`],
    ['with a backslash', (origin) => `${origin}\\agents\\x`],
    ['with a scheme in capitals', (_, host) => `HTTP://${host}/agents/x`],
    ['with the host spelled otherwise', (_, host) => `http://${host.replace('127.0.0.1', '2130706433')}/agents/x`],
    ['longer than an identifier', (origin) => `${origin}/${'x'.repeat(255)}`],
    ['of another scheme', () => 'spiffe://acme.example/agent/travel'],
  ])('none %s: unknown, and nothing is fetched', async (_title, make) => {
    const id = make(agents.origin, agents.host);
    const before = agents.asked.length;
    await turnedAway(await redeem({ id, key: mallory }), 'client.unknown');
    expect(agents.asked).toHaveLength(before);
  });
});

describe('§4 the document is fetched', () => {
  it.each([201, 202, 203, 204, 404, 410])('and only 200 counts, not %i', async (status) => {
    const id = `${agents.origin}/status/${status}`;
    const served: Served = (_request, response) =>
      status === 204 ? void response.writeHead(204).end() : json(response, status, clientDocument(id, mallory));
    await turnedAway(await redeem(at(`/status/${status}`, served)), 'client.metadata');
  });

  it.each([301, 302, 307, 308])('N-109 and a redirect (%i) is not followed', async (status) => {
    const target = `/redirected/${status}/target`;
    agents.serve(target, clientDocument(`${agents.origin}/redirected/${status}`, mallory));
    const served: Served = (_request, response) => void response.writeHead(status, { location: target }).end();
    expect(await turnedAway(await redeem(at(`/redirected/${status}`, served)), 'client.metadata')).toContain(
      'redirects',
    );
    expect(agents.asked).not.toContain(target);
  });

  it('§4.3 and a host that cannot answer now means: later, not never', async () => {
    const served: Served = (_request, response) => json(response, 503, {});
    const client = at('/passing/503', served);
    await turnedAway(await redeem(client), 'client.metadata_unavailable', 503);
    agents.serve('/passing/503', clientDocument(client.id, mallory));
    await turnedAway(await redeem(client), 'client.metadata_unavailable', 503);
    world.pass(limits.jwksRetry);
    expect(await redeem(client)).toMatchObject({ status: 200 });
  });

  it('§4.3 and a host where nobody listens, or that hangs up, means the same', async () => {
    for (const client of [
      { id: 'http://localhost:1/agent', key: mallory },
      at('/hangs-up', (request) => void request.destroy()),
    ]) {
      await turnedAway(await redeem(client), 'client.metadata_unavailable', 503);
    }
  });
});

describe('§4.1 the document', () => {
  const spoiled = (changes: JsonObject) => agents.client(changes);

  it('N-110 must say its own URL as client_id, byte for byte', async () => {
    const other = agents.client();
    for (const client_id of [other.id, undefined, [agents.origin], `${agents.origin}/AGENTS/1`, `${other.id}/`]) {
      expect(await turnedAway(await redeem(spoiled({ client_id })), 'client.metadata')).toContain('client_id');
    }
    expect(await redeem(other)).toMatchObject({ status: 200 });
  });

  it('cannot speak for another client: what it says of that one reaches nobody', async () => {
    const victim = agents.client();
    const poisoner = at('/poison', clientDocument(victim.id, mallory));
    await turnedAway(await redeem(poisoner), 'client.metadata');
    await turnedAway(await redeem({ id: victim.id, key: mallory }), 'client_assertion.key');
    expect(await redeem(victim)).toMatchObject({ status: 200 });
  });

  it.each(['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'none', undefined, ['private_key_jwt']])(
    'N-111 must not name a shared secret or no method at all: %s',
    async (method) => {
      const client = spoiled({ token_endpoint_auth_method: method });
      expect(await turnedAway(await redeem(client), 'client.metadata')).toContain('not private_key_jwt');
    },
  );

  it.each(['client_secret', 'client_secret_expires_at'])('must not have %s', async (name) => {
    expect(await turnedAway(await redeem(spoiled({ [name]: 0 })), 'client.metadata')).toContain(name);
  });

  it('may come as any kind of JSON, and as nothing else', async () => {
    const as = (type: string) => {
      const path = `/type/${type.replaceAll(/\W/g, '-')}`;
      const id = `${agents.origin}${path}`;
      const body = JSON.stringify(clientDocument(id, mallory));
      return redeem(at(path, (_request, response) => void response.writeHead(200, { 'content-type': type }).end(body)));
    };
    for (const type of ['application/json; charset=utf-8', 'application/oauth-client-metadata+json']) {
      expect(await as(type)).toMatchObject({ status: 200 });
    }
    for (const type of ['text/html', 'text/plain', 'application/jose', 'image/svg+json']) {
      await turnedAway(await as(type), 'client.metadata');
    }
  });

  it.each<[string, (document: string) => string]>([
    ['no JSON', (text) => text.slice(1)],
    ['a list', (text) => `[${text}]`],
    ['a member twice', (text) => text.replace('{', '{"client_id":"https://other.example/",')],
    ['more nesting than anybody needs', (text) => text.replace('{', `{"x":${'['.repeat(20)}${']'.repeat(20)},`)],
    ['a page', () => '<html>Sign in</html>'],
    ['nothing', () => ''],
  ])('is refused when it is %s', async (title, spoil) => {
    const path = `/spoiled/${title.replaceAll(' ', '-')}`;
    const text = spoil(JSON.stringify(clientDocument(`${agents.origin}${path}`, mallory)));
    const served: Served = (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    await turnedAway(await redeem(at(path, served)), 'client.metadata');
  });

  it.each<[string, JsonObject]>([
    ['no keys', { jwks: undefined }],
    ['keys twice', { jwks_uri: 'http://127.0.0.1/keys' }],
    ['a private key', { jwks: { keys: [mallory.privateJwk] } }],
    ['a shared key', { jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 's' }] } }],
    ['two keys under one kid', { jwks: { keys: [mallory.publicJwk, { ...registered.publicJwk, kid: mallory.kid }] } }],
    ['a key for something else', { jwks: { keys: [{ ...mallory.publicJwk, use: 'enc' }] } }],
    ['an empty set', { jwks: { keys: [] } }],
    ['something else for a set', { jwks: [mallory.publicJwk] }],
    ['grant types that are none', { grant_types: 'jwt-bearer' }],
    ['a DPoP switch that is none', { dpop_bound_access_tokens: 'true' }],
  ])('is refused when it has %s', async (_title, changes) => {
    await turnedAway(await redeem(spoiled(changes)), 'client.metadata');
  });
});

describe('§4.4 the document is kept', () => {
  const times = (client: Known) => agents.asked.filter((path) => `${agents.origin}${path}` === client.id).length;
  const kept = (path: string, cacheControl: string) => {
    const id = `${agents.origin}${path}`;
    const headers = { 'cache-control': cacheControl };
    return at(path, (_request, response) => json(response, 200, clientDocument(id, mallory), headers));
  };

  it('for as long as its host allows, within bounds of ours', async () => {
    for (const [allowed, seconds] of [
      ['max-age=600', 600],
      ['no-store', limits.jwksMinAge],
      ['max-age=99999', 3600],
    ]) {
      const client = kept(`/kept/${seconds}`, String(allowed));
      await redeem(client);
      world.pass(Number(seconds));
      await redeem(client);
      expect(times(client)).toBe(1);
      world.pass(1);
      await redeem(client);
      await expect.poll(() => times(client)).toBe(2);
    }
  });

  it('once for all who ask at the same time', async () => {
    const client = agents.client();
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(client)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(times(client)).toBe(1);
  });

  it('never when it is in error: that is only not asked again for half a minute', async () => {
    const path = '/late';
    const client: Known = { id: `${agents.origin}${path}`, key: mallory };
    for (let turn = 0; turn < 5; turn += 1) await turnedAway(await redeem(client), 'client.metadata');
    expect(times(client)).toBe(1);
    agents.serve(path, clientDocument(client.id, mallory));
    world.pass(limits.jwksRetry);
    expect(await redeem(client)).toMatchObject({ status: 200 });
  });

  it('for a day while its host is down, so that agents go on', async () => {
    const client = agents.client();
    const path = client.id.slice(agents.origin.length);
    expect(await redeem(client)).toMatchObject({ status: 200 });
    agents.serve(path, (request) => void request.destroy());
    world.pass(2 * limits.jwksDefaultAge + 1);
    expect(await redeem(client)).toMatchObject({ status: 200 });
    world.pass(limits.jwksLastGood);
    await turnedAway(await redeem(client), 'client.metadata_unavailable', 503);
  });

  it('no longer once its host takes it back', async () => {
    const client = agents.client();
    const path = client.id.slice(agents.origin.length);
    expect(await redeem(client)).toMatchObject({ status: 200 });
    agents.serve(path, (_request, response) => json(response, 404, {}));
    world.pass(2 * limits.jwksDefaultAge + 1);
    await turnedAway(await redeem(client), 'client.metadata');
    await turnedAway(await redeem(client), 'client.metadata');
  });
});

describe('§5 our metadata', () => {
  it('says that we take such ids, and by which method they authenticate', async () => {
    const { body } = await getJson(`${world.contoso}/.well-known/oauth-authorization-server`);
    expect(body).toMatchObject({ client_id_metadata_document_supported: true });
    expect(body['token_endpoint_auth_methods_supported']).toContain('private_key_jwt');
    expect(JSON.stringify(body)).not.toContain(agents.host);
  });

  it('says nothing of it where no domain lets them in', async () => {
    const { body } = await getJson(`${world.acme}/.well-known/oauth-authorization-server`);
    expect(body).not.toHaveProperty('client_id_metadata_document_supported');
  });
});

describe('§6.2 the client authenticates with its own keys, every time', () => {
  const nobodyAsked = async (answer: HttpAnswer, reason: Reason, before: number) => {
    await turnedAway(answer, reason);
    expect(agents.asked).toHaveLength(before);
  };

  it('naming it is not enough, and makes us fetch nothing', async () => {
    const { id } = agents.client();
    const before = agents.asked.length;
    const noAssertion = { client_assertion: undefined, client_assertion_type: undefined };
    const form = world.form({ assertion: world.grant({ client_id: id }), ...noAssertion });
    await nobodyAsked(await world.partner.token({ ...form, client_id: id }), 'client.method', before);
    await nobodyAsked(await world.partner.token(form, basic(id, 'secret')), 'client.method', before);
    const posted = { ...form, client_id: id, client_secret: 'secret' };
    await nobodyAsked(await world.partner.token(posted), 'client.method', before);
  });

  it.each<[string, (client: Known) => { header?: object; key: TestKey }, Reason]>([
    ['a key that is not in the document', () => ({ key: mallory }), 'client_assertion.key'],
    ['another key under the same kid', ({ key }) => ({ key: testKey('ES256', key.kid) }), 'client_assertion.signature'],
    ['alg none', ({ key }) => ({ key, header: { alg: 'none' } }), 'client_assertion.algorithm'],
    ['a key in the header', () => ({ key: mallory, header: { jwk: mallory.publicJwk } }), 'client_assertion.key'],
  ])('%s is refused', async (_title, make, reason) => {
    const client = agents.client();
    const { header = {}, key } = make(client);
    await turnedAway(await redeem({ id: client.id, key }, header), reason);
  });

  it('the public key as the secret of a MAC is refused (key confusion)', async () => {
    const client = agents.client();
    const [, claims] = world.assertion({ iss: client.id, sub: client.id }, {}, client.key).split('.');
    const head = Buffer.from(JSON.stringify({ alg: 'HS256', kid: client.key.kid })).toString('base64url');
    const secret = JSON.stringify(client.key.publicJwk);
    const mac = createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url');
    const credentials = world.credentials(`${head}.${claims}.${mac}`);
    await turnedAway(await world.partner.token(world.form(credentials)), 'client_assertion.algorithm');
  });

  it('token_endpoint_auth_signing_alg is the one algorithm, and must be one', async () => {
    const alg = (name: unknown) => redeem(agents.client({ token_endpoint_auth_signing_alg: name }));
    expect(await alg('ES256')).toMatchObject({ status: 200 });
    await turnedAway(await alg('RS256'), 'client_assertion.algorithm');
    for (const name of ['none', 'HS256', 'constructor', null]) await turnedAway(await alg(name), 'client.metadata');
  });

  it('an assertion for somebody else, or used twice, is worth as little as with any client', async () => {
    const client = agents.client();
    const elsewhereMeant = world.assertion({ iss: client.id, sub: client.id, aud: world.acme }, {}, client.key);
    await turnedAway(
      await world.partner.token(world.form(world.credentials(elsewhereMeant))),
      'client_assertion.audience',
    );
    const credentials = asserted(client);
    const form = () => world.form({ assertion: world.grant({ client_id: client.id }), ...credentials });
    expect(await world.partner.token(form())).toMatchObject({ status: 200 });
    const replayed = { reason: 'client_assertion.replayed', status: 401, error: 'invalid_client' } as const;
    await expectRecorded(world, await world.partner.token(form()), replayed);
  });
});

describe('design §2.1 a client known by its document', () => {
  it('is suspended by its URL as every client: nothing more is issued to it, and what was is revoked', async () => {
    const client = agents.client();
    const { body } = await redeem(client);
    const { store } = world.partner.broker;
    const suspension = { kind: 'client', issuer: '', name: client.id, at: world.now() * 1000, author: 'olga' } as const;
    const record = closeTrace(openTrace('client.suspend', suspension.at));
    const done = await store.suspend({ ...suspension, reason: null }, world.now(), null, () => record);
    expect(done).toEqual({ revoked: 1 });
    const refused = { reason: 'policy.client_suspended', status: 400, error: 'access_denied' } as const;
    expect((await expectRecorded(world, await redeem(client), refused)).client).toBe(client.id);
    const found = await store.findToken(String(decodeJws(String(body['access_token'])).claims['jti']));
    expect(found?.revokedAt).toBe(world.now());
    expect(await redeem(agents.client())).toMatchObject({ status: 200 });
  });
});

describe('§6.3.1 keys of a client change', () => {
  it('a new one is found with the first assertion it signs, and the old one is good no longer', async () => {
    const client = agents.client();
    expect(await redeem(client)).toMatchObject({ status: 200 });
    const next = testKey('ES256', 'next');
    agents.serve(client.id.slice(agents.origin.length), clientDocument(client.id, next));
    expect(await redeem({ id: client.id, key: next })).toMatchObject({ status: 200 });
    await turnedAway(await redeem(client), 'client_assertion.key');
  });

  it('made-up key ids fetch once a minute', async () => {
    const client = agents.client();
    await redeem(client);
    const before = agents.asked.length;
    for (let turn = 0; turn < 10; turn += 1) {
      await turnedAway(
        await redeem({ id: client.id, key: testKey('ES256', `made-up-${turn}`) }),
        'client_assertion.key',
      );
    }
    expect(agents.asked).toHaveLength(before + 1);
  });
});

describe('§6.5 where we do not go', () => {
  it.each(['https://10.0.0.5/agent', 'https://169.254.169.254/latest/meta-data', 'https://[fd00::1]/agent'])(
    'N-112 %s, though a rule names the host',
    async (id) => {
      const received = await turnedAway(await redeem({ id, key: mallory }), 'client.metadata');
      expect(received).toContain('neither public nor allowed');
    },
  );

  it.each<[string, () => string]>([
    ['another host', () => `${elsewhere.origin}/keys`],
    ['another port', () => `http://127.0.0.1:1/keys`],
    ['another scheme', () => `https://${agents.host}/keys`],
    ['an address inside', () => 'https://10.0.0.5/keys'],
    ['a file', () => 'file:///etc/passwd'],
    ['no address at all', () => 'keys'],
  ])('a jwks_uri at %s is not asked', async (_title, place) => {
    const client = agents.client({ jwks: undefined, jwks_uri: place() });
    elsewhere.serve('/keys', { keys: [client.key.publicJwk] });
    expect(await turnedAway(await redeem(client), 'client.metadata')).toContain('same origin');
    expect(elsewhere.asked).not.toContain('/keys');
  });

  it('a jwks_uri that redirects is not followed', async () => {
    const client = agents.client({ jwks: undefined, jwks_uri: `${agents.origin}/keys-moved` });
    agents.serve('/keys-moved', (_request, response) => void response.writeHead(302, { location: '/keys-here' }).end());
    agents.serve('/keys-here', { keys: [client.key.publicJwk] });
    expect(await turnedAway(await redeem(client), 'client.metadata')).toContain('redirects');
    expect(agents.asked).not.toContain('/keys-here');
  });
});

describe('§6.6 what is too large', () => {
  it('a document of more than 5 KB is not read, whether it says so or not', async () => {
    const filling = (length: number) => agents.client({ software_statement: 'x'.repeat(length) });
    expect(await redeem(filling(4000))).toMatchObject({ status: 200 });
    expect(await turnedAway(await redeem(filling(limits.fetchedClientMetadata)), 'client.metadata')).toContain(
      'longer',
    );
    let sent = 0;
    const endless: Served = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        sent += 1024;
        if (!response.destroyed && response.write(' '.repeat(1024))) setImmediate(more);
      };
      more();
    };
    expect(await turnedAway(await redeem(at('/endless', endless)), 'client.metadata')).toContain('longer');
    expect(sent).toBeLessThan(10 * 1024 * 1024);
  });
});

describe('§6.8 whose documents count is said by the domain, exactly', () => {
  it.each<[string, (id: string) => string]>([
    ['another host', () => `${elsewhere.origin}/nobody`],
    ['another port of it', () => 'http://127.0.0.1:1/agents/1'],
    ['a host that begins like it', () => `http://127.0.0.1.evil.example/agents/1`],
    ['a host behind it', () => `http://evil.${agents.host}/agents/1`],
    ['a neighbour of the one document that counts', () => `${oneOfMany()}2`],
    ['what is beneath it', () => `${oneOfMany()}/2`],
  ])('%s is not the one that is named', async (_title, make) => {
    const before = [agents, shared].map(({ asked }) => asked.length);
    const answer = await redeem({ id: make(agents.origin), key: mallory });
    expect(answer.status).toBe(401);
    expect([agents, shared].map(({ asked }) => asked.length)).toEqual(before);
  });

  it('a single document counts at a host where others do not', async () => {
    const key = testKey('ES256', 'one-of-many');
    shared.serve('/acme/travel', clientDocument(oneOfMany(), key));
    expect(await redeem({ id: oneOfMany(), key })).toMatchObject({ status: 200 });
  });

  it('a host one domain names brings nothing of another domain', async () => {
    const client = elsewhere.client();
    await expectRecorded(world, await redeem(client), { reason: 'policy.client', status: 400, error: 'access_denied' });
    const parties = { issuer: fabrikam, audience: world.contoso, clientId: client.id, sub: 'fay' };
    const form = world.form({
      assertion: idJag(parties, mallory, world.now(), { scope: 'events:read' }),
      ...asserted(client),
    });
    expect(await world.partner.token(form)).toMatchObject({ status: 200 });
  });
});

describe('§6.10 a URL that is registered', () => {
  it('is what its registration says: no document is asked for, and a host does not let it in', async () => {
    agents.serve('/registered', clientDocument(known(), mallory));
    await turnedAway(await redeem({ id: known(), key: mallory }), 'client_assertion.key');
    const answer = await redeem({ id: known(), key: registered });
    await expectRecorded(world, answer, { reason: 'policy.client', status: 400, error: 'access_denied' });
    expect(agents.asked).not.toContain('/registered');
  });
});
