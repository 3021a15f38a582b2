// Keys of a domain whose keys are pinned: which are published, approved, or wait for somebody to compare their fingerprints.

import { keysApprovedRecord } from '../audit/key-records.ts';
import type { Log } from '../broker.ts';
import type { Loaded } from '../config/compile.ts';
import type { DomainFile } from '../config/files.ts';
import type { KeySet } from '../jose/key-set.ts';
import type { PinnedKey, Store } from '../store/store.ts';
import { keyFetcher } from '../trust/fetch-keys.ts';
import { guardedFetch } from '../trust/guarded-fetch.ts';
import { notePending } from '../trust/pending-keys.ts';
import { pinOf, placeOfKeys } from '../trust/references.ts';
import { PartnerError } from './partner-error.ts';

/** One key as an operator sees it. */
export type SeenKey = {
  readonly kid: string | null;
  readonly thumbprint: string;
  /** `listed`: its fingerprint stands in the configuration. */
  readonly state: 'waiting' | 'approved' | 'listed';
  /** Milliseconds since the epoch; null for a key that is only listed. */
  readonly firstSeen: number | null;
  readonly approvedAt: number | null;
  readonly approvedBy: string | null;
  /** Undefined: the partner could not be asked. */
  readonly published: boolean | undefined;
};

export type SeenKeys = {
  /** Whether the configuration makes approval matter. */
  readonly pinned: boolean;
  readonly keys: readonly SeenKey[];
  /** Why the partner could not be asked now. */
  readonly unasked: string | undefined;
};

type Tools = {
  readonly store: Pick<Store, 'listPinnedKeys' | 'notePinnedKey' | 'approveKeys'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Pick<Log, 'warn'>;
};

/** Fetches the keys as they are now, notes those that are new, and tells of all. Throws PartnerError where none is fetched. */
export async function seeKeys(file: DomainFile, loaded: Loaded, tools: Tools): Promise<SeenKeys> {
  const { issuer, keys } = file.config;
  const pin = pinOf(keys);
  const listed = new Set(Array.isArray(pin) ? pin : []);
  const published = await fetchNow(file, loaded, tools.now);
  if ('keys' in published) await notePending(published, { issuer, domain: file.domain, listed }, tools);
  const noted = await tools.store.listPinnedKeys(issuer);
  const isPublished = (thumbprint: string) =>
    'keys' in published ? published.keys.some((key) => key.thumbprint === thumbprint) : undefined;
  const others = [...listed].filter((thumbprint) => !noted.some((key) => key.thumbprint === thumbprint));
  return {
    pinned: pin !== undefined,
    keys: [
      ...noted.map((key) => seen(key, listed, isPublished(key.thumbprint))),
      ...others.map((thumbprint) => ({ ...unseen, thumbprint, published: isPublished(thumbprint) })),
    ],
    unasked: 'keys' in published ? undefined : published.why,
  };
}

const unseen = { kid: null, state: 'listed', firstSeen: null, approvedAt: null, approvedBy: null } as const;

function seen(key: PinnedKey, listed: ReadonlySet<string>, published: boolean | undefined): SeenKey {
  const { kid, thumbprint, firstSeen, approvedAt, approvedBy } = key;
  const state = approvedAt !== null ? 'approved' : listed.has(thumbprint) ? 'listed' : 'waiting';
  return { kid: kid === '' ? null : kid, thumbprint, state, firstSeen, approvedAt, approvedBy, published };
}

async function fetchNow(
  { domain, config: { issuer, keys } }: DomainFile,
  { settings }: Loaded,
  now: () => number,
): Promise<KeySet | { readonly why: string }> {
  const place = placeOfKeys(keys);
  if (place !== undefined && !('url' in place)) {
    throw new PartnerError(
      `the keys of ${domain} stand in the configuration: whoever changes them there approves them`,
    );
  }
  const location = place === undefined ? ({ from: 'discovery' } as const) : ({ from: 'url', url: place.url } as const);
  const fetch = guardedFetch(settings.network);
  try {
    return (await keyFetcher({ issuer, location, fetch, now, clock: now })()).value;
  } catch (error) {
    if (error instanceof Error) return { why: error.message };
    throw error;
  }
}

export type Approval = {
  readonly fingerprints: readonly string[];
  readonly author: string;
  readonly reason: string | null;
};

/**
 * Approves keys that wait: how all keys are then, and the trace id of the record. Throws PartnerError, approving none, when one
 * of them does not wait.
 */
export async function approveKeys(
  file: DomainFile,
  { keys }: Pick<SeenKeys, 'keys'>,
  { fingerprints, author, reason }: Approval,
  { store, now }: Tools,
): Promise<{ readonly keys: readonly SeenKey[]; readonly traceId: string }> {
  const at = now();
  const waiting = keys.filter(({ state }) => state === 'waiting');
  const unknown = fingerprints.find((print) => !waiting.some(({ thumbprint }) => thumbprint === print));
  if (unknown !== undefined) throw new PartnerError(notWaiting(unknown, file.domain, keys));
  const approved = waiting.filter(({ thumbprint }) => fingerprints.includes(thumbprint));
  const named = approved.map(({ kid, thumbprint }) => ({ kid: kid ?? undefined, thumbprint }));
  const record = keysApprovedRecord({ domain: file.domain, author, reason, keys: named }, at);
  const done = await store.approveKeys(file.config.issuer, fingerprints, author, at, record);
  if (done === 0) throw new PartnerError('they do not wait any more: somebody was quicker');
  const approval = { state: 'approved', approvedAt: at, approvedBy: author } as const;
  return {
    keys: keys.map((key) => (approved.includes(key) ? { ...key, ...approval } : key)),
    traceId: record.traceId,
  };
}

function notWaiting(fingerprint: string, domain: string, keys: readonly SeenKey[]): string {
  const known = keys.find(({ thumbprint }) => thumbprint === fingerprint);
  if (known !== undefined) return `${fingerprint} is ${known.state} already; nothing was approved`;
  const waiting = keys.filter(({ state }) => state === 'waiting').map(({ thumbprint }) => thumbprint);
  const there = waiting.length > 0 ? `; ${waiting.join(', ')} ${waiting.length === 1 ? 'waits' : 'wait'}` : '';
  return `no key of ${domain} with the fingerprint ${fingerprint} was seen; nothing was approved${there}`;
}
