// Keys of others in the store: they survive a restart, processes use what another one fetched, and each change is recorded once.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { keysChangedRecord } from '../audit/key-records.ts';
import type { Log } from '../broker.ts';
import { isJsonObject, JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { importKeySet, type KeySet, publicJwks } from '../jose/key-set.ts';
import type { PartnerKeys, Store } from '../store/store.ts';
import { type FetchedBy, wouldFetch } from './fetched-by.ts';
import type { Fetched, Memory } from './last-good.ts';
import { notePending } from './pending-keys.ts';
import type { Pinned } from './pinned-keys.ts';
import { fingerprint, sameKeys } from './remote-keys.ts';

/** Whose keys, and where they are fetched from. */
export type KeptPlace = {
  /** An issuer or a client id. */
  readonly owner: string;
  /** The domain of that issuer, by name; absent for a client. */
  readonly domain?: string;
  /** Absent: where the metadata of the owner says. */
  readonly url?: string;
  /** Present where keys need approval: those that are new are noted for it. */
  readonly pinned?: Pinned;
  /** By which settings is fetched: keys that these would not have fetched are not believed. */
  readonly network: FetchedBy;
};

export type KeptKeys = {
  /** The memory of one place. */
  at(place: KeptPlace): Memory<KeySet>;
  /** Writes what was fetched since the last time, and what changed by it; rejects when the store cannot be written, and keeps it then. */
  flush(): Promise<void>;
};

export type KeptKeysOptions = {
  readonly store: Pick<
    Store,
    'savePartnerKeys' | 'findPartnerKeys' | 'savePartnerState' | 'commit' | 'listPinnedKeys' | 'notePinnedKey'
  >;
  /** For the seal: whoever writes into the store could otherwise put in keys of his own, and be every user of that partner. */
  readonly secret: Buffer;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Pick<Log, 'warn'>;
};

/** One fetch that is not written yet. */
type Unwritten = { readonly place: KeptPlace; readonly fetched: Fetched<KeySet>; readonly before: KeySet | undefined };

/** A row that we wrote, read back. */
type Row = Fetched<KeySet> & { readonly changedAt: number | null };

export function openKeptKeys({ store, secret, now, log }: KeptKeysOptions): KeptKeys {
  const unwritten = new Map<string, Unwritten>();

  const read = async (place: KeptPlace): Promise<Row | undefined> => {
    const row = await store.findPartnerKeys(nameOf(place));
    if (row === undefined) return undefined;
    const opened = unseal(row, place, secret);
    if (opened === undefined)
      log.warn(
        { at: nameOf(place) },
        'keys in the store were not sealed under this configuration, or fetched where we may no longer: fetched anew',
      );
    return opened;
  };
  const write = async ({ place, fetched, before }: Unwritten) => {
    if (place.pinned) await notePending(fetched.value, place.pinned, { store, now, log });
    const row = await read(place);
    if (row !== undefined && row.fetchedAt > fetched.fetchedAt) return;
    const known = row?.value ?? before;
    const news = newsIn(fetched.value, known);
    if (news) await record(place, known, fetched, row?.changedAt ?? null);
    // From first sight on: how old they are at least.
    const changedAt = news ? fetched.fetchedAt : (row?.changedAt ?? null);
    await store.savePartnerKeys(seal({ ...fetched, changedAt }, place, secret));
    if (news) await stateChanged(place, changedAt);
  };
  const stateChanged = async ({ domain }: KeptPlace, keysChangedAt: number | null) => {
    if (domain !== undefined) await store.savePartnerState({ domain, keysChangedAt });
  };
  /** Every process sees the change; the first to say so has said it for all. */
  const record = async (
    place: KeptPlace,
    known: KeySet | undefined,
    { value }: Fetched<KeySet>,
    since: number | null,
  ) => {
    const id = JSON.stringify([since, known ? fingerprint(known) : null, fingerprint(value)]);
    const expiresAt = Math.ceil(now() / 1000) + told;
    const { owner, domain = null } = place;
    const whose = { domain, client: domain === null ? owner : null };
    await store.commit({
      spends: [{ kind: 'notice', issuer: nameOf(place), id, expiresAt }],
      record: keysChangedRecord({ ...whose, before: known?.keys ?? [], after: value.keys }, now()),
    });
  };

  return {
    at: (place) => ({
      async recall() {
        // A store that cannot be read now is no reason not to ask the partner himself, nor to wait for it first.
        return Promise.race([read(place).catch(() => undefined), setTimeout(recallMs, undefined, { ref: false })]);
      },
      keep(fetched, before) {
        const name = nameOf(place);
        unwritten.set(name, { place, fetched, before: unwritten.get(name)?.before ?? before });
      },
    }),
    async flush() {
      for (const [name, one] of unwritten) {
        await write(one);
        if (unwritten.get(name) === one) unwritten.delete(name);
      }
    },
  };
}

function newsIn(keys: KeySet, known: KeySet | undefined): 'first sight' | 'changed' | undefined {
  if (known === undefined) return 'first sight';
  return sameKeys(known, keys) ? undefined : 'changed';
}

/** Milliseconds a request waits for what the store remembers: far less than a commit has, which comes after it. */
const recallMs = 500;

/** Seconds for which a change is not told again: longer than any process takes to see it. */
const told = 86_400;

const nameOf = ({ owner, url }: KeptPlace) => (url === undefined ? owner : `${owner} ${url}`);

function seal({ value, maxAge, fetchedAt, changedAt }: Row, place: KeptPlace, secret: Buffer): PartnerKeys {
  const { keys } = publicJwks(value);
  const { network } = place;
  const mac = macOf([nameOf(place), network, fetchedAt, changedAt, maxAge, keys], secret).toString('base64url');
  return { place: nameOf(place), jwks: JSON.stringify({ keys, max_age: maxAge, network, mac }), fetchedAt, changedAt };
}

/** Undefined for what none of us wrote, for this place and at that time, and for what would not be fetched by the settings of today. */
function unseal({ jwks, fetchedAt, changedAt }: PartnerKeys, place: KeptPlace, secret: Buffer): Row | undefined {
  const { keys, max_age: maxAge, network, mac } = objectIn(jwks);
  if (typeof mac !== 'string' || typeof maxAge !== 'number' || !isJsonObject(network)) return undefined;
  const expected = macOf([nameOf(place), network, fetchedAt, changedAt, maxAge, keys], secret);
  const found = Buffer.from(mac, 'base64url');
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) return undefined;
  if (!wouldFetch(place.network, network)) return undefined;
  return { value: importKeySet({ keys }), maxAge, fetchedAt, changedAt };
}

/** Somebody else's text must not keep us from writing ours over it. */
function objectIn(text: string): JsonObject {
  try {
    return parseJsonObject(text);
  } catch (error) {
    if (error instanceof JsonError) return {};
    throw error;
  }
}

const macOf = (told: readonly unknown[], secret: Buffer) =>
  createHmac('sha256', secret).update(JSON.stringify(told)).digest();
