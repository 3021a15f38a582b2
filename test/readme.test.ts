// The README keeps its word: generated parts are current, examples load and run. `npm run readme` writes the generated parts.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { compile } from '../src/config/compile.ts';
import { loadConfig } from '../src/config/load.ts';
import { withReference } from '../src/config/reference.ts';
import { profileReference } from '../src/explain/profiles.ts';
import { refusalReference } from '../src/explain/reasons.ts';
import { keyInFile } from '../src/testkit/issuer.ts';
import { testKey } from '../src/testkit/keys.ts';
import { trustDomains } from '../src/testkit/trust-domains.ts';
import { guardedFetch } from '../src/trust/guarded-fetch.ts';
import { app } from './examples/resource.ts';

const root = resolve(import.meta.dirname, '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');

/** Code blocks that are named in a comment before them. */
const examples = new Map(
  [...readme.matchAll(/<!-- example: (\S+) -->\n```\w+\n([\s\S]*?)```/g)].map(([, name = '', text = '']) => [
    name,
    text,
  ]),
);

describe('README', () => {
  it('shows what is generated as it is: the references and the specification index', async () => {
    const tables = {
      profiles: profileReference(),
      refusals: refusalReference(),
      specifications: await specificationIndex(),
    };
    const generated = Object.entries(tables).reduce(between, withReference(readme));
    const current = await withExamples(generated);
    if (process.env['UPDATE_README']) await writeFile(join(root, 'README.md'), current);
    else expect(readme, 'run: npm run readme').toBe(current);
  });

  describe('the example of two real domains', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'crossgrant-readme-'));
      for (const [name, text] of examples) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text.replace('/run/secrets/crossgrant', 'secret'));
      }
      await writeFile(join(folder, 'acme/travel-agent.jwks.json'), JSON.stringify(testKey().jwks));
      await writeFile(join(folder, 'contoso/secret'), 'an operator secret of more than thirty-two characters');
    });
    afterAll(() => rm(folder, { recursive: true }));

    it.each(['acme', 'contoso'])('the files of %s load and say what the text says', async (side) => {
      const env = {
        CROSSGRANT_KEY: 'an operator secret of more than thirty-two characters',
        API_SERVER_SECRET: 'secret',
      };
      const loaded = await loadConfig(join(folder, side, 'crossgrant.yaml'), env);
      const fetch = guardedFetch(loaded.settings.network);
      const { rules, domains } = compile(loaded, { fetch, now: Date.now, signerKeys: { find: () => undefined } });
      const partner = domains.get('https://broker.acme.example');
      const found =
        side === 'acme' ? rules.send('https://as.contoso.example')[0]?.rule : partner && rules.accept(partner)?.rule;
      expect(found?.id).toBe(side === 'acme' ? 'contoso.send' : 'acme.accept');
    });
  });

  it('the resource server example runs: without a token it answers with the way to one', async () => {
    const answer = await app.request('https://api.contoso.example/events');
    expect(answer.status).toBe(401);
    const metadata = 'https://api.contoso.example/.well-known/oauth-protected-resource';
    expect(answer.headers.get('WWW-Authenticate')).toBe(`Bearer resource_metadata="${metadata}"`);
  });

  it('the example of a partner known by its URL alone runs: node:test, and nothing else of ours', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'crossgrant-readme-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const key = await keyInFile(join(folder, 'key.json'));
    await using partner = await trustDomains({
      env: { PARTNER_SECRET: 'the-secret-of-the-client-at-the-partner' },
      contoso: ({ calendar }) => ({ domains: { acme: null, login: ofTheExample(calendar, key.jwks) } }),
    });
    const child = promisify(execFile)(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--test', 'test/examples/partner.ts'],
      {
        cwd: root,
        env: {
          PATH: process.env['PATH'],
          PARTNER: partner.contoso,
          PARTNER_SECRET: 'the-secret-of-the-client-at-the-partner',
          ISSUER_KEY: join(folder, 'key.json'),
        },
      },
    );
    expect((await child).stdout).toMatch(/# pass 5\n# fail 0/);
  });

  it('names commands that exist', async () => {
    const commands = (await readFile(join(root, 'src/cli/index.ts'), 'utf8')).match(/\w+(?=Command,\n)/g) ?? [];
    const told = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## Protect'));
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) expect(told).toContain(`\`${command}`);
  });
});

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

/** Whoever has the package imports from there what we import from src. */
const entries: Readonly<Record<string, string>> = {
  '../../src/index.ts': 'crossgrant',
  '../../src/resource/index.ts': 'crossgrant/resource',
  '../../src/testkit/index.ts': 'crossgrant/testkit',
  '../../src/testkit/vitest.ts': 'crossgrant/testkit/vitest',
};

/** Examples in TypeScript are files of test/examples, compiled and run there; the README shows them as a user would write them. */
async function withExamples(document: string): Promise<string> {
  const shown = new Map<string, string>();
  for (const [, name = ''] of document.matchAll(/<!-- example: (\S+\.ts) -->/g)) {
    const source = await readFile(join(root, 'test/examples', name), 'utf8');
    const code = source.slice(source.indexOf('\n\n') + 2);
    shown.set(
      name,
      Object.entries(entries).reduce((text, [ours, theirs]) => text.replaceAll(`'${ours}'`, `'${theirs}'`), code),
    );
  }
  return document.replaceAll(
    /(<!-- example: (\S+\.ts) -->\n```ts\n)[\s\S]*?```/g,
    (_, head: string, name: string) => `${head}${shown.get(name)}\`\`\``,
  );
}

/** The document with what is generated between the two markers of that name. */
function between(document: string, [name, text]: readonly [string, string]): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [before, rest] = document.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${start} and ${end} are not in the README`);
  return `${before}${start}\n\n${text}\n\n${end}${after}`;
}

/** One row per test file: what it is about, and the sections its titles begin with. */
async function specificationIndex(): Promise<string> {
  const rows: string[] = [];
  for (const folder of ['test/spec', 'test/interop', 'test/path', 'test/steps', 'test/store']) {
    for (const name of (await readdir(join(root, folder))).filter((each) => each.endsWith('.test.ts')).sort()) {
      const text = await readFile(join(root, folder, name), 'utf8');
      const about = /^\/\/ (.*)/.exec(text)?.[1] ?? '';
      rows.push(`| [${name.replace('.test.ts', '')}](${folder}/${name}) | ${about} | ${sectionsOf(text).join(', ')} |`);
    }
  }
  return ['| test | what it holds us to | sections |', '|---|---|---|', ...rows].join('\n');
}

const section =
  /['"`](?:the )?((?:RFC \d+|rfc8725bis|ID-JAG|identity chaining|OpenID Connect \w+|design)? ?§[\d.]+(?:[–-][\d.]+)?|(?:NT?|IC|JB|CA|BD|I|R|E|B|P)-\d{1,3}b?(?!\d))/g;

function sectionsOf(text: string): readonly string[] {
  const found = [...text.matchAll(section)].map(([, each = '']) => each.trim().replace(/\.$/, ''));
  // Names of curves look like requirement ids.
  return [...new Set(found)].filter((each) => !/^P-\d{3}$/.test(each));
}
