// crossgrant demo: five hops as told, as text and as data, on ports that are free again afterwards.

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, cli, temporaryFolder } from '../support/cli.ts';
import { type CliChild, startCli } from '../support/cli-child.ts';

type ShownHop = {
  readonly response: { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
  readonly token?: { readonly header: object; readonly claims: Readonly<Record<string, unknown>> };
  readonly allowedBy?: object;
  readonly refused?: object;
};

const agent = { sub: 'spiffe://acme.example/agent/travel' };

describe('design §6: demo --once', () => {
  it('--json prints one document with every hop as expected, and nothing else', async () => {
    const { code, stdout } = await cli(['demo', '--once', '--json']);
    const { ok, hops, places } = JSON.parse(stdout) as { ok: boolean; hops: ShownHop[]; places: object };
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(hops.map(({ response }) => response.status)).toEqual([200, 200, 200, 200, 400]);
    expect(hops[0]?.token?.claims).toMatchObject({ sub: 'alice', aud: 'travel-web' });
    expect(hops[1]).toMatchObject({
      token: { header: { typ: 'oauth-id-jag+jwt' }, claims: { sub: 'alice', client_id: 'acme-travel', act: agent } },
      allowedBy: { rule: 'contoso.send', file: 'acme/domains/contoso.yaml' },
    });
    expect(hops[2]).toMatchObject({
      token: { header: { typ: 'at+jwt' }, claims: { sub: 'acme|alice', scope: 'events:read', act: agent } },
      allowedBy: { rule: 'acme.accept', file: 'contoso/domains/acme.yaml' },
    });
    expect(hops[3]?.response.body).toMatchObject({ asked_by: { user: 'acme|alice', agent } });
    expect(hops[4]).toMatchObject({
      response: { body: { error: 'invalid_grant' } },
      refused: { reason: 'grant.replayed' },
    });
    expect(places).toMatchObject({ home: { issuer: expect.any(String) }, partner: { issuer: expect.any(String) } });
  });

  describe('as text', () => {
    let text: CliResult;
    beforeAll(async () => {
      text = await cli(['demo', '--once']);
    });

    it('explains each hop in words: what was sent, the token, the rule, and whose name stands in it', async () => {
      const { code, stdout, stderr } = text;
      expect({ code, problems: stderr.replace(/^Ports .*\n/, '') }).toEqual({ code: 0, problems: '' });
      for (const line of [
        /^ 1 Alice signs in at home$/m,
        /^ {3}sent {6}POST http:\/\/127\.0\.0\.1:\d+\/token$/m,
        /^ {13}requested_token_type {3}…:id-jag$/m,
        /^ {3}the token ID-JAG, signed ES256, typ oauth-id-jag\+jwt$/m,
        /^ {3}in it {5}the user acme\|alice, at the client acme-travel$/m,
        /^ {13}through the agent spiffe:\/\/acme\.example\/agent\/travel$/m,
        /^ {3}allowed {3}by rule contoso\.send in acme\/domains\/contoso\.yaml$/m,
        /^ {3}refused {3}grant\.replayed$/m,
        /^Every hop went as it should/m,
      ])
        expect(stdout).toMatch(line);
    });

    it('fits a terminal of 110 columns, without colour where there is none', async () => {
      const { stdout } = text;
      expect(stdout.split('\n').filter((line) => line.length > 110)).toEqual([]);
      expect(stdout).not.toContain('\u001b');
    });

    it('never prints a whole token', async () => {
      const { stdout } = text;
      expect(stdout).toContain('eyJ');
      expect(stdout.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)).toBeNull();
    });
  });

  it('walks the chain over TLS with --https, on other ports when the usual ones are taken, and still ends', async () => {
    const squatter = createServer();
    const ours = await new Promise<boolean>((done) =>
      squatter.once('error', () => done(false)).listen(8702, '127.0.0.1', () => done(true)),
    );
    try {
      const words = ['demo', '--once', '--https', '--json', '--kit', temporaryFolder()];
      const { code, stdout, stderr } = await startCli(words).ended;
      const { ok, places } = JSON.parse(stdout);
      expect({ code, ok }).toEqual({ code: 0, ok: true });
      expect(places.partner.issuer).toMatch(/^https:/);
      // The demonstration of another test, which has it then, may end before ours looks.
      if (ours) expect(stderr).toContain('taking others');
    } finally {
      squatter.close();
    }
  });
});

describe('demo without --once', () => {
  /** Sees it run, stops it, and looks at what it leaves. */
  async function stopped(demo: CliChild, signal: NodeJS.Signals): Promise<void> {
    const [, kit = ''] = await demo.printed(/client of your own needs is in (\S+)/);
    const [, issuer = ''] = await demo.printed(/acme {6}(http:\S+)/);
    expect((await fetch(`${issuer}/jwks`)).status).toBe(200);
    expect(existsSync(kit)).toBe(true);
    demo.kill(signal);
    expect((await demo.ended).code).toBe(0);
    await expect(fetch(`${issuer}/jwks`)).rejects.toThrow();
    expect(existsSync(kit)).toBe(false);
  }

  it('runs until SIGINT, ends with 0 and leaves nothing behind', async () => {
    const demo = startCli(['demo']);
    await demo.printed(/Running\. Ctrl-C stops it\.\n$/);
    await stopped(demo, 'SIGINT');
  });

  it('says how to go on with commands that work, until SIGTERM ends it in the same way', async () => {
    const demo = startCli(['demo']);
    const { input } = await demo.printed(/Running\. Ctrl-C stops it\.\n$/);
    const commands = [...input.matchAll(/npm run -s crossgrant -- (.*)/g)].map(([, line = '']) => line.split(' '));
    expect(commands.map(([name]) => name)).toEqual(['token', 'check', 'check', 'keys', 'audit', 'audit']);
    for (const command of commands) expect(await cli(command)).toMatchObject({ code: 0, stderr: '' });
    await stopped(demo, 'SIGTERM');
  });
});
