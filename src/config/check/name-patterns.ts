// Which names a mapping can make, as text with holes; and whether two mappings can make the same one.

import { mailboxLetter } from '../../token/claims/subject/email.ts';

/** One or more letters, each of which passes the test. */
export type Hole = { readonly letter: RegExp };

/** Text and holes in turn. */
export type Pattern = readonly (string | Hole)[];

/** What an issuer may write into any claim it likes. */
export const anything: Hole = { letter: /^\P{C}$/u };
/** What stands for a digest in base64url. */
export const digest: Hole = { letter: /^[A-Za-z0-9_-]$/ };
/** The mailbox of an address that may find an account. */
export const mailbox: Hole = { letter: mailboxLetter };
/** The names of our own people: taken to be without the letters that part a prefix from a name. */
export const ordinary: Hole = { letter: /^[^\p{C}|:/#]$/u };

/** Passes every test above, and so stands for what fills a hole. */
const sample = 'x';

type Item = { readonly letter: string } | Hole;

/** A name that both make, `x` for what could be anything; undefined when there is none. */
export function commonName(left: Pattern, right: Pattern): string | undefined {
  const items = [left, right].map(itemsOf) as [readonly Item[], readonly Item[]];
  const seen = new Set<string>();
  const open: State[] = [{ at: [0, 0], within: [false, false], name: '' }];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key = `${state.at} ${state.within}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (items.every(({ length }, side) => state.at[side] === length)) return state.name;
    open.push(...leaveHoles(state), ...takeLetter(state, items));
  }
  return undefined;
}

/** How far each side has come, and whether the hole it is at has a letter already. */
type State = {
  readonly at: readonly [number, number];
  readonly within: readonly [boolean, boolean];
  readonly name: string;
};

const itemsOf = (pattern: Pattern): readonly Item[] =>
  pattern.flatMap((part): readonly Item[] =>
    typeof part === 'string' ? Array.from(part, (letter) => ({ letter })) : [part],
  );

function leaveHoles({ at: [left, right], within: [inLeft, inRight], name }: State): readonly State[] {
  return [
    ...(inLeft ? [{ at: [left + 1, right], within: [false, inRight], name } as const] : []),
    ...(inRight ? [{ at: [left, right + 1], within: [inLeft, false], name } as const] : []),
  ];
}

function takeLetter(
  { at, name }: State,
  [lefts, rights]: readonly [readonly Item[], readonly Item[]],
): readonly State[] {
  const [left, right] = [lefts[at[0]], rights[at[1]]];
  const letter = left && right && sharedLetter(left, right);
  if (letter === undefined) return [];
  const [fromLeft, fromRight] = [isHole(left), isHole(right)];
  return [
    {
      at: [at[0] + (fromLeft ? 0 : 1), at[1] + (fromRight ? 0 : 1)],
      within: [fromLeft, fromRight],
      name: name + letter,
    },
  ];
}

const isHole = (item: Item | undefined): item is Hole => item !== undefined && typeof item.letter !== 'string';

function sharedLetter(left: Item, right: Item): string | undefined {
  const letters = [left.letter, right.letter];
  const written = letters.find((letter) => typeof letter === 'string') ?? sample;
  return letters.every((letter) => (typeof letter === 'string' ? letter === written : letter.test(written)))
    ? written
    : undefined;
}
