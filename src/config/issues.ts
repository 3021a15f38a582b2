// From what zod finds to faults in plain words, each at the place where the mistake was written.

import type { z } from 'zod';
import { isJsonObject } from '../jose/json.ts';
import { expectedShapes, shapeOf, wordsFor } from './issue-words.ts';
import { keysAt } from './known-keys.ts';
import { suggest } from './nearest.ts';
import type { Fault, Path, SourceFile } from './problems.ts';

type Issue = z.core.$ZodIssue;

/** Reads `value` by `schema`: the result, or every fault. */
export function readBySchema<T>(
  schema: z.ZodType<T>,
  value: unknown,
  file: SourceFile,
):
  | { readonly value: T; readonly faults?: undefined }
  | { readonly value?: undefined; readonly faults: readonly Fault[] } {
  // Most files are read once in the life of a process: parsers compiled for them would cost more than they save.
  const result = schema.safeParse(value, { reportInput: true, jitless: true });
  if (result.success) return { value: result.data };
  const keys = (path: Path) => keysAt(schema, path);
  return {
    faults: result.error.issues.flatMap((issue) => explain(issue, [], keys)).map((fault) => ({ file, ...fault })),
  };
}

type Unplaced = Omit<Fault, 'file'>;
type KnownKeys = (path: Path) => readonly string[];

function explain(issue: Issue, above: Path, keys: KnownKeys): readonly Unplaced[] {
  const path = [...above, ...pathOf(issue)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, keys));
    case 'invalid_union':
      return explainUnion(issue, path, keys);
    case 'invalid_key':
      return [{ path, message: issue.issues.map(wordsFor).join('; '), part: 'key' }];
    case 'invalid_value':
      return [chooseFrom(issue.values.map(String), issue.input, path)];
    default:
      return [{ path, message: wordsFor(issue) }];
  }
}

const pathOf = ({ path }: Issue): Path => path.map((segment) => (typeof segment === 'symbol' ? '' : segment));

function unknownKey(key: string, path: Path, keys: KnownKeys): Unplaced {
  return { path: [...path, key], message: 'unknown key', hint: suggest(key, keys(path)), part: 'key' };
}

function chooseFrom(values: readonly string[], input: unknown, path: Path): Unplaced {
  const hint = typeof input === 'string' ? suggest(input, values) : undefined;
  return { path, message: `must be ${values.length === 1 ? '' : 'one of '}${values.join(', ')}`, hint };
}

type UnionIssue = Extract<Issue, { code: 'invalid_union' }>;

/** Speaks of the one form the author had in mind, where that can be told; else of all forms. */
function explainUnion(issue: UnionIssue, path: Path, keys: KnownKeys): readonly Unplaced[] {
  if (issue.errors.length === 0) return [explainDiscriminator(issue, path)];
  const shaped = issue.errors.filter((branch) => !branch.some(isWrongShape));
  const unknown = sharedUnknownKeys(shaped);
  if (unknown.length > 0) return unknown.map((key) => unknownKey(key, path, keys));
  const distance = (branch: readonly Issue[]) => branch.reduce((sum, part) => sum + strangeness(part), 0);
  const least = Math.min(...shaped.map(distance));
  const [nearest, ...ties] = shaped.filter((branch) => distance(branch) === least);
  const isTold = issue.message === 'Invalid input' || ties.length === 0;
  if (nearest !== undefined && isTold) return nearest.flatMap((part) => explain(part, path, keys));
  if (issue.message !== 'Invalid input') return [{ path, message: issue.message }];
  const expected = [...new Set(issue.errors.flat().flatMap(expectedShapes))].join(' or ');
  return [{ path, message: `must be ${expected}, found ${shapeOf(issue.input)}` }];
}

function explainDiscriminator(issue: UnionIssue, path: Path): Unplaced {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  return chooseFrom(options, writtenDiscriminator(issue), path);
}

/** What stands where the name of a form should. */
function writtenDiscriminator({ input, path }: Issue): unknown {
  return isJsonObject(input) ? input[String(path.at(-1))] : undefined;
}

/** True when the value is of another type altogether than this form. */
function isWrongShape(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_type') return true;
  // A fixed word where a map was written.
  if (issue.code === 'invalid_value') return isJsonObject(issue.input);
  return (
    issue.code === 'invalid_union' &&
    issue.errors.length > 0 &&
    issue.errors.every((branch) => branch.some(isWrongShape))
  );
}

function sharedUnknownKeys(branches: readonly (readonly Issue[])[]): readonly string[] {
  const [first = [], ...others] = branches.map((branch) =>
    branch.flatMap((issue) => (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [])),
  );
  return first.filter((key) => others.every((keys) => keys.includes(key)));
}

/** How far a value is from a form; a name that fits the form badly counts more than a key that is missing. */
function strangeness(issue: Issue): number {
  if (issue.code === 'unrecognized_keys') return issue.keys.length;
  if (issue.code === 'invalid_type' && issue.input === undefined) return 1;
  const isDiscriminator = issue.code === 'invalid_union' && issue.errors.length === 0;
  return isDiscriminator ? (writtenDiscriminator(issue) === undefined ? 2 : 1) : 1.5;
}
