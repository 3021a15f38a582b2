// What the text of the README refers to: headings, files, scripts, commands and their options.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpus, faults } from '../../src/testkit/index.ts';
import { type CliResult, cli } from '../support/cli.ts';
import { root } from '../support/readme.ts';

/** Anchors and files that links lead to and that are not there. */
export function deadLinks(document: string): readonly string[] {
  const anchors = new Set([...document.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => `#${slugOf(title)}`));
  const targets = [...document.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    return target.startsWith('#') ? !anchors.has(target) : !existsSync(join(root, target));
  });
}

/** As GitHub makes the anchor of a heading. */
const slugOf = (title: string) =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** Files and scripts that are named in code and are not there. */
export function deadNames(document: string): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const files = [...document.matchAll(/`((?:src|test|fixtures)\/[\w./-]*\w)\/?`/g)].map(([, name = '']) => name);
  const named = [...document.matchAll(/npm run (?:-s )?(?!-)([\w:]+)/g)].map(([, name = '']) => name);
  return [
    ...files.filter((name) => !existsSync(join(root, name)) && !existsSync(join(root, 'fixtures/example', name))),
    ...named.filter((name) => !Object.hasOwn(scripts, name)).map((name) => `npm run ${name}`),
  ];
}

/** Commands and options in code that the command line does not know; with `crossgrant` before them or not. */
export async function deadCommands(document: string): Promise<readonly string[]> {
  const { stdout } = await cli(['--help']);
  const names = [...(stdout.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name);
  const known = new RegExp(`\`(?:crossgrant )?((?:${names.join('|')})(?: [^\`]*)?)\``, 'g');
  const said = [known, /`crossgrant ([a-z][^`]*)`/g].flatMap((pattern) => [...document.matchAll(pattern)]);
  const lines = new Set(said.map(([, line = '']) => line));
  const help = helpOf();
  const dead = await Promise.all([...lines].map(async (line) => ((await isKnown(line, help)) ? [] : [line])));
  return dead.flat();
}

/** Commands that a text does not name. */
export async function untoldCommands(text: string): Promise<readonly string[]> {
  const named = async (...group: readonly string[]) => {
    const { stdout } = await cli([...group, '--help']);
    return [...(stdout.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z-]+)/gm)]
      .map(([, name = '']) => [...group, name].join(' '))
      .filter((name) => !name.endsWith('help'));
  };
  const commands = await named();
  const all = await Promise.all(commands.map(async (name) => [name, ...(await named(name))]));
  return all.flat().filter((name) => !text.includes(`\`${name}`));
}

type Help = (...command: readonly string[]) => Promise<CliResult>;

/** Asks each command once. */
function helpOf(): Help {
  const asked = new Map<string, Promise<CliResult>>();
  return (...command) => {
    const name = command.join(' ');
    const answer = asked.get(name) ?? cli([...command, '--help']);
    asked.set(name, answer);
    return answer;
  };
}

async function isKnown(line: string, helpOn: Help): Promise<boolean> {
  const [command = '', second = '', ...rest] = line.split(/\s+/);
  const help = await helpOn(command);
  const isGroup = new RegExp(`^  ${second}\\b`, 'm').test(help.stdout.split('Commands:')[1] ?? '');
  const { code, stdout } = isGroup ? await helpOn(command, second) : help;
  const options = [second, ...rest].flatMap((word) => word.match(/^--[a-z-]+/) ?? []);
  return code === 0 && options.every((option) => new RegExp(`${option}\\b`).test(stdout));
}

/** Ready-made chains, faults and counts of the corpus that the tables do not tell, or tell otherwise. */
export function untold(document: string): readonly string[] {
  const chains = readdirSync(join(root, 'fixtures/chains')).flatMap((name) => /^(.*)\.yaml$/.exec(name)?.[1] ?? []);
  const rows = document
    .replaceAll('\\|', '|')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const codes = new Set(rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)));
  const atPlaces = rows.find((row) => row.startsWith('| PLACE ')) ?? '';
  const isTold = ({ name }: { readonly name: string }) => {
    const [, , what = ''] = /^(jwks|metadata|token endpoint|introspection|everything) (.*)$/.exec(name) ?? [];
    return codes.has(name) || (what !== '' && atPlaces.includes(what));
  };
  const isCounted = (kind: string) => {
    const count = corpus.badTokens.filter((entry) => entry.kind === kind).length;
    return rows.some((row) => row.includes(`\`${kind}\``) && new RegExp(`[ |]${count}[ ,]`).test(row));
  };
  return [
    ...chains.filter((name) => !codes.has(name)),
    ...faults.filter((fault) => !isTold(fault)).map(({ name }) => name),
    ...Object.keys(corpus.kinds).filter((kind) => !isCounted(kind)),
  ];
}
