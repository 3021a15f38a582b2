// Public keys, compared by what they are: the same key under another spelling is no change.

import { isDeepStrictEqual } from 'node:util';
import { importKeySet } from '../../jose/key-set.ts';
import { type DomainKeys, type KeyReference, type Pin, pinOf, placeOfKeys } from '../../trust/references.ts';
import { shown, texts } from './comparers.ts';
import type { Comparer, Difference } from './types.ts';

/** `owner` is whose keys they are, for a line: `its keys`. Files of keys were spelled out before (spell-out.ts). */
export function keySets(owner: string): Comparer<KeyReference | undefined> {
  return (before, after) => {
    if (isDeepStrictEqual(before, after)) return [];
    const [was, is] = [givenKeys(before), givenKeys(after)];
    if (was && is) return texts(`${owner}: key`, { added: 'widens access', removed: 'breaks callers' })(was, is);
    return [moved(owner, before, after)];
  };
}

/** The keys of a domain: where they are, and whether an operator has to approve each. */
export const domainKeySets: Comparer<DomainKeys | undefined> = (before, after) => [
  ...keySets('its keys')(bare(before), bare(after)),
  ...pins(pinOf(before), pinOf(after)),
];

/** Without what stands beside the place. */
function bare(keys: DomainKeys | undefined): KeyReference | undefined {
  const place = placeOfKeys(keys);
  return place !== undefined && 'url' in place ? { url: place.url } : place;
}

function pins(before: Pin | undefined, after: Pin | undefined): readonly Difference[] {
  if ((before === undefined) !== (after === undefined)) {
    const says =
      after === undefined
        ? 'its keys are pinned no longer'
        : 'its keys are pinned: each needs approval (`domain approve-keys`)';
    return [{ class: after === undefined ? 'widens access' : 'breaks callers', says, at: ['pin'] }];
  }
  const listed = (pin: Pin | undefined) => (Array.isArray(pin) ? pin : []);
  const listing = texts('approved key', { added: 'widens access', removed: 'breaks callers' });
  return listing(listed(before), listed(after)).map((found) => ({ ...found, at: ['pin'] }));
}

/** Whoever answers there says from now on which keys count. */
function moved(owner: string, before: KeyReference | undefined, after: KeyReference | undefined): Difference {
  return { class: 'widens access', says: `${owner} come from elsewhere: ${placeOf(before)} → ${placeOf(after)}` };
}

function placeOf(reference: KeyReference | undefined): string {
  const given = givenKeys(reference);
  if (given) return `${given.length === 1 ? 'a key' : `${given.length} keys`} in the configuration`;
  if (reference === undefined) return 'discovery';
  return 'url' in reference ? reference.url : shown(reference);
}

/** Keys that stand in the configuration, each by its id and thumbprint. */
function givenKeys(reference: KeyReference | undefined): readonly string[] | undefined {
  if (reference === undefined || !('keys' in reference)) return undefined;
  const { keys } = importKeySet(reference);
  return keys.map(({ kid, thumbprint }) => `${kid ?? 'without id'} (${thumbprint.slice(0, 12)}…)`);
}
