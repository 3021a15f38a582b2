// When a signing key is published, signs, and may be forgotten: functions of its dates and the time, nothing else.

import type { StoredKey } from '../store/store.ts';

/** The dates of a key, in seconds. */
export type KeyDates = Pick<StoredKey, 'createdAt' | 'publishAt' | 'activateAt' | 'retireAt' | 'forgetAt'>;

/** `published`: in the key set, not yet signing. `retired`: still in the key set, so that its tokens live on. */
export type KeyState = 'prepared' | 'published' | 'active' | 'retired' | 'forgotten';

/** Where `key` is in its life at `now` (seconds). Every process with the same store and clock agrees. */
export function stateOf(key: KeyDates, now: number): KeyState {
  if (key.forgetAt !== null && now >= key.forgetAt) return 'forgotten';
  if (key.retireAt !== null && now >= key.retireAt) return 'retired';
  if (now >= key.activateAt) return 'active';
  return now >= key.publishAt ? 'published' : 'prepared';
}

/** How keys take turns; times in seconds. */
export type RotationPlan = {
  readonly alg: string;
  /** How long a key signs. */
  readonly rotateEvery: number;
  /** From publication to the first signature: longer than anybody caches the key set. */
  readonly lead: number;
  /** From a key's last signature until no token of it can be accepted any more. */
  readonly longestLife: number;
};

/** Whether a successor must be published now: there is no key, its time draws near, or another algorithm is asked for. */
export function isRotationDue(
  newest: (KeyDates & { alg: string }) | undefined,
  now: number,
  plan: RotationPlan,
): boolean {
  if (newest === undefined) return true;
  if (now < newest.activateAt) return false;
  return newest.alg !== plan.alg || now >= newest.activateAt + plan.rotateEvery - plan.lead;
}

export type Succession = {
  readonly key: KeyDates;
  /** When the key before ends; null when there is none. */
  readonly retire: { readonly retireAt: number; readonly forgetAt: number } | null;
};

/**
 * The dates of the key after `newest`. It is published now and signs after the lead, so that everybody has fetched it before
 * they meet it. The very first key signs at once, and so does one that is needed `immediately`: verifiers then meet a kid
 * they have not seen and fetch the key set again.
 */
export function nextKey(
  newest: KeyDates | undefined,
  now: number,
  plan: RotationPlan,
  { immediately = false }: { readonly immediately?: boolean } = {},
): Succession {
  const activateAt = newest === undefined || immediately ? now : now + plan.lead;
  return {
    key: { createdAt: now, publishAt: now, activateAt, retireAt: null, forgetAt: null },
    retire: newest === undefined ? null : { retireAt: activateAt, forgetAt: activateAt + plan.longestLife },
  };
}
