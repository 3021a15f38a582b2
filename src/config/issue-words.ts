// What zod finds, in the words of somebody who writes YAML.

import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const formats: Readonly<Record<string, (issue: Issue) => string>> = {
  url: () => 'must be an absolute URL',
  includes: (issue) => `must contain ${'includes' in issue ? issue.includes : ''}`,
};

/** What is wrong; never quotes what was written, which may be a secret. */
export function wordsFor(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'is required';
      const quote = issue.expected === 'string' && typeof issue.input !== 'object' ? '; put it in quotes' : '';
      return `must be ${shapeNames[issue.expected] ?? issue.expected}, found ${shapeOf(issue.input)}${quote}`;
    }
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      return issue.origin === 'array' ? 'needs at least one entry' : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `is longer than ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    case 'invalid_format':
      return formats[issue.format]?.(issue) ?? issue.message;
    default:
      return issue.message;
  }
}

/** The types of value that would have done. */
export function expectedShapes(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(expectedShapes);
  return issue.code === 'invalid_type' ? [shapeNames[issue.expected] ?? issue.expected] : [];
}

const shapeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** The type of a value, as people call it. */
export function shapeOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : (shapeNames[typeof value] ?? typeof value);
}
