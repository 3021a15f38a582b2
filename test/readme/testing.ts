// The chapter on integration tests, run: chains as files, and what a failing expectation says. What is in TypeScript is in test/examples.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { trustDomains } from '../../src/testkit/index.ts';
import { type CliResult, cli, cliScreen, temporaryFolder } from '../support/cli.ts';
import { type Page, root } from '../support/readme.ts';
import { renamed } from '../support/shell.ts';
import '../../src/testkit/vitest.ts';

export const testing = {
  'a failing expectation says what was expected, what came, and where to look': async (page: Page) => {
    await using world = await trustDomains({ sockets: false });
    const contoso = world.agent.at('contoso');
    const grant = await world.agent.at('acme').exchange({ subject: world.agent.signIn(), to: 'contoso' });
    await contoso.redeem(grant);
    const again = await contoso.redeem(grant);
    page.output('failed expectation', `${messageOf(() => expect(again).toBeGranted())}\n`);
  },

  'a ready-made chain is walked': async (page: Page) => {
    await page.transcript('chain run', { cwd: root });
  },

  'a hop that comes out differently is reported': async (page: Page) => {
    const cwd = temporaryFolder();
    const chain = readFileSync(join(root, 'fixtures/chains/id-jag.yaml'), 'utf8');
    writeFileSync(
      join(cwd, 'chain.yaml'),
      chain.replace('actor: spiffe://acme.example/agent/agent', 'actor: spiffe://acme.example/agent/other'),
    );
    const { screen, code } = await cliScreen(['chain', 'run', 'chain.yaml'], { cwd });
    expect(code).toBe(1);
    const [hop = ''] = /^ {2}NO .*\n(?: {4,}.*\n|\n(?= {4}))*/m.exec(screen) ?? [];
    page.output('chain that differs', hop);
  },

  'a chain is walked against a demonstration that runs': async (page: Page) => {
    const cwd = temporaryFolder();
    const stop = new AbortController();
    let demo: Promise<CliResult> | undefined;
    await new Promise<void>((runs) => {
      const onScreen = (screen: string) => screen.endsWith('Running. Ctrl-C stops it.\n') && runs();
      demo = cli(['demo', '--kit', 'kit'], { cwd, signal: stop.signal, onScreen });
    });
    const { home, partner } = JSON.parse(readFileSync(join(cwd, 'kit/kit.json'), 'utf8'));
    const names = { 'http://127.0.0.1:8702': home.issuer, 'http://127.0.0.1:8703': partner.issuer };
    writeFileSync(join(cwd, 'demo.yaml'), renamed(page.text('demo.yaml'), names));
    await page.transcript('chain against servers', { cwd });
    stop.abort();
    expect(await demo).toMatchObject({ code: 0 });
  },
};

/** What an expectation says that does not hold. */
function messageOf(expectation: () => void): string {
  try {
    expectation();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it held');
}
