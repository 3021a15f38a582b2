// Recorded exchanges as they are kept: readable, fit for a repository, and without a token, secret, key or person in them.

import { isJsonObject, type JsonObject } from '../../jose/json.ts';

/** A file of exchanges. Wherever a secret stood stands `{{name}}`, and `values` tells what it was. */
export type ExchangeFixture = {
  readonly kind: typeof fixtureKind;
  /** ISO 8601: times in tokens are moved by what has passed since. */
  readonly recordedAt: string;
  readonly values: Readonly<Record<string, KeptValue>>;
  readonly exchanges: readonly KeptExchange[];
};

export const fixtureKind = 'crossgrant exchanges 1';

/**
 * What is kept of a value: of a JWT all but its signature, of a key all but the key, of what tells of a person the kind of it
 * (`email`), of anything else only that it was there.
 */
export type KeptValue =
  | { readonly jwt: { readonly header: JsonObject; readonly claims: JsonObject } }
  | { readonly key: JsonObject }
  | { readonly personal: string }
  | { readonly secret: true };

export type KeptExchange = { readonly request: KeptRequest; readonly response: KeptResponse };

export type KeptRequest = { readonly method: string; readonly url: string; readonly headers: Headers } & Partial<Body>;
export type KeptResponse = { readonly status: number; readonly headers: Headers } & Partial<Body>;

type Headers = Readonly<Record<string, string>>;

/** One of these: names and values of a form in order, a JSON document, or any other text. */
export type Body = {
  readonly form: readonly (readonly [string, string])[];
  readonly json: unknown;
  readonly text: string;
};

/** Throws an Error when it is no fixture of this kind. */
export function readFixture(value: unknown): ExchangeFixture {
  const good = isJsonObject(value) && value['kind'] === fixtureKind && Array.isArray(value['exchanges']);
  if (!good) throw new Error(`not recorded exchanges: \`kind\` must be "${fixtureKind}"`);
  return value as unknown as ExchangeFixture;
}

const placeholder = /\{\{([\w-]+)\}\}/g;

export const placeholderOf = (name: string) => `{{${name}}}`;

/** The name in a text that is one placeholder and nothing else. */
export const placeholderIn = (text: string): string | undefined => /^\{\{([\w-]+)\}\}$/.exec(text)?.[1];

/** Names of all placeholders in a text. */
export const placeholdersIn = (text: string): readonly string[] =>
  [...text.matchAll(placeholder)].map(([, name = '']) => name);

/** The text with every placeholder filled in. */
export const filledIn = (text: string, fill: (name: string) => string): string =>
  text.replace(placeholder, (_, name: string) => fill(name));
