// Access tokens of partners, kept for a while: who wishes the same again is served what the first one got.

import { limits } from '../../protocol/limits.ts';
import { boundedMemory } from '../../protocol/memory.ts';
import { Refusal } from '../../protocol/refusal.ts';
import type { ForeignToken } from './answer.ts';

/** What somebody may have by his own request, and how long what it brings may serve others of the same wish. */
export type Wish = {
  /** All that makes a difference to what the partner would answer, and on whose authority it is asked. */
  readonly key: string;
  /** Seconds since the epoch: now, and the latest end a token may have for this request. */
  readonly now: number;
  readonly until: number;
  /** Seconds a token serves, however long it lives. */
  readonly lifetime: number;
};

/** A token, and whether it was fetched for an earlier request. */
export type Obtained = { readonly token: ForeignToken; readonly isKept: boolean };

export type ForeignTokens = {
  /**
   * The token that is kept for the wish, the one that is being fetched for an equal one, or what `anew` fetches. What the partner
   * said to the first it says to all who wait; when that request failed for a reason of its own, the next one asks for itself.
   */
  obtain(wish: Wish, anew: () => Promise<ForeignToken>): Promise<Obtained>;
  /** Forgets all tokens, those that are under way too. */
  clear(): void;
};

type Kept = {
  readonly token: ForeignToken;
  /** By the clock that never goes back: set back, the other one would keep a token for ever. */
  readonly until: number;
};

/** `clock`: milliseconds, never going back. */
export function foreignTokens(clock: () => number): ForeignTokens {
  const kept = boundedMemory<Kept>({
    max: limits.foreignTokens,
    maxSize: limits.foreignTokenChars,
    size: ({ token }) => token.token.length,
  });
  const underWay = new Map<string, Promise<ForeignToken>>();
  let cleared = 0;

  const find = ({ key, now, until }: Wish) => {
    const found = kept.get(key);
    if (found === undefined) return undefined;
    const { expiresAt } = found.token;
    if (clock() >= found.until || expiresAt - limits.foreignTokenMargin <= now) {
      kept.delete(key);
      return undefined;
    }
    return expiresAt <= until ? found.token : undefined;
  };
  const start = async ({ key, lifetime }: Wish, anew: () => Promise<ForeignToken>) => {
    const until = clock() + lifetime * 1000;
    const before = cleared;
    const fetching = anew();
    underWay.set(key, fetching);
    try {
      const token = await fetching;
      // Who was suspended meanwhile must not find it after he was resumed.
      if (before === cleared) kept.set(key, { token, until });
      return token;
    } finally {
      if (underWay.get(key) === fetching) underWay.delete(key);
    }
  };
  const obtain = async (wish: Wish, anew: () => Promise<ForeignToken>): Promise<Obtained> => {
    const token = find(wish);
    if (token) return { token, isKept: true };
    const fetching = underWay.get(wish.key);
    if (fetching === undefined) return { token: await start(wish, anew), isKept: false };
    try {
      const { expiresAt } = await fetching;
      if (expiresAt > wish.until) return { token: await start(wish, anew), isKept: false };
    } catch (error) {
      if (isWordOfPartner(error)) throw error;
    }
    return obtain(wish, anew);
  };
  return {
    obtain,
    clear() {
      cleared += 1;
      kept.clear();
      underWay.clear();
    },
  };
}

const isWordOfPartner = (error: unknown) => error instanceof Refusal && error.reason.startsWith('redeem.');
