// The README keeps its word: generated parts are current, examples load and run. `npm run readme` writes the generated parts.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../src/config/compile.ts';
import { loadConfig } from '../src/config/load.ts';
import { withReference } from '../src/config/reference.ts';
import { profileReference } from '../src/explain/profiles.ts';
import { refusalReference } from '../src/explain/reasons.ts';
import { testKey } from '../src/testkit/keys.ts';
import { guardedFetch } from '../src/trust/guarded-fetch.ts';
import { app } from './support/resource-example.ts';

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
    const current = withExample(generated, await readFile(join(root, 'test/support/resource-example.ts'), 'utf8'));
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

  it('names commands that exist', async () => {
    const commands = (await readFile(join(root, 'src/cli/index.ts'), 'utf8')).match(/\w+(?=Command,\n)/g) ?? [];
    const told = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## Protect'));
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) expect(told).toContain(`\`${command}`);
  });
});

/** The example is compiled with everything else; the README shows it as a user would write it. */
function withExample(document: string, source: string): string {
  const shown = source.slice(source.indexOf('import')).replace('../../src/resource/index.ts', 'crossgrant/resource');
  const [before = '', rest = ''] = document.split('<!-- example: resource.ts -->\n```ts\n');
  return `${before}<!-- example: resource.ts -->\n\`\`\`ts\n${shown}${rest.slice(rest.indexOf('```'))}`;
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
