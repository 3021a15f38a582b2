// How commands print: JSON for machines, aligned columns for people.

import type { CliIo } from './io.ts';

/** One JSON document and a line end. */
export function printJson(value: unknown, io: CliIo): void {
  io.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

export function printLine(text: string, io: CliIo): void {
  io.stdout.write(`${text}\n`);
}

/** Rows under a head, each column as wide as its widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Seconds since the epoch as a date people read, in UTC; `not yet` for null. */
export function date(seconds: number | null): string {
  return seconds === null ? 'not yet' : new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 16);
}
