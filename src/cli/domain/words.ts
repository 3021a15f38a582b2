// How answers to questions about a partner are read: identifiers, pairs of names, places of keys.

import { relative, resolve } from 'node:path';
import type { z } from 'zod';
import { addressFault } from '../../config/addresses.ts';
import { clientId, domainName, isDay, resourceUri, scopeName } from '../../config/schema/values.ts';
import type { ClientPlan } from '../../partners/domain-yaml.ts';
import { parseTemplate } from '../../token/claims/subject/template.ts';

/** For an option that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Reads one value by its schema; throws an Error with what it must be. */
const by = (schema: z.ZodType<string>) => (text: string) => {
  const { data, error } = schema.safeParse(text);
  if (data === undefined) throw new Error(`${JSON.stringify(text)}: ${error?.issues[0]?.message ?? 'is not usable'}`);
  return data;
};

export const readName = by(domainName);
const readClient = by(clientId);
const readScope = by(scopeName);
const readUri = by(resourceUri);

export const readUris = (texts: readonly string[]): readonly string[] => texts.map(readUri);

/** `ours=theirs`, or one name for both. */
const readPair =
  (read: (text: string) => string) =>
  (text: string): readonly [string, string] => {
    const at = text.indexOf('=');
    return at < 0 ? [read(text), read(text)] : [read(text.slice(0, at)), read(text.slice(at + 1))];
  };

/** Throws for a name that is said twice: one of the two would be dropped. */
function recordOf<T>(pairs: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  const twice = pairs.find(([name], at) => pairs.findIndex(([other]) => other === name) < at);
  if (twice) throw new Error(`names ${twice[0]} twice`);
  return Object.fromEntries(pairs);
}

export const readClients = (texts: readonly string[]): Readonly<Record<string, string>> =>
  recordOf(texts.map(readPair(readClient)));

export const readScopes = (texts: readonly string[]): Readonly<Record<string, string>> =>
  recordOf(texts.map(readPair(readScope)));

/** `sub`, `email` or a template; throws for others. */
export function readSentSubject(text: string): string {
  if (text === 'sub' || text === 'email') return text;
  if (text === 'pairwise') throw new Error('needs a secret of this relation as pairwise: write that into the file');
  return readTemplate(text);
}

/** A template for a subject. */
export function readTemplate(text: string): string {
  parseTemplate(text);
  return text;
}

/** `id=URL of its keys`, `id=JWKS file`, or an id that is registered elsewhere; files are written as seen from `folder`. */
export function readTheirClients(cwd: string, folder: string) {
  const keysAt = (place: string) => {
    if (!/^https?:/.test(place)) return { file: relative(folder, resolve(cwd, place)) };
    const fault = addressFault(place, true);
    if (fault !== undefined) throw new Error(`${place}: ${fault}`);
    return { url: place };
  };
  return (texts: readonly string[]): Readonly<Record<string, ClientPlan>> =>
    recordOf(
      texts.map((text): readonly [string, ClientPlan] => {
        const at = text.indexOf('=');
        if (at < 0) return [readClient(text), {}];
        const auth = { method: 'private_key_jwt', jwks: keysAt(text.slice(at + 1)) };
        return [readClient(text.slice(0, at)), { auth }];
      }),
    );
}

/** The last day of a trust; undefined for `never`. */
export function readExpiry(text: string): string | undefined {
  if (text === 'never') return undefined;
  if (!isDay(text)) throw new Error(`must be a date such as 2027-06-30, or never, not ${text}`);
  return text;
}
