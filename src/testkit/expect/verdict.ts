// What every expectation of the kit comes to: whether it holds, and what is told when it does not.

/** How values are compared; a test framework brings its own, with its wildcards. */
export type Equals = (received: unknown, expected: unknown) => boolean;

export type Verdict = {
  readonly pass: boolean;
  /** For the difference a test runner shows. */
  readonly expected: unknown;
  readonly actual: unknown;
  /** Told when it should have held and did not, or the other way round. */
  message(): string;
};

/** One thing that is not as it should be. */
export type Difference = { readonly what: string; readonly expected: unknown; readonly received: unknown };

/** The sentence, the differences in columns, and what there is to know about the answer. */
export function tell(sentence: string, differences: readonly Difference[], about: readonly string[]): string {
  const width = Math.max(0, ...differences.map(({ what }) => what.length));
  const lines = differences.flatMap(({ what, expected, received }) => [
    `  ${what.padEnd(width)}  expected ${shown(expected)}`,
    `  ${' '.repeat(width)}  received ${shown(received)}`,
  ]);
  return [sentence, ...lines, ...(about.length > 0 ? ['', ...about.map((line) => `  ${line}`)] : [])].join('\n');
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
}

/** All of one side, by name. */
export const side = (differences: readonly Difference[], which: 'expected' | 'received') =>
  Object.fromEntries(differences.map((difference) => [difference.what, difference[which]]));
