// crossgrant chain run: every ready-made chain comes out as it says, and one that does not is told hop by hop.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, temporaryFolder } from '../support/cli.ts';

const fixtures = resolve(import.meta.dirname, '../../fixtures/chains');
const ready = readdirSync(fixtures).filter((name) => name.endsWith('.yaml'));

describe('the ready-made chain', () => {
  it.each(ready)('%s comes out as it says', async (name) => {
    const { code, stdout, stderr } = await cli(['chain', 'run', join(fixtures, name)]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/all as expected\n$/);
    expect(code).toBe(0);
  });
});

describe('a chain that does not come out', () => {
  const broken = (text: string) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'chain.yaml'), text);
    return folder;
  };
  const wrong = readFileSync(join(fixtures, 'id-jag.yaml'), 'utf8')
    .replace('scope: events:read, subject: acme|alice', 'scope: events:write, subject: acme|bob')
    .replace('{ refused: scope.none, error: invalid_scope }', '{ refused: target.unknown }');

  it('says which hop, what was expected and what came, and exits with 1', async () => {
    const folder = broken(wrong);
    const { code, stdout } = await cli(['chain', 'run', 'chain.yaml', '--junit', 'out.xml'], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(/NO the grant becomes an access token there/);
    expect(stdout).toMatch(/subject\s+expected "acme\|bob"\n\s+received "acme\|alice"/);
    expect(stdout).toMatch(/2 not as expected\n$/);
    const xml = readFileSync(join(folder, 'out.xml'), 'utf8');
    expect(xml).toMatch(/tests="6" failures="2" skipped="0"/);
    expect(xml).toMatch(/<failure message="granted events:read">/);
  });

  it('goes on where it can: what needs a token that never came is passed over', async () => {
    const folder = broken(wrong.replace('scope: calendar.read }\n    save', 'scope: nothing }\n    save'));
    const { stdout } = await cli(['chain', 'run', 'chain.yaml', '--json'], { cwd: folder });
    const [{ hops }] = JSON.parse(stdout).chains;
    expect(
      hops.map(({ ok, skipped }: { ok: boolean; skipped: boolean }) => (ok ? 'ok' : skipped ? 'skipped' : 'no')),
    ).toEqual(['ok', 'no', 'skipped', 'skipped', 'skipped', 'no']);
  });

  it.each<readonly [string, string, RegExp]>([
    [
      'an unknown member',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ exchnge: {} }]',
      /chain\.yaml:3:\d+ hops\[0\].*exchnge.*did you mean "exchange"/,
    ],
    [
      'two verbs',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ heal: true, clock: +1m }]',
      /has several verbs \(heal, clock\)/,
    ],
    ['no parties', 'chain: x\nhops: [{ heal: true }]', /needs either `world` or `servers`/],
    ['half a file', 'chain: [', /chain\.yaml:1:\d+/],
    [
      'a name nobody saved',
      'chain: x\nworld: { domains: { a:, b: } }\nhops: [{ redeem: { at: b, grant: none } }]',
      /no hop before this one saves none/,
    ],
    [
      'a domain that is none',
      'chain: x\nworld: { domains: { a:, b: } }\nhops: [{ sign_in:, save: me }, { exchange: { at: c, subject: me } }]',
      /no domain of this world is called c/,
    ],
  ])('%s is named with its place', async (_what, text, message) => {
    const { code, stdout, stderr } = await cli(['chain', 'run', 'chain.yaml'], { cwd: broken(text) });
    expect(stdout + stderr).toMatch(message);
    expect(code).not.toBe(0);
  });
});
