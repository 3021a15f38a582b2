// Who of a batch gets what: decided in the order of arrival, exactly as if each unit had come alone.

import type { CommitResult, SingleUse, SubjectLink, Suspendable } from '../store.ts';
import type { FindSuspension } from '../suspended.ts';

/** What a unit asks for; digests as hex. */
export type Wish = {
  readonly named?: readonly Suspendable[] | undefined;
  readonly spends: readonly { readonly spend: SingleUse; readonly digest: string }[];
  readonly link?: SubjectLink | undefined;
};

/** Links by their foreign and by their local subject. */
export type Links = {
  /** The same link is there; or one of its subjects is linked otherwise; or neither is linked. */
  compare(link: SubjectLink): 'same' | 'conflict' | 'free';
  add(link: SubjectLink): void;
};

export function linksOf(known: readonly SubjectLink[]): Links {
  const foreign = ({ issuer, tenant, sub }: SubjectLink) => JSON.stringify([issuer, tenant, sub]);
  const locals = new Set<string>();
  const byForeign = new Map<string, string>();
  const links: Links = {
    compare(link) {
      const linked = byForeign.get(foreign(link));
      if (linked === link.localSubject) return 'same';
      return linked !== undefined || locals.has(link.localSubject) ? 'conflict' : 'free';
    },
    add(link) {
      byForeign.set(foreign(link), link.localSubject);
      locals.add(link.localSubject);
    },
  };
  for (const link of known) links.add(link);
  return links;
}

export type Decision = {
  /** One per wish, in their order. */
  readonly results: readonly CommitResult[];
  /** Digests that belong to a unit that is committed. */
  readonly taken: ReadonlySet<string>;
  readonly newLinks: readonly SubjectLink[];
};

/** What is there before the batch. */
export type Before = {
  /** Digests of the batch that nobody had spent. */
  readonly fresh: ReadonlySet<string>;
  readonly links: Links;
  readonly findSuspension: FindSuspension;
};

/**
 * Decides over `wishes`. A unit that is refused takes nothing, so that
 * the next one with the same key may have it: a unit whose second key is a replay must not use up its first.
 */
export function decide(wishes: readonly Wish[], { fresh, links, findSuspension }: Before): Decision {
  const taken = new Set<string>();
  const newLinks: SubjectLink[] = [];

  function decideOne({ named, spends, link }: Wish): CommitResult {
    const by = named && findSuspension(named);
    if (by) return { outcome: 'suspended', by };
    const mine = new Set<string>();
    const spent = spends.find(({ digest }) => {
      if (!fresh.has(digest) || taken.has(digest) || mine.has(digest)) return true;
      mine.add(digest);
      return false;
    });
    if (spent) return { outcome: 'replayed', spent: spent.spend };
    const found = link && links.compare(link);
    if (found === 'conflict') return { outcome: 'link_conflict' };
    if (link && found === 'free') {
      links.add(link);
      newLinks.push(link);
    }
    for (const digest of mine) taken.add(digest);
    return { outcome: 'committed' };
  }

  return { results: wishes.map(decideOne), taken, newLinks };
}
