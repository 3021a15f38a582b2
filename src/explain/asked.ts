// What can be explained: a whole token request, a client with a token or only claims, and a request of the past.

import { z } from 'zod';
import { limits } from '../protocol/limits.ts';
import { tokenTypes } from '../protocol/urns.ts';

const text = z.string().min(1).max(limits.requestBody);
const texts = z.union([text.transform((only) => [only]), z.array(text).max(limits.formParameters)]);

/** A request as it would be sent to the token endpoint, credentials and all. */
const wholeRequest = z.strictObject({
  form: z.record(z.string(), texts),
  authorization: text.optional(),
  dpop: text.optional(),
});

/** A client that need not prove who it is, with the token it would present or the claims such a token would have. */
const supposed = z.strictObject({
  client: z.string().min(1).max(limits.identifier),
  /** The short name of the grant; default: that of a home-domain token. */
  grant: z.string().max(limits.identifier).default('token-exchange'),
  /** What is presented: `id_token`, `access_token`, `jwt`, or for a redemption `id-jag`, `jwt`. */
  presented: z.string().max(limits.identifier).optional(),
  token: text.optional(),
  claims: z.record(z.string(), z.unknown()).optional(),
  audience: texts.default([]),
  resource: texts.default([]),
  scope: z.string().max(limits.requestBody).optional(),
  /** Kind of token asked for, by short name or URN. */
  want: z.string().max(limits.identifier).optional(),
  authorization_details: text.optional(),
  /** Thumbprint of a key the caller would have shown to hold (RFC 7638). */
  jkt: z.string().max(limits.identifier).optional(),
});

const kinds = {
  request: z.strictObject({ request: wholeRequest }),
  suppose: z.strictObject({ suppose: supposed }),
  trace: z.strictObject({ trace: z.string().regex(/^[0-9a-f]{32}$/, { error: 'a trace id has 32 hex digits' }) }),
};

/** One of the three. */
export type ExplainQuestion = z.output<(typeof kinds)[keyof typeof kinds]>;
/** The same as somebody writes it: what has a default may be left out, and one value need be no list. */
export type ExplainAsk = z.input<(typeof kinds)[keyof typeof kinds]>;
export type SupposedQuestion = z.output<typeof supposed>;

/** A question as it was sent; `problem`: what is wrong with it, in words. */
export function readQuestion(sent: object): { readonly question: ExplainQuestion } | { readonly problem: string } {
  const [kind, ...more] = Object.entries(kinds).flatMap(([name, schema]) =>
    Object.hasOwn(sent, name) ? [schema] : [],
  );
  if (kind === undefined || more.length > 0) return { problem: `needs one of ${Object.keys(kinds).join(', ')}` };
  const read = kind.safeParse(sent);
  if (read.success) return { question: read.data };
  const problems = read.error.issues.map(({ path, message }) => `${placeOf(path) || 'the question'}: ${message}`);
  return { problem: [...new Set(problems)].join('; ') };
}

/** Attack: names of a form are the sender's words; a key or token in the place of a request would be one, and stand in an error. */
function placeOf(path: readonly PropertyKey[]): string {
  const form = path.indexOf('form');
  return (form < 0 ? path : path.slice(0, form + 1)).join('.');
}

/** A token type by its short name, `id-jag`, or as it is. */
export function tokenTypeNamed(name: string): string {
  const short: Readonly<Record<string, string>> = {
    id_token: tokenTypes.idToken,
    access_token: tokenTypes.accessToken,
    jwt: tokenTypes.jwt,
    'id-jag': tokenTypes.idJag,
  };
  return short[name] ?? name;
}
