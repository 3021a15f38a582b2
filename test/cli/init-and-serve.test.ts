// From nothing to a broker that answers: init, check, serve as a process of its own, a real token request, and the end.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { getJson, openSite, postForm } from '../../src/testkit/http.ts';
import { identityProvider } from '../../src/testkit/identity-provider.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { cli, temporaryFolder } from '../support/cli.ts';
import { startCli } from '../support/cli-child.ts';
import { leaving } from '../support/serving.ts';

const written = [
  'crossgrant.key',
  'crossgrant.schema.json',
  'crossgrant.yaml',
  'domain.schema.json',
  'domains',
  'travel-agent.jwks.json',
];

describe('init', () => {
  it('writes a configuration that passes check, its key for the owner alone', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await cli(['init', folder, '--yes']);
    expect({ code, next: stdout.includes('crossgrant check') }).toEqual({ code: 0, next: true });
    expect(readdirSync(folder).sort()).toEqual(written);
    expect(statSync(join(folder, 'crossgrant.key')).mode & 0o777).toBe(0o600);
    const checked = await cli(['check'], { cwd: folder });
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(checked.stdout).toContain('https://broker.acme.example: the configuration is good (2 clients, 2 domains)');
  });

  it('writes no partner where that comes later', async () => {
    const folder = temporaryFolder();
    await cli(['init', folder, '--no-partner'], { answers: [] });
    expect(readdirSync(join(folder, 'domains'))).toEqual(['login.yaml']);
    expect(await cli(['check'], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
  });

  it('allows plain HTTP where everything is on this machine, and listens where the issuer is', async () => {
    const folder = temporaryFolder();
    await cli(['init', folder, '--yes', '--no-partner', '--issuer', 'http://127.0.0.1:8799']);
    expect(readFileSync(join(folder, 'crossgrant.yaml'), 'utf8')).toContain('port: 8799 }');
    expect(await cli(['check'], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
  });

  it('never prints the key of the operator', async () => {
    const folder = temporaryFolder();
    const { stdout } = await cli(['init', folder, '--yes', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ folder, written: expect.arrayContaining(['crossgrant.key']) });
    expect(stdout).not.toContain(readFileSync(join(folder, 'crossgrant.key'), 'utf8').trim());
  });

  it('asks at a terminal what no option says, and again after an unusable answer', async () => {
    const folder = temporaryFolder();
    const answers = ['http://broker.example', 'https://broker.example', 'example.org', '', '', '', '', ''];
    const { code, stderr } = await cli(['init', folder, '--client', 'sales-agent'], { answers });
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'It must be https (http on loopback only).\n' });
    const main = parse(readFileSync(join(folder, 'crossgrant.yaml'), 'utf8'));
    expect(main).toMatchObject({
      issuer: 'https://broker.example',
      trust_domain: 'example.org',
      clients: { 'sales-agent': { agent: 'spiffe://example.org/agent/sales-agent' } },
    });
  });

  it('overwrites nothing', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'crossgrant.yaml'), 'mine');
    const { code, stderr } = await cli(['init', folder, '--yes']);
    expect({ code, said: stderr }).toEqual({
      code: 1,
      said: 'crossgrant: crossgrant.yaml is there already; init overwrites nothing\n',
    });
    expect(readdirSync(folder)).toEqual(['crossgrant.yaml']);
    expect(readFileSync(join(folder, 'crossgrant.yaml'), 'utf8')).toBe('mine');
  });
});

describe('serve', () => {
  it('serves what init wrote: a real exchange, then SIGTERM and exit code 0', async () => {
    const now = Math.floor(Date.now() / 1000);
    const login = await openSite();
    const idp = identityProvider({ issuer: login.origin, person: { sub: 'alice' }, now: Date.now });
    login.serve(idp.http);
    const folder = temporaryFolder();
    const issuer = 'http://127.0.0.1:8799';
    await cli(['init', folder, '--yes', '--issuer', issuer, '--idp', login.origin]);
    const key = testKey();
    writeFileSync(join(folder, 'travel-agent.jwks.json'), JSON.stringify(key.jwks));
    change(join(folder, 'crossgrant.yaml'), { listen: { port: 0 } });
    expect(await cli(['check'], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });

    const server = startCli(['serve', '--json'], { cwd: folder });
    const [told] = await server.printed(/^\{[\s\S]*?\n\}\n/);
    const { port } = JSON.parse(told);
    const request = {
      grant_type: grantTypes.tokenExchange,
      requested_token_type: tokenTypes.idJag,
      audience: 'https://as.contoso.example',
      scope: 'calendar.read',
      subject_token: idp.idToken('travel-agent'),
      subject_token_type: tokenTypes.idToken,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: clientAssertion('travel-agent', issuer, key, now),
    };
    const { status, body } = await postForm(`http://127.0.0.1:${port}/token`, request, leaving);
    expect({ status, body }).toMatchObject({ status: 200, body: { token_type: 'N_A', scope: 'events:read' } });
    server.kill('SIGTERM');
    const { code, stdout, stderr } = await server.ended;
    await login.stop();
    expect({ code, stdout }).toEqual({ code: 0, stdout: told });
    expect(stderr).not.toContain(String(body['access_token']).split('.')[2]);
    const audit = await cli(['audit', 'verify'], { cwd: folder });
    expect(audit).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d records in 1 chain, each as it was written\n$/),
    });
  });

  it('serves TLS from the certificate and key of the configuration', async () => {
    const folder = temporaryFolder();
    await cli(['init', folder, '--yes']);
    const { ca, cert, key } = await testCertificates(Date.now());
    mkdirSync(join(folder, 'tls'));
    writeFileSync(join(folder, 'tls/cert.pem'), cert);
    writeFileSync(join(folder, 'tls/key.pem'), key);
    change(join(folder, 'crossgrant.yaml'), { listen: { port: 0, tls: { cert: 'tls/cert.pem', key: 'tls/key.pem' } } });
    const server = startCli(['serve', '--log-level', 'error'], { cwd: folder });
    const [, origin] = await server.printed(/is served at (https:\S+)\n/);
    const { status, body } = await getJson(`${origin}/.well-known/oauth-authorization-server`, {}, ca);
    expect({ status, issuer: body['issuer'] }).toEqual({ status: 200, issuer: 'https://broker.acme.example' });
    await expect(getJson(`${origin}/jwks`)).rejects.toThrow();
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('does not start with another operator key than the store was made with', async () => {
    const folder = temporaryFolder();
    await cli(['init', folder, '--yes']);
    expect(await cli(['keys', 'list'], { cwd: folder })).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'crossgrant.key'), 'another operator key of more than thirty-two characters');
    const { code, stdout, stderr } = await startCli(['serve'], { cwd: folder }).ended;
    expect(stderr).toMatch(/^crossgrant: the operator key \(keys\.encrypt_with\) does not fit/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

function change(file: string, changes: Readonly<Record<string, unknown>>): void {
  writeFileSync(file, stringify({ ...parse(readFileSync(file, 'utf8')), ...changes }));
}
