// How a domain is doing, as far as the processes that serve have noted it, and what of it ends when.

import type { Loaded } from '../config/compile.ts';
import type { DomainFile } from '../config/files.ts';
import { fromFolder } from '../config/references.ts';
import { parseJson } from '../jose/json.ts';
import type { Store } from '../store/store.ts';
import { daysLeft, endOfDay } from '../trust/expiry.ts';
import { placeOfKeys } from '../trust/references.ts';
import { endsOfKeys } from './found-keys.ts';

/** What is asked of the store. */
export type HealthStore = Pick<Store, 'listPartnerStates' | 'findPartnerKeys' | 'listPinnedKeys'>;

/** Times in milliseconds since the epoch; null is what nobody knows. */
export type DomainHealth = {
  readonly name: string;
  /** Where its keys are: found and kept by those who serve, or in the configuration. */
  readonly keysFrom: 'partner' | 'configuration';
  /** Since when its keys have been the same, as far as was seen. */
  readonly keysChangedAt: number | null;
  readonly fetchedAt: number | null;
  readonly failedAt: number | null;
  readonly error: string | null;
  readonly exchangedAt: number | null;
  /** Milliseconds its clock is ahead of ours. */
  readonly clockOffsetMs: number | null;
  /** When the first of its keys ends, as its certificate or its own members say. */
  readonly keysEndAt: number | null;
  /** Keys that wait for an operator's approval. */
  readonly keysWaiting: number;
  /** Whole days until the trust ends, negative past it. */
  readonly daysLeft: number | null;
};

/** Of all domains but our own, in their order; `store` undefined: nobody has served yet. `now` in milliseconds. */
export async function domainsHealth(
  loaded: Loaded,
  store: HealthStore | undefined,
  now: number,
): Promise<readonly DomainHealth[]> {
  const states = new Map((await store?.listPartnerStates())?.map((state) => [state.domain, state]));
  const others = loaded.files.domains.filter(({ config }) => config.issuer !== loaded.settings.issuer);
  return Promise.all(
    others.map(async (file) => {
      const { issuer, expires } = file.config;
      const state = states.get(file.domain);
      const keys = await store?.findPartnerKeys(placeOf(file));
      const pinned = (await store?.listPinnedKeys(issuer)) ?? [];
      const given = givenKeys(file, loaded);
      const left = expires === undefined ? undefined : daysLeft({ expiresAt: endOfDay(expires) }, now / 1000);
      return {
        name: file.domain,
        keysFrom: given === undefined ? 'partner' : 'configuration',
        keysChangedAt: state?.keysChangedAt ?? keys?.changedAt ?? null,
        fetchedAt: newest(state?.fetchedAt, keys?.fetchedAt),
        failedAt: state?.failedAt ?? null,
        error: state?.error ?? null,
        exchangedAt: state?.exchangedAt ?? null,
        clockOffsetMs: state?.clockOffsetMs ?? null,
        keysEndAt: given === undefined ? null : endsOfKeys(given),
        keysWaiting: pinned.filter(({ approvedAt }) => approvedAt === null).length,
        daysLeft: left ?? null,
      };
    }),
  );
}

/** As those who fetch name it in the store. */
function placeOf({ config: { issuer, keys } }: DomainFile): string {
  const place = placeOfKeys(keys);
  return place !== undefined && 'url' in place ? `${issuer} ${place.url}` : issuer;
}

/** The key set that stands in the configuration; undefined where it is fetched. */
function givenKeys({ folder, config: { keys } }: DomainFile, { sources }: Loaded): unknown {
  const place = placeOfKeys(keys);
  if (place === undefined || 'url' in place) return undefined;
  return 'keys' in place ? place : parseJson(sources.readKeys(fromFolder(folder, place.file)));
}

function newest(...times: readonly (number | null | undefined)[]): number | null {
  const known = times.filter((time) => typeof time === 'number');
  return known.length > 0 ? Math.max(...known) : null;
}
