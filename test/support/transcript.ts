// What a terminal shows, held against what the README shows of it.

import type { Ran } from './shell.ts';

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
  // What was handed out a second ago has a second less.
  [/(?<="expires_in": )29\d\b/g, '300'],
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

/** Progress that depends on how quick others are. */
const progress = /^waiting for \d+ process.*\n/gm;

/** What the terminal shows, from the first `$ ` on. */
export const transcriptOf = (ran: readonly Ran[]) =>
  ran.map(({ command, screen }) => `$ ${command}\n${screen.replace(progress, '')}`).join('\n');
