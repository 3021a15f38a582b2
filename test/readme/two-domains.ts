// The chapters on two real domains and on a partner known by its URL alone: their files load, and their programs run.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { keyInFile } from '../../src/testkit/issuer.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { trustDomains } from '../../src/testkit/trust-domains.ts';
import { app } from '../examples/resource.ts';
import { cli, temporaryFolder } from '../support/cli.ts';
import { bundled } from '../support/program.ts';
import { type Page, root } from '../support/readme.ts';
import { requestOf } from '../support/shell.ts';
import { shownFiles, shownWorld } from './shown-world.ts';

export const twoDomains = {
  'the demonstration shows its second hop so': async (page: Page) => {
    const { code, stdout } = await cli(['demo', '--once'], { cwd: temporaryFolder() });
    expect(code).toBe(0);
    page.output('demo hop', stdout.slice(stdout.search(/^ 2 /m), stdout.search(/\n+ 3 /)).concat('\n'));
  },

  'the files of two real domains load, and say what the text says': async (page: Page) => {
    const files = shownFiles(page);
    expect(await files.run('acme', 'check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(
        'contoso.send\n    travel-agent may take id-jag grants to https://api.contoso.example/',
      ),
    });
    expect(await files.run('contoso', 'check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('acme.accept\n    acme-travel may redeem id-jag grants, once each'),
    });
  },

  'the two requests of an agent bring a grant, and an access token': async (page: Page) => {
    const world = await shownWorld(page);
    const assertion = (issuer: string, client: string) =>
      clientAssertion(client, issuer, world.agentKey, Math.floor(Date.now() / 1000));
    const [exchange = '', redeem = ''] = page.text('two requests').split('\n\n');
    const send = async (text: string, env: Readonly<Record<string, string>>): Promise<Record<string, string>> =>
      JSON.parse(await (await world.network.fetch(requestOf(text, env))).text());
    const atHome = { ID_TOKEN: world.signIn(), FOR_ACME: assertion('https://broker.acme.example', 'travel-agent') };
    const grant = await send(exchange, atHome);
    expect(grant).toMatchObject({ scope: 'events:read', token_type: 'N_A' });
    const there = {
      GRANT: grant['access_token'] ?? '',
      FOR_CONTOSO: assertion('https://as.contoso.example', 'acme-travel'),
    };
    expect(await send(redeem, there)).toMatchObject({ scope: 'events:read', token_type: 'Bearer' });
  },

  'the resource server runs: without a token it answers with the way to one': async (page: Page) => {
    expect(page.text('resource.ts')).toContain('export const app');
    const answer = await app.request('https://api.contoso.example/events');
    expect(answer.status).toBe(401);
    const metadata = 'https://api.contoso.example/.well-known/oauth-protected-resource';
    expect(answer.headers.get('WWW-Authenticate')).toBe(`Bearer resource_metadata="${metadata}"`);
  },

  'a partner known by its URL alone is tested: node:test, and nothing else of ours': async (page: Page) => {
    expect(page.text('partner.ts')).toContain('crossgrant/testkit');
    const folder = temporaryFolder();
    const key = await keyInFile(join(folder, 'key.json'));
    await using partner = await trustDomains({
      env: { PARTNER_SECRET: 'the-secret-of-the-client-at-the-partner' },
      contoso: ({ calendar }) => ({ domains: { acme: null, login: ofTheExample(calendar, key.jwks) } }),
    });
    const child = promisify(execFile)(process.execPath, ['--test', await bundled('test/examples/partner.ts')], {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        PARTNER: partner.contoso,
        PARTNER_SECRET: 'the-secret-of-the-client-at-the-partner',
        ISSUER_KEY: join(folder, 'key.json'),
      },
    });
    expect((await child).stdout).toMatch(/# pass 5\n# fail 0/);
  },
};

/** What the partner is told: whom to believe, and for which client. */
const ofTheExample = (resource: string, keys: object) => ({
  issuer: 'https://login.acme.example',
  contact: 'identity@acme.example',
  keys,
  accept: {
    clients: { 'acme-travel': { auth: { method: 'client_secret_post', secret: { env: 'PARTNER_SECRET' } } } },
    subject: { to: 'acme|{sub}' },
    resources: [resource],
    scopes: ['events:read'],
  },
});
