// crossgrant explain at the command line: as text for people, as JSON for machines, before anything was ever served, and over HTTP by workers.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkpointRecord } from '../../src/audit/checkpoint.ts';
import { encodeForm } from '../../src/testkit/http.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { names, trustDomains } from '../../src/testkit/trust-domains.ts';
import { cli } from '../support/cli.ts';
import { configured } from '../support/configured.ts';
import { serve } from '../support/serving.ts';
import '../../src/testkit/vitest.ts';

describe('on a configuration that nothing serves yet', () => {
  const asked = ['--client', 'travel-agent', '--sub', 'alice', '--to', 'partner', '--want', 'id-jag'];
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crossgrant-explain-'));
    await cli(['init', folder, '--yes']);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('tells what would come out, by the names of domains as well as by issuers', async () => {
    const { code, stdout } = await cli(['explain', ...asked, '--scope', 'calendar.read'], { cwd: folder });
    expect(stdout).toMatch(/^would be granted {2}token-exchange by travel-agent .* by rule partner\.send\n/);
    expect(stdout).toMatch(/^calendar\.read {2}yes {4}not said {2}events:read {2}yes$/m);
    expect(stdout).toContain('unsigned: nothing was issued');
    expect(stdout).toMatch(/^at the partner partner, by what we know: nothing speaks against it$/m);
    expect(code).toBe(0);
  });

  it('tells what stands in the way, and exits with 1', async () => {
    const { code, stdout } = await cli(['explain', ...asked, '--scope', 'calendar.delete'], { cwd: folder });
    expect(stdout).toMatch(/^would be refused/);
    expect(stdout).toMatch(/^reason {4}scope\.none$/m);
    expect(stdout).toMatch(/^who {7}us or the caller$/m);
    expect(code).toBe(1);
  });

  it('prints JSON', async () => {
    const { code, stdout } = await cli(['explain', ...asked, '--scope', 'x', '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'refused', refused: { reason: 'scope.none' } });
    expect(code).toBe(1);
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['nobody who asks', ['--sub', 'alice'], /--client ID/],
    ['nobody to ask for', ['--client', 'travel-agent'], /--sub SUBJECT/],
    ['claims that are none', ['--client', 'x', '--sub', 'alice', '--claims', '['], /--claims is no JSON object/],
    ['a trace id that is none', ['--trace', 'abc'], /32 hex digits/],
    [
      'two questions in one',
      ['--trace', 'a'.repeat(32), '--client', 'x'],
      /'--trace <id>' cannot be used with .*--client/,
    ],
    ['a file that is not there', ['--request', 'nowhere.txt'], /nowhere\.txt does not exist/],
    ['a file that is no request', ['--request', 'crossgrant.key'], /--request is neither a form .* nor JSON/],
    ['a grant of no kind', ['--client', 'x', '--grant', 'password'], /choices are token-exchange, jwt-bearer/],
  ])('says how to ask: %s', async (_what, args, message) => {
    const { code, stderr } = await cli(['explain', ...args], { cwd: folder });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('says all that is missing at once', async () => {
    expect((await cli(['explain'], { cwd: folder })).stderr).toBe(
      'crossgrant: Say which client would ask: --client ID; for whom: --sub SUBJECT, or a --token; or give --request FILE or --trace ID.\n',
    );
  });

  it.each(['', '=', '=&scope=x', '=x'])(
    'attack: a secret in the place of a request stands in no error (followed by %j)',
    async (more) => {
      const secret = 'c2VjcmV0LWtleS1vZi10aGUtb3BlcmF0b3I';
      writeFileSync(join(folder, 'mistaken'), `${secret}${more}\n`);
      const { code, stdout, stderr } = await cli(['explain', '--request', 'mistaken'], { cwd: folder });
      expect(`${stdout}${stderr}`).not.toContain(secret);
      expect(code).not.toBe(0);
    },
  );
});

it('explains a whole request, a real token and a request of the past, of a broker that runs', async () => {
  const world = await trustDomains();
  onTestFinished(() => world.stop());
  const { idp, contoso, calendar, home, agentKey } = world;
  const token = idp.idToken(names.agentAtLogin);
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    audience: contoso,
    resource: calendar,
    scope: 'calendar.read',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: clientAssertion(names.agent, home.issuer, agentKey, Math.floor(Date.now() / 1000)),
  };
  const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef', CALENDAR_SECRET: names.calendarSecret };
  const explain = (...args: readonly string[]) =>
    cli(['explain', '--json', '--config', join(home.folder, 'crossgrant.yaml'), ...args], { env, cwd: world.folder });

  writeFileSync(join(world.folder, 'request.txt'), encodeForm(form));
  const whole = await explain('--request', 'request.txt');
  expect(JSON.parse(whole.stdout)).toMatchObject({ outcome: 'granted', token: { claims: { sub: 'alice' } } });

  const real = await explain('--client', names.agent, '--token', token, '--to', 'contoso', '--want', 'id-jag');
  expect(JSON.parse(real.stdout)).toMatchObject({ outcome: 'granted', subject: { sub: 'alice' } });

  const files = Object.fromEntries(
    ['crossgrant.yaml', 'domains/login.yaml', 'domains/contoso.yaml'].map((name) => [
      name,
      readFileSync(join(home.folder, name), 'utf8'),
    ]),
  );
  const version = { at: Date.now() - 1000, author: 'ops', note: null, digest: 'x', files };
  const { store } = home.broker;
  await store.addVersion(version, null, checkpointRecord([], Date.now()));

  const answer = await home.token(form);
  const past = await explain('--trace', String(answer.headers.get('crossgrant-trace-id')));
  expect(JSON.parse(past.stdout)).toMatchObject({
    outcome: 'granted',
    recorded: { decision: 'granted', rule: 'contoso.send' },
    thatDay: { version: 1, explained: { outcome: 'granted', rule: 'contoso.send' } },
  });

  for (const { stdout } of [whole, real, past]) expect(stdout).not.toContain(token);
});

describe('both legs', () => {
  it('are explained for a resource of a partner, and of a request of the past with what the partner said', async () => {
    const withTheWrongKey = { clients: { [names.agent]: { method: 'private_key_jwt' } } };
    const world = await trustDomains({
      acme: () => ({ domains: { contoso: { send: { redeem: withTheWrongKey } } } }),
    });
    onTestFinished(() => world.stop());
    const { agent, calendar, home } = world;
    const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef', CALENDAR_SECRET: names.calendarSecret };
    const config = ['--config', join(home.folder, 'crossgrant.yaml')];
    const explain = (...args: readonly string[]) => cli(['explain', ...config, ...args], { env });

    const ahead = await explain(
      '--client',
      names.agent,
      '--sub',
      'alice',
      '--to',
      calendar,
      '--scope',
      'calendar.read',
    );
    expect(ahead.stdout).toMatch(/^would be granted .* by rule contoso\.send\n/);
    expect(ahead.stdout).toContain('for its resources this broker redeems it there as acme-travel, by private_key_jwt');

    const refused = await agent.at('acme').exchange({ subject: agent.signIn(), resource: calendar });
    expect(refused).toBeRefused('redeem.credentials');
    const past = await explain('--trace', String(refused.traceId));
    expect(past.stdout).toMatch(/^then, .*: granted by contoso\.send$/m);
    expect(past.stdout).toMatch(/^then, at the partner: refused\nreason {4}redeem\.credentials\n/m);
    expect(past.stdout).toMatch(/^received {2}\{"error":"invalid_client"/m);
    expect(past.stdout).toMatch(/^who {7}us or the other domain$/m);
  });
});

it('is asked of worker processes at the listener for operators', async () => {
  const secret = 'an-operator-secret-of-thirty-two-characters';
  const parties = configured({
    admin: { port: 0, tokens: { ops: { role: 'operator', secret: { env: 'OPS' } } } },
  });
  const serving = await serve({ ...parties, env: { ...parties.env, OPS: secret } }, '--workers', '2');
  const ask = (authorization: string) =>
    fetch(`${serving.operators}/admin/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ suppose: { client: 'nobody', claims: { iss: 'https://x.example', sub: 'y' } } }),
    });
  const answer = await ask(`Bearer ${secret}`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ outcome: 'refused', refused: { reason: 'client.unknown' } });
  expect((await ask('Bearer wrong')).status).toBe(401);
  expect(readFileSync(parties.config, 'utf8')).not.toContain(secret);
});
