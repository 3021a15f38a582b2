// What a line of the log may say: fields on a list, each in the form that belongs to it. What is not on the list is not written.

import { printable, printableText } from '../audit/printable.ts';
import type { LogFields } from '../broker.ts';

type Form = (value: unknown) => unknown;

/** Lists of names, such as settings. */
const list: Form = (value) => (Array.isArray(value) ? value.map(printable) : printable(value));

/**
 * An allow-list: a list of names that are forbidden misses the one that comes with the next library. Whatever the type of a
 * value, it ends as a short text, a number or a boolean in which nothing looks like a token.
 */
const forms: Readonly<Record<keyof LogFields, Form>> = {
  trace: printable,
  action: printable,
  client: printable,
  domain: printable,
  rule: printable,
  reason: printable,
  expected: printable,
  received: printable,
  ms: printable,
  err: (value) => describeError(value),
  version: printable,
  at: printable,
  settings: list,
  path: printable,
  hint: printable,
  problems: printable,
  pid: printable,
  worker: printable,
  workers: printable,
  deaths: printable,
  code: printable,
  signal: printable,
  suppressed: printable,
};

/** The fields that may be told, as they may be told. */
export function tellable(fields: object): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && Object.hasOwn(forms, name)) told[name] = forms[name as keyof LogFields](value);
  }
  return told;
}

/** A message: it is ours, but may name what somebody wrote into a configuration. */
export const tellableMessage = (message: string) => withoutCredentials(printableText(message, longestMessage));

const longestMessage = 500;
const longestStack = 4000;
/** Errors behind an error: deeper ones say no more. */
const causes = 3;

/** Name, code, message and stack; never what hangs on it, where libraries keep requests and answers. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return printable(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    name: printable(error.name),
    ...(code !== undefined && { code: printable(code) }),
    message: tellableMessage(error.message),
    stack: withoutCredentials(printableText(framesOf(error), longestStack, true)),
    ...(error.cause !== undefined && depth < causes && { cause: describeError(error.cause, depth + 1) }),
  };
}

/** Where it happened; V8 puts the message before it, which is told beside it, cut. */
function framesOf({ stack = '' }: Error): string {
  return stack.slice(Math.max(0, stack.search(/^\s+at /m)));
}

/** User names and passwords in addresses (a database is named so), and private members of a JWK. */
function withoutCredentials(text: string): string {
  return text
    .replace(/\/\/[^\s/@]{1,200}@/g, '//(credentials)@')
    .replace(/"(d|p|q|dp|dq|qi|k)"\s*:\s*"[\w-]{16,}"/g, '"$1":"(key)"');
}
