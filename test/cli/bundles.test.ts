// Partner bundles: two domains that know nothing of each other federate both ways by two files, and no other file gets anybody in.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { encodeBase64url } from '../../src/jose/base64url.ts';
import { decodeJws } from '../../src/jose/jws.ts';
import { fingerprintOf } from '../../src/partners/bundle/fingerprint.ts';
import { limits } from '../../src/protocol/limits.ts';
import { grantTypes, joseTypes } from '../../src/protocol/urns.ts';
import { postForm } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { craftJwt } from '../../src/testkit/tokens.ts';
import { type Company, openCompany } from '../support/company.ts';

const fingerprintIn = (stdout: string) => /^ {2}fingerprint {2}(\S+)$/m.exec(stdout)?.[1] ?? 'none';
/** Without line ends, those of comments included. */
const oneLine = (text: string) => text.replace(/\s+(# )?/g, ' ');

describe('two fresh brokers and two files', () => {
  let acme: Company;
  let contoso: Company;
  beforeAll(async () => {
    [acme, contoso] = await Promise.all([
      openCompany({
        name: 'acme',
        agent: 'travel-agent',
        person: 'alice',
        scopes: ['calendar.read', 'calendar.write'],
      }),
      openCompany({ name: 'contoso', agent: 'booking-app', person: 'bob', scopes: ['events:read', 'events:write'] }),
    ]);
  });
  afterAll(() => Promise.all([acme.stop(), contoso.stop()]));

  it('from nothing to the first exchange, in both directions', async () => {
    // acme says what its agent wants there, and what it offers to agents it does not know yet.
    const added = await acme.run([
      ...['domain', 'add', contoso.issuer, '--name', 'contoso', '--contact', 'iam@contoso.example'],
      ...[
        '--client',
        'travel-agent=acme-travel',
        '--resource',
        contoso.resource,
        '--scope',
        'calendar.read=events:read',
      ],
      ...['--accept', '--accept-scope', 'calendar:read=calendar.read'],
    ]);
    expect(added).toMatchObject({ code: 0 });
    const first = await acme.run(['bundle', 'export', 'contoso', '--contact', 'platform@acme.example']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    await acme.reload();

    // contoso lets that agent in, and says which of its own shall go.
    const file = join(acme.folder, 'acme-for-contoso.bundle');
    const imported = await contoso.run([
      ...['bundle', 'import', file, '--fingerprint', fingerprintIn(first.stdout), '--name', 'acme'],
      ...['--accept', '--client', 'booking-app=contoso-booking'],
    ]);
    expect(imported).toMatchObject({ code: 0 });
    expect(oneLine(imported.stdout)).toContain(
      'acme-travel may redeem id-jag grants, once each, for https://api.contoso.example/ with events:read',
    );
    const second = await contoso.run(['bundle', 'export', 'acme', '--contact', 'iam@contoso.example']);
    await contoso.reload();

    // acme lets that one in as well.
    const answer = join(contoso.folder, 'contoso-for-acme.bundle');
    const before = acme.text('contoso');
    const back = await acme.run([
      'bundle',
      'import',
      answer,
      '--fingerprint',
      fingerprintIn(second.stdout),
      '--accept',
    ]);
    expect(back).toMatchObject({ code: 0 });
    await acme.reload();
    for (const line of before.split('\n').filter((each) => !each.includes('clients: {}'))) {
      expect(acme.text('contoso').split('\n')).toContain(line);
    }

    const there = await acme.call(contoso, 'acme-travel', 'calendar.read');
    expect(there).toMatchObject({ status: 200, body: { scope: 'events:read' } });
    expect(decodeJws(String(there.body['access_token'])).claims).toMatchObject({
      sub: 'acme|alice',
      act: { sub: 'spiffe://acme.example/agent/travel-agent' },
    });
    const here = await contoso.call(acme, 'contoso-booking', 'calendar:read');
    expect(here).toMatchObject({ status: 200, body: { scope: 'calendar.read' } });
    expect(decodeJws(String(here.body['access_token'])).claims).toMatchObject({ sub: 'contoso|bob' });
  });

  it('a bundle that brings nothing new changes nothing', async () => {
    const file = join(contoso.folder, 'contoso-for-acme.bundle');
    const { stdout: shown } = await acme.run(['bundle', 'show', file, '--json']);
    const before = acme.text('contoso');
    const again = await acme.run([
      'bundle',
      'import',
      file,
      '--fingerprint',
      JSON.parse(shown).fingerprint,
      '--accept',
    ]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Nothing was added to /) });
    expect(acme.text('contoso')).toBe(before);
  });

  it('a bundle is no credential: neither grant nor client assertion', async () => {
    const bundle = readFileSync(join(acme.folder, 'acme-for-contoso.bundle'), 'utf8').trim();
    const assertion = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' };
    const asClient = { grant_type: grantTypes.jwtBearer, assertion: bundle, ...assertion, client_assertion: bundle };
    expect(await postForm(`${contoso.issuer}/token`, asClient)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    const refused = await acme.redeem(contoso.issuer, 'acme-travel', bundle);
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const [record] = await contoso.app.broker.store.findAudit(String(refused.body['trace_id']));
    expect(record?.record.reason).toBe('grant.typ');
  });
});

describe('one side', () => {
  let acme: Company;
  let fabrikam: Company;
  /** What acme tells fabrikam, made once. */
  let good: { readonly file: string; readonly fingerprint: string; readonly claims: Record<string, unknown> };
  beforeAll(async () => {
    [acme, fabrikam] = await Promise.all([
      openCompany({
        name: 'acme',
        agent: 'travel-agent',
        person: 'alice',
        scopes: ['calendar.read', 'calendar.write'],
      }),
      openCompany({ name: 'fabrikam', agent: 'shop', person: 'carol', scopes: ['orders.read'] }),
    ]);
    await acme.run([
      ...[
        'domain',
        'add',
        fabrikam.issuer,
        '--name',
        'fabrikam',
        '--contact',
        'it@fabrikam.example',
        '--expires',
        '2027-06-30',
      ],
      ...['--client', 'travel-agent=acme-travel', '--resource', fabrikam.resource],
      ...['--scope', 'orders.read', '--scope', 'orders.write', '--accept', '--accept-scope', 'calendar.read'],
    ]);
    const { stdout } = await acme.run(['bundle', 'export', 'fabrikam', '--contact', 'platform@acme.example', '--json']);
    const { written, fingerprint, claims } = JSON.parse(stdout);
    good = { file: written, fingerprint, claims };
  });
  afterAll(() => Promise.all([acme.stop(), fabrikam.stop()]));

  /** A bundle that says something else, signed with the key acme signs with. */
  const saying = (changes: Record<string, unknown>, typ: string = joseTypes.bundle) =>
    acme.app.broker.signer.sign(typ, JSON.parse(JSON.stringify({ ...good.claims, ...changes }))).jwt;

  /** Imports a text with its own fingerprint, unless options say otherwise. */
  async function importing(text: string, options: readonly string[] = ['--accept'], answers?: readonly string[]) {
    const file = join(fabrikam.folder, 'incoming.bundle');
    writeFileSync(file, text);
    return fabrikam.run(['bundle', 'import', file, '--name', 'acme', ...options], answers);
  }
  const domains = () => readdirSync(join(fabrikam.folder, 'domains'));
  const takingAll = (text: string, ...more: readonly string[]) =>
    importing(text, ['--fingerprint', fingerprintOf(text.trim()), '--accept', ...more]);

  describe('export', () => {
    it('tells everything the other side must know, and names what it may be called there', () => {
      expect(good.claims).toMatchObject({
        bundle: 1,
        iss: acme.issuer,
        aud: fabrikam.issuer,
        contact: 'platform@acme.example',
        trust_domain: 'acme.example',
        until: '2027-06-30',
        token_endpoint: `${acme.issuer}/token`,
        jwks_uri: `${acme.issuer}/jwks`,
        jwks: acme.app.broker.signer.publicJwks(),
        drafts: { 'id-jag': expect.stringMatching(/^draft-ietf-oauth-identity-assertion-authz-grant-\d\d$/) },
        brings: {
          grants: ['id-jag'],
          clients: [
            {
              id: 'acme-travel',
              agent: 'spiffe://acme.example/agent/travel-agent',
              method: 'private_key_jwt',
              jwks: { keys: [expect.objectContaining({ kid: acme.key.kid })] },
            },
          ],
          resources: [fabrikam.resource],
          scopes: ['orders.read', 'orders.write'],
          subject: 'sub',
          lifetime: 300,
        },
        offers: {
          grants: ['id-jag'],
          clients: [],
          resources: [acme.resource],
          scopes: ['calendar.read'],
          reuse: 'once',
        },
      });
    });

    it('has a type of its own (RFC 8725 §3.11) and lives two weeks', () => {
      const { header, claims } = decodeJws(readFileSync(good.file, 'utf8').trim(), limits.bundle);
      expect(header.typ).toBe('crossgrant-bundle+jwt');
      expect(Number(claims['exp']) - Number(claims['iat'])).toBe(14 * 86_400);
    });

    it('goes to standard output on its own, and never over a file', async () => {
      const { stdout } = await acme.run([
        'bundle',
        'export',
        'fabrikam',
        '--contact',
        'x',
        '--out',
        '-',
        '--valid-for',
        '1h',
      ]);
      const { claims } = decodeJws(stdout.trim(), limits.bundle);
      expect(Number(claims['exp']) - Number(claims['iat'])).toBe(3600);
      const again = await acme.run(['bundle', 'export', 'fabrikam', '--contact', 'x']);
      expect(again).toMatchObject({
        code: 1,
        stderr: `crossgrant: ${good.file} is there already; nothing was overwritten\n`,
      });
    });

    it('needs somebody to call, and something to tell', async () => {
      const silent = await acme.run(['bundle', 'export', 'fabrikam']);
      expect(silent).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('`contact` in crossgrant.yaml, or --contact'),
      });
      const login = await acme.run(['bundle', 'export', 'login', '--contact', 'x']);
      expect(login).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('login has neither `send` nor `accept`'),
      });
    });

    it('names the keys of ours by which we redeem for an agent, where we do', async () => {
      const own = join(acme.folder, 'domains/fabrikam.yaml');
      const before = readFileSync(own, 'utf8');
      const kept = testKey('ES256', 'kept-for-fabrikam');
      writeFileSync(join(acme.folder, 'kept.jwk.json'), JSON.stringify(kept.privateJwk), { mode: 0o600 });
      const redeeming = async (credentials: object) => {
        const changed = parse(before);
        changed.send.redeem = { clients: { 'travel-agent': { method: 'private_key_jwt', ...credentials } } };
        writeFileSync(own, stringify(changed));
        const { stdout } = await acme.run(['bundle', 'export', 'fabrikam', '--contact', 'x', '--out', '-']);
        writeFileSync(own, before);
        const { brings } = decodeJws(stdout.trim(), limits.bundle).claims as { brings: { clients: readonly object[] } };
        return brings.clients[0];
      };
      expect(await redeeming({})).toMatchObject({ id: 'acme-travel', jwks_uri: `${acme.issuer}/jwks` });
      const { jwks } = (await redeeming({ key: { file: '../kept.jwk.json' } })) as {
        jwks: { keys: readonly object[] };
      };
      expect(jwks.keys).toEqual([kept.publicJwk]);
    });

    it('does not tell a key that init made up, since nobody holds it', async () => {
      const file = join(acme.folder, 'travel-agent.jwks.json');
      const before = readFileSync(file, 'utf8');
      writeFileSync(file, JSON.stringify(testKey('ES256', 'replace-me').jwks));
      const { code, stderr } = await acme.run(['bundle', 'export', 'fabrikam', '--contact', 'x', '--out', '-']);
      writeFileSync(file, before);
      expect({ code, said: stderr.includes('travel-agent still has the key that init made up') }).toEqual({
        code: 1,
        said: true,
      });
    });

    it('attack: carries no secret, no private key and no list of people', async () => {
      const own = join(acme.folder, 'domains/fabrikam.yaml');
      const before = readFileSync(own, 'utf8');
      const changed = parse(before);
      changed.send.subject = { from: 'pairwise', secret: { file: '../crossgrant.key' } };
      changed.accept.subject = { from: 'map', map: { 'carol-the-boss': 'alice' } };
      writeFileSync(own, stringify(changed));
      const { stdout } = await acme.run(['bundle', 'export', 'fabrikam', '--contact', 'x', '--out', '-']);
      writeFileSync(own, before);
      const told = JSON.stringify(decodeJws(stdout.trim(), limits.bundle).claims);
      expect(told).toContain('"subject":"pairwise"');
      for (const secret of [
        'crossgrant.key',
        readFileSync(join(acme.folder, 'crossgrant.key'), 'utf8').trim(),
        'carol-the-boss',
        '"d":',
      ]) {
        expect(told).not.toContain(secret);
      }
    });
  });

  describe('show', () => {
    it('prints a bundle for people', async () => {
      const { code, stdout } = await fabrikam.run(['bundle', 'show', good.file]);
      expect(code).toBe(0);
      expect(stdout).toContain(
        `  from         ${acme.issuer}\n  for          ${fabrikam.issuer}\n  fingerprint  ${good.fingerprint}`,
      );
      expect(stdout).toContain(
        `  client       acme-travel  spiffe://acme.example/agent/travel-agent  private_key_jwt  key ${acme.key.kid}`,
      );
      expect(stdout).toContain('  scopes       orders.read orders.write\n');
    });

    it('token decode knows what it is', async () => {
      expect(await fabrikam.run(['token', 'decode', `@${good.file}`])).toMatchObject({
        stdout: expect.stringContaining('`crossgrant bundle show` reads it'),
      });
    });

    it('attack: a sender cannot write to the terminal of the reader', async () => {
      const text = saying({ contact: 'x\u001b[2J\u202ey', trust_domain: 'a\nfor      https://you.example' });
      writeFileSync(join(fabrikam.folder, 'shown.bundle'), text);
      const { stdout } = await fabrikam.run(['bundle', 'show', 'shown.bundle']);
      expect(stdout).not.toMatch(/[^\P{C}\n]/u);
      expect(stdout.match(/^ {2}for /gm)).toHaveLength(1);
    });
  });

  describe('import refuses, and leaves nothing behind', () => {
    afterEach(() => expect(domains()).toEqual(['login.yaml']));
    const refusing = async (text: string, says: string, ...more: readonly string[]) => {
      const { code, stdout, stderr } = await takingAll(text, ...more);
      expect(stderr.split('\n').find((line) => line.startsWith('crossgrant: '))).toContain(says);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    };
    const now = () => Math.floor(Date.now() / 1000);
    const bundle = () => readFileSync(good.file, 'utf8').trim();

    it('one whose time is over', () => refusing(saying({ exp: now() - 1 }), 'the bundle was good until'));
    it('one from the future', () => refusing(saying({ iat: now() + 3600 }), 'compare the clocks on both sides'));
    it('one that was changed on the way', async () => {
      const [header, payload, signature] = bundle().split('.');
      const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
      claims.brings.scopes.push('orders.admin');
      const forged = `${header}.${encodeBase64url(JSON.stringify(claims))}.${signature}`;
      await refusing(forged, 'the bundle was changed after it was signed');
    });
    it.each([
      ['half of one', (text: string) => text.slice(0, 400)],
      ['one with a byte too many', (text: string) => `${text}=`],
      ['an HTML page', () => '<html>Not found</html>'],
      ['nothing', () => ''],
      ['one of a megabyte', (text: string) => `${text}${'A'.repeat(1_000_000)}`],
    ])('%s', (_, spoil) => refusing(spoil(bundle()), 'this is no whole partner bundle'));
    it('a token of another type, though its signature is good', async () => {
      await refusing(saying({}, joseTypes.idJag), 'its type is oauth-id-jag+jwt, not crossgrant-bundle+jwt');
      await refusing(saying({}, 'JWT'), 'its type is jwt, not');
    });
    it.each(['none', 'HS256'])('alg %s', async (alg) => {
      const header = encodeBase64url(JSON.stringify({ alg, typ: joseTypes.bundle }));
      const says = alg === 'none' ? 'not signed at all (alg none)' : 'signed with HS256: only public key signatures';
      await refusing(`${header}.${bundle().split('.')[1]}.AAAA`, says);
    });
    it('one for another relationship', () =>
      refusing(
        saying({ aud: 'https://as.contoso.example' }),
        `is for https://as.contoso.example, and we are ${fabrikam.issuer}`,
      ));
    it('the own one', async () => {
      const { code, stderr } = await acme.run(['bundle', 'import', good.file, '--fingerprint', good.fingerprint]);
      expect(stderr).toContain(`this is our own bundle: it is for ${fabrikam.issuer} to import`);
      expect(code).toBe(1);
    });
    it('one in a version we do not know', () => refusing(saying({ bundle: 2 }), 'written in version 2'));
    it('one that says what no bundle says', () =>
      refusing(saying({ trust: 'everybody' }), 'Unrecognized key: "trust"'));
    it('one with a private key of a client in it', () => {
      const clients = [
        { id: 'x', method: 'private_key_jwt', jwks: { keys: [acme.key.privateJwk] }, dpop_bound: false },
      ];
      const { brings } = good.claims as { brings: object };
      return refusing(
        saying({ brings: { ...brings, clients } }),
        'the keys of x: keys[0] holds private or symmetric key material',
      );
    });
    it('one whose own keys share a kid', () => {
      const keys = [testKey('ES256', 'k'), testKey('ES256', 'k')].map(({ publicJwk }) => publicJwk);
      return refusing(saying({ jwks: { keys } }), 'its own keys: two keys share a kid');
    });

    it('attack: one by somebody else, sound in itself, with a fingerprint he read out himself', async () => {
      const mallory = testKey('ES256', 'mallory');
      const forged = craftJwt({ typ: joseTypes.bundle }, { ...good.claims, jwks: mallory.jwks }, mallory);
      await refusing(forged, `was signed with mallory, which is not among the keys that ${acme.issuer} publishes`);
    });
    it('one that contradicts what its sender publishes', async () => {
      await refusing(
        saying({ token_endpoint: 'https://evil.example/token' }),
        `token_endpoint is https://evil.example/token in the bundle and ${acme.issuer}/token in its metadata`,
      );
      await refusing(saying({ jwks_uri: `${acme.issuer}/other` }), `jwks_uri is ${acme.issuer}/other in the bundle`);
    });
    it('one whose sender cannot be asked', async () => {
      await refusing(saying({ iss: 'http://127.0.0.1:1' }), 'http://127.0.0.1:1 cannot be read');
    });
    it('one whose issuer speaks of itself as another', async () => {
      await refusing(saying({ iss: `${acme.issuer}/` }), `its issuer is "${acme.issuer}", not "${acme.issuer}/"`);
    });

    it('another fingerprint, and tells both', async () => {
      const { code, stderr } = await importing(bundle(), ['--accept', '--fingerprint', 'AAAA-BBBB-CCCC-DDDD-EEEE']);
      expect(stderr).toContain(`the fingerprint of this file is ${good.fingerprint}, not AAAA-BBBB-CCCC-DDDD-EEEE`);
      expect(code).toBe(1);
    });
    it('none at all where nobody is asked, --yes or not', async () => {
      for (const more of [[], ['--yes']]) {
        const { code, stderr } = await importing(bundle(), ['--accept', ...more]);
        expect(stderr).toContain('say --fingerprint as its admin told you over another channel');
        expect(code).toBe(2);
      }
    });
    it('a no at the terminal', async () => {
      const { code, stderr } = await importing(bundle(), ['--accept'], ['']);
      expect(stderr).toContain(good.fingerprint);
      expect({ code, said: stderr.includes('nothing was changed') }).toEqual({ code: 1, said: true });
    });

    it('to write anything before somebody says yes', () => {
      const { fingerprint } = good;
      return importing(bundle(), ['--fingerprint', fingerprint]).then(({ code, stderr }) => {
        expect(stderr).toContain('nothing of the bundle was said yes to: --accept lets their agents in');
        expect(code).toBe(1);
      });
    });
    it('a client id that one of our own clients has', async () => {
      const { brings } = good.claims as { brings: { clients: readonly object[] } };
      const clients = brings.clients.map((client) => ({ ...client, id: 'shop' }));
      await refusing(saying({ brings: { ...brings, clients } }), 'it brings a client shop, and');
    });
    it('a client that it does not bring', () =>
      refusing(bundle(), 'the bundle brings no client ghost', '--accept-client', 'ghost'));
    it('resources we do not have, until one is named', async () => {
      const { brings } = good.claims as { brings: object };
      const elsewhere = saying({ brings: { ...brings, resources: ['https://api.elsewhere.example/'] } });
      await refusing(elsewhere, 'say which of ours with --accept-resource');
    });
  });

  describe('import takes', () => {
    afterEach(() => fabrikam.run(['domain', 'remove', 'acme', '--yes']));
    const bundle = () => readFileSync(good.file, 'utf8').trim();

    it('what was said yes to and we have; what else they ask for is a comment', async () => {
      const { code, stderr } = await takingAll(bundle());
      expect(code).toBe(0);
      expect(fabrikam.read('acme')).toMatchObject({
        issuer: acme.issuer,
        contact: 'platform@acme.example',
        algs: ['ES256'],
        accept: {
          grants: ['id-jag'],
          clients: { 'acme-travel': { agent: 'spiffe://acme.example/agent/travel-agent' } },
          subject: { to: 'acme|{sub}' },
          resources: [fabrikam.resource],
          scopes: { 'orders.read': 'orders.read' },
          max_grant_lifetime: '5m',
        },
      });
      expect(fabrikam.read('acme')).not.toHaveProperty('send');
      expect(oneLine(fabrikam.text('acme'))).toContain('Asked for and not given: orders.write.');
      expect(stderr).toContain('note: Asked for and not given: orders.write.');
      expect(fabrikam.text('acme')).toContain(`${good.fingerprint}`);
      expect(await fabrikam.run(['check'])).toMatchObject({ code: 0, stderr: '' });
    });

    it('until the day they name, or sooner', async () => {
      await takingAll(bundle());
      expect(fabrikam.read('acme')).toMatchObject({ expires: '2027-06-30' });
      await fabrikam.run(['domain', 'remove', 'acme', '--yes']);
      await takingAll(bundle(), '--expires', '2027-01-31');
      expect(fabrikam.read('acme')).toMatchObject({ expires: '2027-01-31' });
    });

    it('a fingerprint as it was heard: small letters, spaces, O for 0', async () => {
      const heard = good.fingerprint.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
      expect(await importing(bundle(), ['--accept', '--fingerprint', heard])).toMatchObject({ code: 0 });
    });

    it('scopes under our own names', async () => {
      await takingAll(bundle(), '--accept-scope', 'orders.write=orders.read');
      expect(fabrikam.read('acme')).toMatchObject({ accept: { scopes: { 'orders.write': 'orders.read' } } });
    });

    it('what is answered at the terminal, part by part', async () => {
      const answers = ['y', 'yes', 'shop=fabrikam-shop', '', 'y'];
      const { code, stdout } = await importing(bundle(), [], answers);
      expect(code).toBe(0);
      expect(oneLine(stdout)).toContain('shop may take id-jag grants');
      expect(fabrikam.read('acme')).toMatchObject({
        send: {
          clients: { shop: 'fabrikam-shop' },
          resources: [acme.resource],
          scopes: { 'calendar.read': 'calendar.read' },
        },
        accept: { scopes: { 'orders.read': 'orders.read' } },
      });
      expect(oneLine(fabrikam.text('acme'))).toContain('they have not registered fabrikam-shop yet');
    });

    it('only prints the file with --dry-run', async () => {
      const { code, stdout } = await takingAll(bundle(), '--dry-run');
      expect({ code, issuer: parse(stdout).issuer, there: domains() }).toEqual({
        code: 0,
        issuer: acme.issuer,
        there: ['login.yaml'],
      });
    });

    it('a later bundle: new clients when said yes to, wider wishes never by themselves', async () => {
      await takingAll(bundle());
      const before = fabrikam.text('acme');
      const { brings } = good.claims as { brings: { clients: readonly object[] } };
      const second = { id: 'acme-bot', method: 'private_key_jwt', jwks: testKey().jwks, dpop_bound: true };
      const later = saying({
        until: '2027-03-31',
        brings: {
          ...brings,
          clients: [...brings.clients, second],
          scopes: ['orders.read', 'orders.write', 'orders.admin'],
        },
      });
      const fingerprint = fingerprintOf(later);
      const looked = await importing(later, ['--fingerprint', fingerprint]);
      expect(looked.stdout).toMatch(/^Nothing was added/);
      expect(fabrikam.text('acme')).toBe(before);
      await importing(later, ['--fingerprint', fingerprint, '--accept-scope', 'orders.write=orders.read']);
      expect(fabrikam.read('acme')).toMatchObject({ accept: { scopes: { 'orders.write': 'orders.read' } } });
      expect(fabrikam.text('acme')).not.toContain('acme-bot');
      const widened = fabrikam.text('acme').split('\n');
      const { code, stderr } = await importing(later, ['--fingerprint', fingerprint, '--accept']);
      expect(code).toBe(0);
      expect(stderr).toContain(
        'note: they ask for orders.admin, which `accept` does not give (--accept-scope orders.admin=OURS)',
      );
      expect(stderr).toContain('note: they end this trust on 2027-03-31, before we do');
      const { accept } = fabrikam.read('acme') as { accept: { clients: object; scopes: object } };
      expect(Object.keys(accept.clients)).toEqual(['acme-travel', 'acme-bot']);
      expect(accept.clients).toMatchObject({ 'acme-bot': { dpop_bound: true } });
      expect(accept.scopes).toEqual({ 'orders.read': 'orders.read', 'orders.write': 'orders.read' });
      expect(widened.filter((line) => !fabrikam.text('acme').split('\n').includes(line))).toEqual([]);
      await importing(later, ['--fingerprint', fingerprint, '--accept-scope', 'orders.admin=orders.read']);
      expect(fabrikam.read('acme')).toMatchObject({ accept: { scopes: { 'orders.admin': 'orders.read' } } });
    });

    it('attack: other keys for a client that is registered are refused', async () => {
      await takingAll(bundle());
      const before = fabrikam.text('acme');
      const { brings } = good.claims as { brings: { clients: readonly object[] } };
      const clients = brings.clients.map((client) => ({ ...client, jwks: testKey().jwks }));
      const { code, stderr } = await takingAll(saying({ brings: { ...brings, clients } }));
      expect(stderr).toContain('it brings acme-travel with other keys than');
      expect({ code, same: fabrikam.text('acme') === before }).toEqual({ code: 1, same: true });
    });

    it('a key that is being replaced is told, and left to the admins', async () => {
      await takingAll(bundle());
      const before = fabrikam.text('acme');
      const { brings } = good.claims as { brings: { clients: readonly object[] } };
      const jwks = { keys: [...acme.key.jwks.keys, testKey().publicJwk] };
      const clients = brings.clients.map((client) => ({ ...client, jwks }));
      const { code, stderr, stdout } = await takingAll(saying({ brings: { ...brings, clients } }));
      expect(`${stdout}${stderr}`).toContain(
        'acme-travel comes with keys that the file does not have, or has no longer',
      );
      expect({ code, same: fabrikam.text('acme') === before }).toEqual({ code: 0, same: true });
    });

    it('and tells when they know our client by keys it does not have', async () => {
      await takingAll(bundle(), '--client', 'shop=fabrikam-shop');
      const { offers } = good.claims as { offers: object };
      const knows = (thumbprints: readonly string[]) =>
        saying({ offers: { ...offers, clients: [{ id: 'fabrikam-shop', method: 'private_key_jwt', thumbprints }] } });
      const wrong = await takingAll(knows(['somebody-elses']));
      expect(wrong.stderr).toContain('it knows fabrikam-shop by other keys than our shop has');
      expect(wrong.code).toBe(1);
      expect(await takingAll(knows([fabrikam.key.kid]))).toMatchObject({ code: 0 });
    });

    it('with --send alone: those of ours that they registered by keys of ours, and nobody where there are none', async () => {
      const { offers } = good.claims as { offers: object };
      const known = { id: 'fabrikam-shop', method: 'private_key_jwt', thumbprints: [fabrikam.key.kid] };
      const text = saying({ offers: { ...offers, clients: [known] } });
      const fingerprint = ['--fingerprint', fingerprintOf(text)];
      expect(await importing(text, [...fingerprint, '--send'])).toMatchObject({ code: 0 });
      expect(fabrikam.read('acme')).toMatchObject({ send: { clients: { shop: 'fabrikam-shop' } } });
      expect(fabrikam.read('acme')).not.toHaveProperty('accept');
      await fabrikam.run(['domain', 'remove', 'acme', '--yes']);
      const nobody = await importing(bundle(), ['--fingerprint', good.fingerprint, '--send']);
      expect(nobody).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('they have registered no client of ours yet'),
      });
    });

    it('no client that authenticates by a secret: it is named, and left to the admins', async () => {
      const { brings } = good.claims as { brings: { clients: readonly object[] } };
      const clients = [...brings.clients, { id: 'acme-old', method: 'client_secret_basic', dpop_bound: false }];
      const { stderr } = await takingAll(saying({ brings: { ...brings, clients } }));
      expect(stderr).toContain('note: acme-old was left out: it authenticates by client_secret_basic');
      expect(fabrikam.text('acme')).not.toContain('acme-old');
    });

    it('attack: nothing a sender writes becomes configuration', async () => {
      const { brings } = good.claims as { brings: object };
      const evil = 'x\naccept: { scopes: [orders.read] }\n# \u202e';
      const clients = [
        {
          id: 'acme-travel',
          agent: `spiffe://acme.example/${evil}`,
          method: 'private_key_jwt',
          jwks: acme.key.jwks,
          dpop_bound: false,
        },
      ];
      const text = saying({ contact: evil, brings: { ...brings, clients } });
      const { code, stderr } = await takingAll(text);
      expect({ code, said: stderr.includes('must be a spiffe:// or wimse:// identifier') }).toEqual({
        code: 2,
        said: true,
      });
      expect(domains()).toEqual(['login.yaml']);
      expect(await takingAll(saying({ contact: evil }))).toMatchObject({ code: 0 });
      expect(fabrikam.read('acme')).toMatchObject({
        contact: evil,
        accept: { scopes: { 'orders.read': 'orders.read' } },
      });
    });
  });
});
