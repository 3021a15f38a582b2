// Commands as somebody types them, run in this process: what a shell does with a line, and no more than the README needs.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliOptions, cliScreen } from './cli.ts';

/** Where commands of a block are run. */
export type Place = CliOptions & {
  readonly cwd: string;
  /** What the README says → what it is here, such as an address. Put back in what comes out. */
  readonly names?: Readonly<Record<string, string>>;
};

export type Ran = { readonly command: string; readonly code: number | null | undefined; readonly screen: string };

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
