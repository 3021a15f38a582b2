// The makes we know, as tables of the README: what a profile says of its tokens, and what to beware of.

import { profiles } from '../trust/profiles/index.ts';
import type { Fact, Profile } from '../trust/profiles/types.ts';
import { markdownTable } from './markdown.ts';

/** One value a profile has for what a file leaves out; `setting` as a path, such as `subjects.client_claim`. */
export type ProfileValue = { readonly setting: string; readonly value: unknown };

/** What a profile says for a file with this issuer, for people to read. */
export function valuesOf(profile: Profile, issuer: string): readonly ProfileValue[] {
  const { subjects = {}, ...top } = profile.defaults(issuer);
  const under = (prefix: string, values: object) =>
    Object.entries(values).map(([key, value]) => ({ setting: `${prefix}${key}`, value }));
  return [...under('', top), ...under('subjects.', subjects)];
}

/** As YAML would have it on one line. */
export function spelled(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spelled).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, part]) => `${key}: ${spelled(part)}`);
  return `{ ${entries.join(', ')} }`;
}

/** `algs [RS256]; subjects.access_tokens jwt` */
export function spelledValues(values: readonly ProfileValue[]): string {
  return values.map(({ setting, value }) => `${setting} ${spelled(value)}`).join('; ');
}

/** All profiles as Markdown. */
export function profileReference(): string {
  const rows = profiles.map((profile) => [
    `\`${profile.name}\``,
    `${profile.make}: ${profile.issuers}`,
    [profile.subject, ...(profile.tenant === undefined ? [] : [profile.tenant])].map(quoted).join(' of '),
    valuesOf(profile, profile.example)
      .map(({ setting, value }) => `\`${setting}: ${spelled(value)}\``)
      .join(', '),
    profile.takes.join(', '),
  ]);
  return [
    markdownTable(['profile', 'make and issuer', 'subject, tenant', 'lays under the file', 'takes grants'], rows),
    'What to beware of (`crossgrant profiles show NAME` tells more, each fact with its source):',
    profiles
      .flatMap(({ name, beware }) => beware.map((risk) => `- \`${name}\`: ${risk.says} ([source](${risk.source}))`))
      .join('\n'),
  ].join('\n\n');
}

const quoted = (claim: string) => `\`${claim}\``;

/** What a fact is about, in words. */
export function aboutOf({ about }: Fact): string {
  return aboutNames[about];
}

const aboutNames: Readonly<Record<Fact['about'], string>> = {
  issuer: 'issuer',
  id_token: 'ID Token',
  access_token: 'access token',
  jwt: 'token',
  subject: 'subject',
  tenant: 'tenant',
  grants: 'grants',
};
