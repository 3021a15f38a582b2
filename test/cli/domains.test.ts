// The other domains from the command line: which there are, what each may do, and what a wrong name is answered with.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Store } from '../../src/store/store.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { cli, temporaryFolder } from '../support/cli.ts';

async function configured(): Promise<string> {
  const folder = temporaryFolder();
  await cli(['init', folder, '--yes']);
  return folder;
}

describe('domain list', () => {
  it('has a line for each domain, with what it is for', async () => {
    const { code, stdout } = await cli(['domain', 'list'], { cwd: await configured() });
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^domain +state +for +keys +fetched +exchange +clock +trust ends +issuer$/);
    const nobody = 'unknown +unknown +unknown +unknown';
    expect(rows).toEqual([
      expect.stringMatching(new RegExp(`^login +enforce +subjects +${nobody} +never +https://login\\.acme\\.example$`)),
      expect.stringMatching(
        new RegExp(`^partner +enforce +send, accept +${nobody} +never +https://as\\.contoso\\.example$`),
      ),
    ]);
    expect(code).toBe(0);
  });
});

describe('how domains are doing', () => {
  const hour = 3_600_000;
  /** Notes what brokers that served would have noted. */
  async function noting(cwd: string, work: (store: Store, now: number) => Promise<unknown>) {
    const store = await openStore((await loadConfig(join(cwd, 'crossgrant.yaml'), {})).settings);
    await work(store, Date.now());
    await store.close();
  }
  const row = async (cwd: string) => {
    const { stdout } = await cli(['domain', 'list'], { cwd });
    return stdout.split('\n').find((line) => line.startsWith('partner '));
  };

  it('is in the list: age of its keys, last fetch, last exchange, clock', async () => {
    const cwd = await configured();
    await noting(cwd, (store, now) =>
      store.savePartnerState({
        domain: 'partner',
        fetchedAt: now - 5 * 60_000,
        keysChangedAt: now - 72 * hour,
        exchangedAt: now - 3 * hour,
        clockOffsetMs: -4000,
      }),
    );
    expect(await row(cwd)).toMatch(/ same for 3 d +5 min ago +3 h ago +-4 s +never /);
    const { stdout } = await cli(['domain', 'list', '--json'], { cwd });
    expect(JSON.parse(stdout).domains).toContainEqual(
      expect.objectContaining({
        name: 'partner',
        health: expect.objectContaining({ clockOffsetMs: -4000, keysWaiting: 0 }),
      }),
    );
  });

  it('with what to look at below: keys that cannot be fetched, keys that wait, keys that end', async () => {
    const cwd = await configured();
    await noting(cwd, async (store, now) => {
      await store.savePartnerState({
        domain: 'partner',
        fetchedAt: now - hour,
        failedAt: now - 60_000,
        error: 'status 503',
      });
      const key = { issuer: 'https://as.contoso.example', kid: 'new', thumbprint: 't', jwk: '{}', firstSeen: now };
      await store.notePinnedKey(key);
    });
    const ends = Math.floor(Date.now() / 1000) + 12 * 86_400 + 600;
    const login = join(cwd, 'domains/login.yaml');
    writeFileSync(
      login,
      `${readFileSync(login, 'utf8')}\nkeys: { keys: [${JSON.stringify({ ...testKey().publicJwk, exp: ends })}] }\n`,
    );
    const { stdout } = await cli(['domain', 'list'], { cwd });
    expect(stdout).toMatch(/^partner .* failed 60 s ago /m);
    expect(stdout).toMatch(/^login .* configured +none needed /m);
    expect(stdout.split('\n\n')[1]).toBe(
      [
        'login: a key of it ends in 12 d',
        'partner: its keys cannot be fetched: status 503',
        'partner: 1 new key waits for approval',
        '',
      ].join('\n'),
    );
  });

  it('is told of one domain with its use', async () => {
    const cwd = await configured();
    const counted = {
      day: new Date().toISOString().slice(0, 10),
      domain: 'partner',
      rule: 'partner.send',
      scope: 'calendar.read',
    };
    await noting(cwd, (store, now) =>
      store.addUsage([
        { ...counted, client: 'travel-agent', outcome: 'granted', count: 7, lastAt: now },
        { ...counted, client: 'travel-agent', outcome: 'policy.condition', count: 2, lastAt: now },
        { ...counted, domain: 'login', client: 'other', outcome: 'granted', count: 9, lastAt: now },
      ]),
    );
    const { stdout } = await cli(['domain', 'show', 'partner'], { cwd });
    expect(stdout).toMatch(/^in 30 days 7 granted, refused 2 policy\.condition\n {2}travel-agent {2}7, last \d{4}-/m);
  });
});

