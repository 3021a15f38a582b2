// The house rules that a reader relies on: which way imports point, who owns the outside world, and that lists are complete.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(src, name), 'utf8') }));

type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean };

/** Imports of our own files and of packages; `to` of our own is relative to src. */
const imports: readonly Import[] = files.flatMap(({ name, text }) =>
  [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gms)].map(([, typeOnly, target = '']) => ({
    from: name,
    to: target.startsWith('.') ? relative(src, resolve(src, dirname(name), target)) : target,
    typeOnly: typeOnly !== undefined,
  })),
);

const folderOf = (name: string) => (name.includes('/') ? (name.split('/')[0] ?? '') : name);

/**
 * Folders from the ground up; a folder imports from its own level or below, types from anywhere.
 * Rooms stand side by side and do not know each other.
 */
const levels: readonly (readonly string[])[] = [
  ['protocol'],
  ['jose'],
  ['audit', 'keys', 'store', 'trust', 'rates', 'corpus'],
  ['token'],
  ['tokens', 'metadata', 'resource', 'proxy', 'suspension'],
  ['config', 'explain', 'observe', 'workers', 'http', 'routes.ts', 'listen.ts', 'broker.ts'],
  ['app.ts', 'versions', 'admin'],
  ['asking.ts'],
  ['index.ts', 'testkit'],
  ['demo', 'init', 'partners', 'doctor'],
  ['probe', 'chain'],
  ['cli'],
  ['main.ts'],
];
const rooms: ReadonlySet<string> = new Set(['tokens', 'metadata', 'resource', 'proxy', 'explain', 'suspension']);
const levelOf = (name: string) => levels.findIndex((level) => level.includes(folderOf(name)));

