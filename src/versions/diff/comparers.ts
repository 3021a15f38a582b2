// Ways to compare two values of a setting, each knowing which direction is more access.

import { isDeepStrictEqual } from 'node:util';
import type { Comparer, Concern, Difference, RiskClass } from './types.ts';

/** What it means when something comes, goes, or becomes something else. */
type Directions = { readonly added: RiskClass; readonly removed: RiskClass };

/** More of it is more access. */
export const moreIsWider: Directions = { added: 'widens access', removed: 'narrows access' };
/** More of it is less access: each is one more thing that must hold. */
export const moreIsNarrower: Directions = { added: 'narrows access', removed: 'widens access' };

type Names<T> = {
  /** What one of them is called: `scope calendar.read`. */
  readonly name: (item: T) => string;
  readonly about?: (item: T) => Concern;
};

/** A list whose order does not matter. */
export function members<T>(
  { name, about }: Names<T>,
  { added, removed }: Directions = moreIsWider,
): Comparer<readonly T[] | undefined> {
  const missing = (from: readonly T[], of: readonly T[]) =>
    of.filter((item) => !from.some((other) => isDeepStrictEqual(item, other)));
  const told = (item: T, risk: RiskClass, what: string): Difference => ({
    class: risk,
    says: `${name(item)} is ${what}`,
    ...(about && { about: about(item) }),
  });
  return (before = [], after = []) => [
    ...missing(before, after).map((item) => told(item, added, 'added')),
    ...missing(after, before).map((item) => told(item, removed, 'removed')),
  ];
}

/** `texts('scope')`: a list of names. */
export const texts = (noun: string, directions?: Directions): Comparer<readonly string[] | undefined> =>
  members({ name: (text) => `${noun} ${text}` }, directions);

type Entries<V> = {
  readonly name: (key: string, value: V) => string;
  readonly about?: (key: string, value: V) => Concern;
  /** Compares what is there on both sides; absent: another value breaks callers. */
  readonly changed?: (key: string, before: V, after: V) => readonly Difference[];
};

/** A map by name. */
export function entries<V>(
  { name, about, changed }: Entries<V>,
  { added, removed }: Directions = moreIsWider,
): Comparer<Readonly<Record<string, V>> | undefined> {
  const told = (key: string, value: V, risk: RiskClass, what: string): Difference => ({
    class: risk,
    says: `${name(key, value)} is ${what}`,
    at: [key],
    ...(about && { about: about(key, value) }),
  });
  const compare = (key: string, before: V, after: V): readonly Difference[] => {
    if (isDeepStrictEqual(before, after)) return [];
    if (changed) return changed(key, before, after).map((found) => ({ ...found, at: [key, ...(found.at ?? [])] }));
    const [difference] = switched(name(key, before))(before, after);
    return difference ? [{ ...difference, at: [key], ...(about && { about: about(key, after) }) }] : [];
  };
  return (before = {}, after = {}) => [
    ...Object.entries(after).flatMap(([key, value]) => {
      const known = Object.hasOwn(before, key) ? before[key] : undefined;
      return known === undefined ? [told(key, value, added, 'added')] : compare(key, known, value);
    }),
    ...Object.entries(before)
      .filter(([key]) => !Object.hasOwn(after, key))
      .map(([key, value]) => told(key, value, removed, 'removed')),
  ];
}

/** A value of which nobody can say which one is more: whoever relies on the old one must know. */
export function switched<T>(noun: string, risk: RiskClass = 'breaks callers'): Comparer<T> {
  return (before, after) =>
    isDeepStrictEqual(before, after) ? [] : [{ class: risk, says: `${noun}: ${shown(before)} → ${shown(after)}` }];
}

/** One of several words, from the narrowest to the widest. */
export function ordered<T extends string>(noun: string, ...fromNarrow: readonly T[]): Comparer<T> {
  return (before, after) => {
    const risk = fromNarrow.indexOf(after) > fromNarrow.indexOf(before) ? 'widens access' : 'narrows access';
    return switched<T>(noun, risk)(before, after);
  };
}

/** A switch; `on` is what turning it on means. */
export function toggle(noun: string, on: 'widens access' | 'narrows access'): Comparer<boolean | undefined> {
  const off = on === 'widens access' ? 'narrows access' : 'widens access';
  return (before = false, after = false) => switched<boolean>(noun, after ? on : off)(before, after);
}

/** A number of which more is more access; undefined stands for no bound. */
export function bound(noun: string, show: (value: number) => string = String): Comparer<number | undefined> {
  return (before, after) => {
    if (before === after) return [];
    const [was, is] = [before, after].map((value) => value ?? Number.POSITIVE_INFINITY);
    const [from, to] = [before, after].map((value) => (value === undefined ? 'no bound' : show(value)));
    return [{ class: (is ?? 0) > (was ?? 0) ? 'widens access' : 'narrows access', says: `${noun}: ${from} → ${to}` }];
  };
}

/** A length of time in seconds, longer is more access. */
export const duration = (noun: string): Comparer<number | undefined> => bound(noun, time);

/** Whatever changes, no caller is answered otherwise. */
export const cosmetic = <T>(noun: string): Comparer<T> => switched(noun, 'cosmetic');

/** `90 s`, `5 min`, `8 h`, `30 d` */
export function time(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ] as const;
  const [size, unit] = units.find(([length]) => seconds % length === 0) ?? [1, 's'];
  return `${seconds / size} ${unit}`;
}

/** A value of the configuration, short enough for a line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

const longest = 120;
