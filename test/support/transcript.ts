// What a terminal shows, held against what the README shows of it: commands as somebody types them, and their output.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliOptions, cliScreen } from './cli.ts';

/** What differs from run to run, and what stands for it; in this order. */
const changing: readonly (readonly [what: RegExp, is: string])[] = [
  [/\beyJ[\w-]+(\.[\w-]+)*/g, 'TOKEN'],
  [/\bcgh_[\w-]+/g, 'HANDLE'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID'],
  [/\b[0-9a-f]{32}\b/g, 'TRACE'],
  [/\b[0-9A-Z]{4}(-[0-9A-Z]{4}){4}\b/g, 'FINGERPRINT'],
  [/(?<![\w-])[\w-]{43}(?![\w-])/g, 'THUMBPRINT'],
  [/\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, 'TIME'],
  [/\b\d{4}-\d\d-\d\d\b/g, 'DATE'],
  [/\b[0-9a-f]{12}\b/g, 'DIGEST'],
  [/\b127\.0\.0\.1:\d+/g, 'ADDRESS'],
  [/\b\d{10}\b/g, 'SECONDS'],
  [/\b\d\d:\d\d:\d\d UTC/g, 'TIME'],
  [/\b[\d.]+ ?ms\b/g, 'TIME'],
  [/\b\d+ s ago\b/g, 'JUST NOW'],
  [/^\S+ \d+(?= +version \d)/gm, 'PROCESS'],
  // Lines are broken where names are long.
  [/\n {4,}(?=\S)/g, ' '],
  // Columns are as wide as their widest cell.
  [/(?<=\S) {2,}/g, '  '],
];

/** The same for the same, whenever and wherever it was run. */
export const constant = (text: string) => changing.reduce((left, [what, is]) => left.replace(what, is), text);

/** What came, with `…` for the lines that the README leaves out; what fits nowhere stays, and so is told. */
export function asShown(shown: string, came: string): string {
  const wanted = shown.split('\n');
  const left = came.split('\n');
  const told: string[] = [];
  for (const [at, line] of wanted.entries()) {
    if (line.trim() === '…') {
      left.splice(0, placeOf(wanted.slice(at + 1, at + 3), left));
      told.push(line);
    } else told.push(...left.splice(0, 1));
  }
  return [...told, ...left].join('\n');
}

/** How many lines come before these; all but the line end where nothing follows. */
function placeOf(next: readonly string[], lines: readonly string[]): number {
  if (next.join('') === '') return Math.max(0, lines.length - next.length);
  const found = lines.findIndex((_, at) =>
    next.every((line, further) => line.trim() === '…' || constant(line) === constant(lines[at + further] ?? '')),
  );
  return Math.max(0, found);
}

/** Where commands of a block are run. */
export type Place = CliOptions & {
  readonly cwd: string;
  /** What the README says → what it is here, such as an address. Put back in what comes out. */
  readonly names?: Readonly<Record<string, string>>;
};

type Ran = { readonly command: string; readonly code: number | null | undefined; readonly screen: string };

/** The commands of a block, one after the other, and what each showed. In a transcript they stand behind `$ `. */
export async function runAll(text: string, place: Place): Promise<readonly Ran[]> {
  const ran: Ran[] = [];
  const env: Record<string, string> = { ...place.env };
  for (const command of commandsIn(text)) {
    const [words, target] = redirected(wordsOf(renamed(command, place.names), env));
    const assignment = /^(\w+)=(.*)$/s.exec(words[0] === 'export' ? (words[1] ?? '') : '');
    if (assignment) {
      env[assignment[1] ?? ''] = assignment[2] ?? '';
      continue;
    }
    const result = await cliScreen(argumentsOf(words), { ...place, env });
    if (target !== undefined) writeFileSync(join(place.cwd, target), result.stdout);
    const screen = target === undefined ? result.screen : result.stderr;
    ran.push({ command, code: result.code, screen: renamedBack(screen, place.names) });
  }
  return ran;
}

/** Progress that depends on how quick others are. */
const progress = /^waiting for \d+ process.*\n/gm;

/** What the terminal shows, from the first `$ ` on. */
export const transcriptOf = (ran: readonly Ran[]) =>
  ran.map(({ command, screen }) => `$ ${command}\n${screen.replace(progress, '')}`).join('\n');

/** Lines that go on after a backslash are one command; comments are none. */
function commandsIn(text: string): readonly string[] {
  const transcript = /^\$ /m.test(text);
  const commands = text.match(/^(?:[^\n]*\\\n)*[^\n]+$/gm) ?? [];
  return commands
    .filter((command) => (transcript ? command.startsWith('$ ') : !/^\s*#/.test(command)))
    .map((command) => command.replace(/^\$ /, ''));
}

/** With the names of this place instead of those of the README. */
export const renamed = (text: string, names: Place['names'] = {}) =>
  Object.entries(names).reduce((left, [shown, here]) => left.replaceAll(shown, here), text);
const renamedBack = (text: string, names: Place['names'] = {}) =>
  Object.entries(names).reduce((left, [shown, here]) => left.replaceAll(here, shown), text);

/** As a shell takes a command apart: quotes, variables, line ends after a backslash, comments. */
function wordsOf(command: string, env: Readonly<Record<string, string>>): readonly string[] {
  const known = (text: string) => text.replace(/\$(\w+)/g, (_, name: string) => env[name] ?? '');
  const words: string[] = [];
  for (const [word] of command.replaceAll('\\\n', ' ').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (word.startsWith('#')) break;
    const parts = word.match(/'[^']*'|"[^"]*"|[^'"]+/g) ?? [];
    words.push(
      parts.map((part) => (part.startsWith("'") ? part.slice(1, -1) : known(part.replace(/^"|"$/g, '')))).join(''),
    );
  }
  return words;
}

/** Without `> FILE` at the end, and that file. */
function redirected(words: readonly string[]): readonly [words: readonly string[], target: string | undefined] {
  return words.at(-2) === '>' ? [words.slice(0, -2), words.at(-1)] : [words, undefined];
}

/** What comes behind `crossgrant`, however it is called. */
function argumentsOf(words: readonly string[]): readonly string[] {
  const [command, ...rest] = words;
  if (command === 'crossgrant') return rest;
  if (words.slice(0, 5).join(' ') === 'npm run -s crossgrant --') return words.slice(5);
  throw new Error(`nobody here can run ${words.join(' ')}`);
}

/** The request that a curl line sends. */
export function requestOf(text: string, env: Readonly<Record<string, string>>): Request {
  const [command = ''] = commandsIn(text);
  const words = wordsOf(command, env);
  const after = (flag: string) => words.flatMap((word, at) => (word === flag ? [words[at + 1] ?? ''] : []));
  const [url = ''] = words.filter((word) => word.startsWith('http'));
  const headers = new Headers(after('-H').map((line) => line.split(': ', 2) as [string, string]));
  headers.set('Host', new URL(url).host);
  const body = after('-d').join('&') || undefined;
  if (body !== undefined && !headers.has('Content-Type'))
    headers.set('Content-Type', 'application/x-www-form-urlencoded');
  if (body !== undefined) headers.set('Content-Length', String(Buffer.byteLength(body)));
  return new Request(url, { headers, ...(body !== undefined && { method: 'POST', body }) });
}
