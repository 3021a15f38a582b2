// Patterns by what they begin and end with, so that those of thousands of domains need not be compared each with each.

import { commonName, type Hole, type Pattern } from './name-patterns.ts';

export type Met<T> = { readonly owner: T; readonly name: string };

type Entry<T> = { readonly pattern: Pattern; readonly owner: T };
type Shelf<T> = Map<string, Entry<T>[]>;

export type NameBook<T> = {
  /** The first owner `matters` to whom a pattern here can make a name this one can make as well. */
  find(pattern: Pattern, matters: (owner: T) => boolean): Met<T> | undefined;
  add(pattern: Pattern, owner: T): void;
};

/** Whoever adds patterns in the order of `byExtent`, each after it was looked for, meets every pair that has a name in common. */
export function nameBook<T>(): NameBook<T> {
  const byBeginning: Shelf<T> = new Map();
  const byHole = new Map<Hole, Shelf<T>>();
  return {
    find(pattern, matters) {
      for (const { pattern: other, owner } of candidates(pattern, byBeginning, byHole)) {
        const name = matters(owner) ? commonName(pattern, other) : undefined;
        if (name !== undefined) return { owner, name };
      }
      return undefined;
    },
    add(pattern, owner) {
      const [beginning, hole] = startOf(pattern);
      if (beginning !== '' || hole === undefined) return put(byBeginning, beginning, { pattern, owner });
      const shelf: Shelf<T> = byHole.get(hole) ?? new Map();
      byHole.set(hole, shelf);
      put(shelf, endingOf(pattern), { pattern, owner });
    },
  };
}

/** Short beginnings first, then short endings: what a pattern may meet is there before it. */
export function byExtent(left: Pattern, right: Pattern): number {
  const [[a], [b]] = [startOf(left), startOf(right)];
  return a.length - b.length || endingOf(left).length - endingOf(right).length;
}

/** Those that begin with a part of its beginning, and those that begin with a hole it could begin in. */
function* candidates<T>(pattern: Pattern, byBeginning: Shelf<T>, byHole: ReadonlyMap<Hole, Shelf<T>>) {
  const [beginning] = startOf(pattern);
  for (let length = 1; length <= beginning.length; length++) yield* byBeginning.get(beginning.slice(0, length)) ?? [];
  const ending = endingOf(pattern);
  for (const [hole, shelf] of byHole) {
    if (!Array.from(beginning).every((letter) => hole.letter.test(letter))) continue;
    if (ending === '') for (const entries of shelf.values()) yield* entries;
    else for (let at = 0; at <= ending.length; at++) yield* shelf.get(ending.slice(at)) ?? [];
  }
}

/** The text a pattern begins with, and the first hole. */
function startOf(pattern: Pattern): readonly [string, Hole | undefined] {
  const at = pattern.findIndex((part) => typeof part !== 'string');
  const hole = pattern[at];
  const text = at < 0 ? pattern : pattern.slice(0, at);
  return [text.join(''), typeof hole === 'string' ? undefined : hole];
}

function endingOf(pattern: Pattern): string {
  const at = pattern.findLastIndex((part) => typeof part !== 'string');
  return pattern.slice(at + 1).join('');
}

function put<T>(shelf: Shelf<T>, key: string, entry: Entry<T>): void {
  const others = shelf.get(key);
  if (others) others.push(entry);
  else shelf.set(key, [entry]);
}