describe('domain show', () => {
  it('says who it is and what it may do', async () => {
    const cwd = await configured();
    const { code, stdout } = await cli(['domain', 'show', 'partner'], { cwd });
    expect(stdout).toMatch(/^issuer +https:\/\/as\.contoso\.example$/m);
    expect(stdout).toContain('partner.send\n    travel-agent may take id-jag grants');
    expect(stdout).not.toContain('login.subjects');
    const { stdout: json } = await cli(['domain', 'show', 'partner', '--json'], { cwd });
    expect(JSON.parse(json)).toMatchObject({
      name: 'partner',
      allows: [{ rule: 'partner.send' }, { rule: 'partner.accept' }],
    });
    expect(code).toBe(0);
  });

  it('names the nearest domain when there is none of that name', async () => {
    expect(await cli(['domain', 'show', 'partnr'], { cwd: await configured() })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'crossgrant: no domain is called partnr: did you mean "partner"?\n',
    });
  });
});

describe('a domain that is named by something else than its name', () => {
  it.each(['partner.yaml', 'domains/partner.yaml', 'https://as.contoso.example', 'Partner'])(
    '%s: its name is told',
    async (written) => {
      expect(await cli(['domain', 'show', written], { cwd: await configured() })).toEqual({
        code: 2,
        stdout: '',
        stderr: `crossgrant: no domain is called ${written}: did you mean "partner"?\n`,
      });
    },
  );
});

describe('a trust that ends soon', () => {
  it('is a warning of check, which is good all the same, and a date in the list', async () => {
    const cwd = await configured();
    const [date] = new Date(Date.now() + 5 * 86_400_000).toISOString().split('T');
    appendFileSync(join(cwd, 'domains/partner.yaml'), `expires: ${date}\n`);
    const { code, stdout } = await cli(['check'], { cwd });
    expect(stdout).toContain('warning: partner: its trust expires in 5 days\n  urgent: agree with its contact');
    expect(code).toBe(0);
    expect((await cli(['domain', 'list'], { cwd })).stdout).toMatch(new RegExp(`^partner .* ${date}, in 5 d `, 'm'));
    const { stdout: json } = await cli(['check', '--json'], { cwd });
    expect(JSON.parse(json)).toMatchObject({ ok: true, warnings: [{ domain: 'partner' }] });
  });
});

describe('an offer to a partner whose clients are not known yet', () => {
  it('is good, and check says that it lets nobody in', async () => {
    const cwd = await configured();
    const file = join(cwd, 'domains/partner.yaml');
    const text = readFileSync(file, 'utf8').replace(/ {2}clients:\n {4}partner-app:\n.*\n/, '  clients: {}\n');
    writeFileSync(file, text);
    const { code, stdout } = await cli(['check'], { cwd });
    expect(stdout).toMatch(/warning: .*partner\.yaml:\d+:1 accept: lets no client in yet: needs `clients`/);
    expect(code).toBe(0);
  });
});

describe('domain remove', () => {
  it('shows what goes, asks, and removes the file', async () => {
    const cwd = await configured();
    const file = join(cwd, 'domains/partner.yaml');
    const kept = await cli(['domain', 'remove', 'partner'], { cwd, answers: [''] });
    expect(kept.stderr).toContain(
      'With partner (https://as.contoso.example) goes\n  partner.send\n    travel-agent may',
    );
    expect(kept.stderr).toContain('  the registration of partner-app\n');
    expect({ code: kept.code, there: existsSync(file) }).toEqual({ code: 1, there: true });
    const { code, stdout } = await cli(['domain', 'remove', 'partner'], { cwd, answers: ['y'] });
    expect({ code, there: existsSync(file) }).toEqual({ code: 0, there: false });
    expect(stdout).toContain(`Removed ${file}`);
    expect(await cli(['check'], { cwd })).toMatchObject({ code: 0 });
  });

  it('needs --yes where nobody is asked', async () => {
    const cwd = await configured();
    expect(await cli(['domain', 'remove', 'partner'], { cwd })).toMatchObject({ code: 2 });
    const { code, stdout } = await cli(['domain', 'remove', 'partner', '--yes', '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ issuer: 'https://as.contoso.example', registered: ['partner-app'] });
    expect(code).toBe(0);
  });

  it('refuses while others name it, and says where', async () => {
    const cwd = await configured();
    const partner = join(cwd, 'domains/partner.yaml');
    writeFileSync(
      partner,
      readFileSync(partner, 'utf8').replace('  grant: id-jag', '  grant: id-jag\n  from: [login]'),
    );
    const { code, stderr } = await cli(['domain', 'remove', 'login', '--yes'], { cwd });
    expect(stderr).toMatch(
      /^crossgrant: login is needed elsewhere; nothing was removed\n.*partner\.yaml:\d+:\d+ send\.from/,
    );
    expect({ code, there: existsSync(join(cwd, 'domains/login.yaml')) }).toEqual({ code: 1, there: true });
  });
});
