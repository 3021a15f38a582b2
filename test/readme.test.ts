// The README keeps its word: what is generated is current, and every block is run. `npm run readme` writes what is generated and what
// commands show; with UPDATE_README=all it writes all of that, with the times and ids of now.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withReference } from '../src/config/reference.ts';
import { profileReference } from '../src/explain/profiles.ts';
import { refusalReference } from '../src/explain/reasons.ts';
import { bothLegs } from './readme/both-legs.ts';
import { changing } from './readme/changing.ts';
import { knowing } from './readme/knowing.ts';
import { operating } from './readme/operating.ts';
import { partners } from './readme/partners.ts';
import { reading } from './readme/reading.ts';
import { deadCommands, deadLinks, deadNames, untold, untoldCommands } from './readme/references.ts';
import { testing } from './readme/testing.ts';
import { twoDomains } from './readme/two-domains.ts';
import { blocksOf, openPage, readme, root } from './support/readme.ts';

const page = openPage(process.env['UPDATE_README']);

/** By chapter: what a reader would do with the blocks there. */
const stories = {
  ...twoDomains,
  ...partners,
  ...reading,
  ...changing,
  ...bothLegs,
  ...knowing,
  ...operating,
  ...testing,
};

/** Blocks that another test runs, which compares them in the same way. */
const runElsewhere: Readonly<Record<string, string>> = {
  'worked example': 'test/cli/worked-example.test.ts',
  'postgres.sql': 'test/store/postgres-opening.test.ts',
};

/** Blocks that cannot be run here, and why. None of the chapter on integration tests. */
const notRun: Readonly<Record<string, string>> = {
  start: 'installs everything from a registry, and runs every test there is',
  picture: 'is a drawing',
  preload: 'needs an SDK that the reader chooses; test/path/tracing.test.ts preloads one',
};

describe('README', () => {
  it.each(Object.entries(stories))('%s', (_, story) => story(page));

  it('has no block that nobody runs', async () => {
    const unknown = blocksOf(readme).filter(
      ({ kind, name }) =>
        kind === '' ||
        (kind === 'example' &&
          !/\.test\.ts$/.test(name) &&
          ![...page.run, ...Object.keys({ ...runElsewhere, ...notRun })].includes(name)),
    );
    expect(unknown.map(({ line, chapter, name }) => `line ${line}, ${chapter}: ${name || 'without a name'}`)).toEqual(
      [],
    );
  });

  it('counts no block as run that is not', async () => {
    const names = blocksOf(readme).map(({ name }) => name);
    expect(
      Object.keys({ ...runElsewhere, ...notRun }).filter((name) => !names.includes(name) || page.run.has(name)),
    ).toEqual([]);
    const tested = blocksOf(readme).filter(({ chapter, name }) => chapter === 'Integration tests' && name in notRun);
    expect(tested).toEqual([]);
    for (const [name, file] of Object.entries(runElsewhere))
      expect(await readFile(join(root, file), 'utf8')).toContain(`'${name}'`);
  });

  it.each(blocksOf(readme).filter(({ kind }) => kind === 'excerpt'))(
    'shows what stands in $name (line $line)',
    async ({ name, text }) => {
      // Only what our tests run.
      expect(name).toMatch(/^(test\/examples|fixtures\/example|fixtures\/chains)\//);
      const file = lines(asImported(await readFile(join(root, name), 'utf8')));
      for (const part of text.split(/\n\n(?=\S)/)) expect(file).toContain(lines(part));
    },
  );

  it('shows what is generated as it is: the references and the specification index', async () => {
    const tables = {
      profiles: profileReference(),
      refusals: refusalReference(),
      specifications: await specificationIndex(),
    };
    const generated = Object.entries(tables).reduce(between, withReference(readme));
    const current = [...page.anew].reduce(withOutput, await withExamples(generated));
    if (process.env['UPDATE_README']) await writeFile(join(root, 'README.md'), current);
    else expect(readme, 'run: npm run readme').toBe(current);
  });

  it('refers to what is there', async () => {
    expect(deadLinks(readme)).toEqual([]);
    expect(deadNames(readme)).toEqual([]);
    expect(await deadCommands(readme)).toEqual([]);
    expect(untold(readme)).toEqual([]);
  });

  it('names every command', async () => {
    const told = readme.split('\n## ').find((chapter) => chapter.startsWith('Commands\n')) ?? '';
    expect(await untoldCommands(told)).toEqual([]);
    expect(await untoldCommands('')).toContain('domain approve-keys');
  });
});

/** Lines without what they are indented by. */
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .join('\n');

/** Whoever has the package imports from there what we import from src. */
const entries: Readonly<Record<string, string>> = {
  '../../src/index.ts': 'crossgrant',
  '../../src/resource/index.ts': 'crossgrant/resource',
  '../../src/testkit/index.ts': 'crossgrant/testkit',
  '../../src/testkit/vitest.ts': 'crossgrant/testkit/vitest',
};

/** The code of a file as somebody would write it who has the package. */
const asImported = (code: string) =>
  Object.entries(entries).reduce((text, [ours, theirs]) => text.replaceAll(`'${ours}'`, `'${theirs}'`), code);

/** Examples in TypeScript are files of test/examples, compiled and run there. */
async function withExamples(document: string): Promise<string> {
  const shown = new Map<string, string>();
  for (const [, name = ''] of document.matchAll(/<!-- example: (\S+\.ts) -->/g)) {
    const source = await readFile(join(root, 'test/examples', name), 'utf8');
    shown.set(name, asImported(source.slice(source.indexOf('\n\n') + 2)));
  }
  return document.replaceAll(
    /(<!-- example: (\S+\.ts) -->\n```ts\n)[\s\S]*?```/g,
    (_, head: string, name: string) => `${head}${shown.get(name)}\`\`\``,
  );
}

/** The document with what a block has to show. */
function withOutput(document: string, [name, text]: readonly [string, string]): string {
  const start = document.indexOf('\n', document.indexOf(`<!-- example: ${name} -->\n`) + 1) + 1;
  const from = document.indexOf('\n', start) + 1;
  return `${document.slice(0, from)}${text}${document.slice(document.indexOf('```\n', from))}`;
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
