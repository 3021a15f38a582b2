// How partners are doing, for whoever looks later or from elsewhere: when their keys were fetched, why not, and how far their clocks are off.

import { printableText } from '../audit/printable.ts';
import type { PartnerState, PartnerStateChange, Store } from '../store/store.ts';
import type { Answer } from '../token/respond.ts';
import type { Domain } from '../trust/domain.ts';
import type { KeyHealth } from '../trust/remote-keys.ts';

export type PartnerStates = {
  /** Looks when the token that came with a request was issued, by the clock of its issuer. */
  saw(answer: Pick<Answer, 'trace'>): void;
  /** Hands over what is new. What the store does not take now is handed over the next time. */
  flush(store: Pick<Store, 'savePartnerState'>): Promise<void>;
};

/** Whose states are told. */
export type StateSources = {
  /** By issuer. */
  readonly domains: ReadonlyMap<string, Pick<Domain, 'name'>>;
  /** By name of the domain. */
  readonly keyHealth: ReadonlyMap<string, () => KeyHealth>;
};

/** What a process knows of a partner. */
type Known = Pick<PartnerState, 'fetchedAt' | 'failedAt' | 'error' | 'clockOffsetMs'>;

const nothing: Known = { fetchedAt: null, failedAt: null, error: null, clockOffsetMs: null };

/** A token comes some time after it was issued, which looks as if the clock of its issuer were behind: beyond this it tells nothing. */
const mostBehindMs = 30_000;
/** For so long (milliseconds) the quickest token speaks for its issuer. */
const lately = 600_000;
/** Half a second: times in tokens have no milliseconds. */
const cut = 500;
/** Differences smaller than this (milliseconds) are nothing new: a Date has whole seconds. */
const sameClock = 1000;

/** `sources` is read anew each time, because a reload changes domains. */
export function partnerStates(sources: () => StateSources): PartnerStates {
  const written = new Map<string, Known>();
  /** The most by which an issuer was ahead lately, by name of the domain: of all tokens the one that came quickest. */
  const ahead = new Map<string, { readonly ms: number; readonly at: number }>();

  const known = (domain: string, { fetchedAt, failedAt, lastError, clockOffsetMs }: KeyHealth): Known => {
    const token = ahead.get(domain)?.ms;
    // A token that is further ahead than the answers of its issuer has another machine behind it: the worse clock is told.
    const isWorse =
      token !== undefined &&
      (clockOffsetMs === undefined ? token > -mostBehindMs : token > clockOffsetMs + 2 * sameClock);
    return {
      fetchedAt: fetchedAt ?? null,
      failedAt: failedAt ?? null,
      error: lastError === undefined ? null : printableText(lastError),
      clockOffsetMs: (isWorse ? token : clockOffsetMs) ?? null,
    };
  };
  return {
    saw({ trace: { at, tokenFrom } }) {
      if (tokenFrom === undefined) return;
      const domain = sources().domains.get(tokenFrom.issuer)?.name;
      if (domain === undefined) return;
      const ms = tokenFrom.iat * 1000 + cut - at;
      const before = ahead.get(domain);
      if (before === undefined || ms > before.ms || at - before.at > lately) ahead.set(domain, { ms, at });
    },
    async flush(store) {
      for (const [domain, health] of sources().keyHealth) {
        const now = known(domain, health());
        const change = difference(written.get(domain) ?? nothing, now);
        if (change === undefined) continue;
        await store.savePartnerState({ domain, ...change });
        written.set(domain, { ...(written.get(domain) ?? nothing), ...change });
      }
    },
  };
}

/** Members that are others than they were; undefined when none is. What is not known any more does not take away what was. */
function difference(before: Known, now: Known): Omit<PartnerStateChange, 'domain'> | undefined {
  const isNewClock =
    now.clockOffsetMs !== null &&
    Math.abs(now.clockOffsetMs - (before.clockOffsetMs ?? Number.POSITIVE_INFINITY)) > sameClock;
  const isFetched = now.fetchedAt !== null && now.fetchedAt !== before.fetchedAt;
  const change = {
    ...(isFetched && { fetchedAt: now.fetchedAt }),
    // A fetch that went well ends the failure of another process, too.
    ...((isFetched || now.failedAt !== before.failedAt) && { failedAt: now.failedAt, error: now.error }),
    ...(isNewClock && { clockOffsetMs: now.clockOffsetMs }),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}
