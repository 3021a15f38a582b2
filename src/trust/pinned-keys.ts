// Keys of an issuer that count only once an operator approved them: a key server that was taken over brings none of its own.

import type { VerificationKey } from '../jose/jwk.ts';
import { type KeySet, keySetOf } from '../jose/key-set.ts';
import type { KeySource } from './domain.ts';
import type { LastGood } from './last-good.ts';
import type { Pins } from './pins.ts';

/** The key that would verify is published, and nobody has approved it. */
export class KeyPending extends Error {
  override readonly name = 'KeyPending';
  readonly domain: string;
  readonly key: VerificationKey;
  constructor(domain: string, key: VerificationKey) {
    super(`a key of ${domain} waits for approval`);
    this.domain = domain;
    this.key = key;
  }
}

/** Whose keys are pinned. */
export type Pinned = {
  readonly issuer: string;
  /** Its name, for people. */
  readonly domain: string;
  /** Fingerprints that stand in the configuration. */
  readonly listed: ReadonlySet<string>;
  readonly pins: Pick<Pins, 'approved'>;
};

/** Whether a key counts. */
export const counts = ({ listed }: Pinned, approved: ReadonlySet<string>, { thumbprint }: VerificationKey): boolean =>
  listed.has(thumbprint) || approved.has(thumbprint);

/**
 * Finds keys that are both published and approved: one that is published no longer has been withdrawn, whoever approved it.
 * Throws KeyPending for a key that is published and not approved, be it under the `kid` of one that is.
 */
export function pinnedKeys(source: LastGood<KeySet>, pinned: Pinned): KeySource {
  let seen: { readonly set: KeySet; readonly approved: ReadonlySet<string>; readonly usable: KeySet } | undefined;
  const usable = (set: KeySet, approved: ReadonlySet<string>): KeySet => {
    if (seen?.set !== set || seen.approved !== approved) {
      seen = { set, approved, usable: keySetOf(set.keys.filter((key) => counts(pinned, approved, key))) };
    }
    return seen.usable;
  };
  const find = (set: KeySet, approved: ReadonlySet<string>, ...asked: Parameters<KeySet['find']>) => {
    const key = usable(set, approved).find(...asked);
    const pending = key === undefined ? set.find(...asked) : undefined;
    if (pending !== undefined) throw new KeyPending(pinned.domain, pending);
    return key;
  };
  return {
    find(kid, alg) {
      const set = source.get();
      const approved = pinned.pins.approved(pinned.issuer);
      if (set instanceof Promise || approved instanceof Promise) {
        return Promise.all([set, approved]).then(([keys, those]) => find(keys, those, kid, alg));
      }
      return find(set, approved, kid, alg) ?? source.renewed()?.then((renewed) => find(renewed, approved, kid, alg));
    },
  };
}