describe('imports', () => {
  it('point one way: towards the words of the protocol', () => {
    const upward = imports
      .filter(({ to, typeOnly }) => to.endsWith('.ts') && !typeOnly)
      .filter(({ from, to }) => levelOf(to) > levelOf(from))
      .map(({ from, to }) => `${from} → ${to}`);
    expect(upward).toEqual([]);
  });

  it('know every folder of the house', () => {
    const unknown = files.map(({ name }) => name).filter((name) => levelOf(name) < 0);
    expect(unknown).toEqual([]);
  });

  it('do not lead from room to room', () => {
    const between = imports.filter(({ from, to, typeOnly }) => {
      const [room, other] = [folderOf(from), folderOf(to)];
      return !typeOnly && rooms.has(room) && rooms.has(other) && room !== other;
    });
    expect(between).toEqual([]);
  });

  it('name a concrete store only in app.ts', () => {
    const outside = imports.filter(({ from, to }) => /^store\/\w+\//.test(to) && dirname(from) !== dirname(to));
    expect(new Set(outside.map(({ from }) => from))).toEqual(new Set(['app.ts']));
  });

  it('load neither a store nor Hono for whoever only checks files: that takes longer than checking', () => {
    const loaded = new Set(['cli/check.ts', 'config/load.ts']);
    for (const file of loaded) {
      for (const { from, to, typeOnly } of imports) if (from === file && !typeOnly) loaded.add(to);
    }
    expect(loaded).toContain('config/compile/rules.ts');
    expect([...loaded].filter((name) => /^(hono|@hono|drizzle|better-sqlite3|pg$|store\/\w+\/)/.test(name))).toEqual(
      [],
    );
  });

  it('bring vitest only into the entry that is for vitest, so that the test kit runs without it', () => {
    const users = imports.filter(({ to }) => to === 'vitest').map(({ from }) => from);
    expect(users).toEqual(['testkit/vitest.ts']);
    expect(imports.filter(({ to }) => to === 'testkit/vitest.ts')).toEqual([]);
  });

  it('bring Hono only where HTTP begins', () => {
    const users = imports
      .filter(({ to, typeOnly }) => !typeOnly && (to === 'hono' || to.startsWith('@hono/')))
      .map(({ from }) => from);
    const allowed = ['routes.ts', 'app.ts', 'listen.ts', 'token/endpoint.ts', 'resource/hono.ts'];
    expect(users.filter((name) => !allowed.includes(name) && !/^(admin|testkit|demo)\//.test(name))).toEqual([]);
  });
});

describe('the outside world', () => {
  const owners: readonly (readonly [RegExp, readonly string[], string])[] = [
    [/\bprocess\.(env|argv|exitCode|cwd|stdin|stdout|stderr)\b/, ['main.ts'], 'the process'],
    [/\bDate\.now\b/, ['app.ts', 'resource/protect.ts', 'testkit/clock.ts', 'cli/'], 'the clock'],
    [/(?<![\w.])fetch\(/, ['testkit/http.ts', 'trust/', 'config/', 'partners/', 'doctor/'], 'fetch'],
    [/\bconsole\./, [], 'the console'],
  ];
  it.each(owners)('%s is used by its owners alone', (pattern, owned, what) => {
    const users = files.filter(({ text }) => pattern.test(withoutComments(text))).map(({ name }) => name);
    expect(
      users.filter((name) => !owned.some((owner) => name.startsWith(owner))),
      what,
    ).toEqual([]);
  });

  it('is fetched from by the guarded fetch alone', () => {
    const users = imports
      .filter(({ to, typeOnly }) => !typeOnly && (to === 'node:http' || to === 'node:https'))
      .map(({ from }) => from);
    const allowed = [
      'trust/guarded-fetch.ts',
      'listen.ts',
      'demo/render.ts',
      'testkit/secure-fetch.ts',
      'testkit/loopback.ts',
    ];
    expect([...new Set(users)].filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it('never gets an asynchronous SQLite transaction, which would silently write outside it', () => {
    const users = files.filter(
      ({ name, text }) => name.startsWith('store/sqlite/') && /transaction\(\s*async/.test(text),
    );
    expect(users).toEqual([]);
  });
});

describe('files', () => {
  it('start with a sentence that says what they are for', () => {
    const silent = files.filter(({ text }) => !/^(#!.*\n)?\/\/ \S/.test(text)).map(({ name }) => name);
    expect(silent).toEqual([]);
  });

  it('stay small enough to read', () => {
    const long = files.filter(({ text }) => text.split('\n').length > 250).map(({ name }) => name);
    expect(long).toEqual([]);
  });

  it('have names of the field', () => {
    const vague = /(^|\/|-)(utils?|helpers?|manager|service|base|common|impl|misc)(\.ts|\/|-)/;
    expect(files.map(({ name }) => name).filter((name) => vague.test(name))).toEqual([]);
  });

  it('hold no state of their own: nothing mutable stands at the top of a module', () => {
    const mutable = files.filter(({ text }) =>
      /^(export )?let\s|^(export )?const \w+(: (?!Readonly)\w+(<[^=]*>)?)? = new (Map|Set|WeakMap)(<[^;]*>)?\(\);?$/m.test(
        text,
      ),
    );
    // What is kept there is kept from the garbage collector, and looked at by nobody.
    expect(mutable.map(({ name }) => name)).toEqual(['store/sqlite/kept.ts']);
  });

  it('have no default exports, and no classes but errors', () => {
    const wrong = files.filter(
      ({ text }) => /^export default/m.test(text) || /^(export )?class (?!\w+ extends (\w*Error)\b)/m.test(text),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

describe('catalogs', () => {
  const catalogs: readonly (readonly [string, RegExp])[] = [
    ['token/grants', /defineGrant\(/],
    ['token/clients/methods', /defineMethod\(/],
    ['token/subjects', /: SubjectReader = /],
    ['token/issue', /: IssuedKind = /],
    ['token/claims/subject', /defineMapping\(/],
    ['corpus/faults', /faultList\(/],
    ['corpus/entries', /badList\(/],
    ['trust/profiles', /: Profile = /],
    ['doctor/checks', /: DoctorCheck = /],
  ];
  it.each(catalogs)('the list of %s names every variant in its folder', (folder, declares) => {
    const index = files.find(({ name }) => name === `${folder}/index.ts`)?.text ?? '';
    const variants = files
      .filter(({ name, text }) => dirname(name) === folder && !/\/(index|types)\.ts$/.test(name) && declares.test(text))
      .map(({ name }) => name.slice(folder.length + 1));
    expect(variants.length).toBeGreaterThan(1);
    expect(variants.filter((name) => !index.includes(`'./${name}'`))).toEqual([]);
  });

  it('name a public document behind every profile', () => {
    const entries = files.filter(({ text }) => /^export const \w+: Profile = \{/m.test(text));
    expect(entries.length).toBeGreaterThan(8);
    expect(entries.filter(({ text }) => !/'https:\/\/[^']+'/.test(text)).map(({ name }) => name)).toEqual([]);
  });

  it('name the specification behind every entry', () => {
    const entries = files.filter(({ text }) =>
      /define(Grant|Method|Mapping)\(\{|: (SubjectReader|IssuedKind) = \{/.test(text),
    );
    const silent = entries
      .filter(({ name, text }) => !name.endsWith('types.ts') && !/\bspec: ['"`]/.test(text))
      .map(({ name }) => name);
    expect(silent).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}
