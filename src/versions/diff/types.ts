// What a difference between two configurations is, and what a catalog of comparers looks like: one comparer for each setting.

import type { Path } from '../../config/problems.ts';
import type { Reason } from '../../protocol/refusal.ts';

/** What a change means to callers, the riskiest first; `cosmetic`: nobody is answered otherwise. */
export const riskClasses = ['widens access', 'breaks callers', 'narrows access', 'cosmetic'] as const;
export type RiskClass = (typeof riskClasses)[number];

/** Which requests a change can be about; what is absent does not matter. */
export type Concern = {
  readonly domain?: string;
  readonly rule?: string;
  readonly client?: string;
  /** Names of one scope: as it is asked for, and as the audience calls it. */
  readonly scope?: readonly string[];
  readonly resource?: string;
};

/** One difference between two values of a setting. */
export type Difference = {
  readonly class: RiskClass;
  /** What changes, in words: never a secret, since a configuration holds none. */
  readonly says: string;
  /** Where below the setting; absent: the setting itself. */
  readonly at?: Path;
  readonly about?: Concern;
};

/** Compares two values of one setting by what they mean: nothing for two ways to write the same. */
export type Comparer<T> = (before: T, after: T) => readonly Difference[];

/** What a granted request is given, as far as two answers to it may differ. */
export type IssuedMember = 'scope' | 'resource' | 'subject' | 'client' | 'tenant' | 'actor' | 'lifetime';

/** How a request meets a changed setting: it is refused, or it is given something else. */
export type Symptom = Reason | `issued ${IssuedMember}`;

/** A setting: how its values compare, and how requests meet a change of it. */
export type Setting<T> = { readonly compare: Comparer<T>; readonly symptoms: readonly Symptom[] };

/** All settings of one part. It does not compile when the schema has one more: whoever adds a setting says which way it changes trust. */
export type Catalog<T> = { readonly [K in keyof T]-?: Setting<T[K]> };

export const setting = <T>(compare: Comparer<T>, ...symptoms: readonly Symptom[]): Setting<T> => ({
  compare,
  symptoms,
});

/** A difference with its place below the part, and the symptoms of its setting. */
export type Finding = Difference & { readonly at: Path; readonly symptoms: readonly Symptom[] };

/** Compares two parts setting by setting. */
export function compareBy<T extends object>(catalog: Catalog<T>, before: T, after: T): readonly Finding[] {
  const names = Object.keys(catalog) as (keyof T & string)[];
  return names.flatMap((name) => {
    const { compare, symptoms } = catalog[name];
    return compare(before[name], after[name]).map((found) => ({
      ...found,
      at: [name, ...(found.at ?? [])],
      symptoms,
    }));
  });
}

/** A setting that is made of settings. */
export function inside<T extends object>(catalog: Catalog<T>): Comparer<T> {
  return (before, after) => compareBy(catalog, before, after).map(({ symptoms: _symptoms, ...found }) => found);
}
