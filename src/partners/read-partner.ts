// Reads what a partner says of itself: its metadata at both places, its keys, and what of it a reviewer should know.

import {
  DiscoveryError,
  type DocumentFault,
  discover,
  metadataAt,
  metadataPlaces,
  type ServerMetadata,
} from '../trust/discovery.ts';
import { FetchRefused, type GuardedFetch } from '../trust/guarded-fetch.ts';
import { detectProfile } from '../trust/profiles/index.ts';
import type { Profile } from '../trust/profiles/types.ts';
import { type Announced, announcedBy } from './announced.ts';
import { type FoundKeys, readKeys } from './found-keys.ts';
import { PartnerError } from './partner-error.ts';

export type FoundPartner = {
  readonly issuer: string;
  readonly metadata: ServerMetadata;
  readonly announced: Announced;
  readonly keys: FoundKeys;
  /** Its make, as far as it shows; one of the general ones at least. */
  readonly profile: Profile;
  /** Members on which the second metadata document says something else. */
  readonly disagree: readonly string[];
};

/** Where to read, and by which clock (milliseconds). */
export type Outside = { readonly fetch: GuardedFetch; readonly now: () => number };

/**
 * Reads the partner, its keys where its metadata says unless `readOthers` brings them from elsewhere. Throws PartnerError when it
 * has no metadata of its own, or is out of reach.
 */
export async function readPartner(
  issuer: string,
  { fetch, now }: Outside,
  readOthers?: () => Promise<FoundKeys>,
): Promise<FoundPartner> {
  const metadata = await discover(issuer, fetch).catch((error: unknown) => {
    if (error instanceof DiscoveryError) throw new PartnerError(`${error.message}${nearMiss(issuer, error.faults)}`);
    if (error instanceof FetchRefused)
      throw new PartnerError(`${issuer} cannot be read: ${error.message}${reach(error)}`);
    throw error;
  });
  const { jwks_uri: place } = metadata;
  const readThere = async () =>
    place === undefined
      ? { place: '', keys: [], fault: 'the metadata names no jwks_uri' }
      : readKeys(place, fetch, now);
  return {
    issuer,
    metadata,
    announced: announcedBy(metadata.raw),
    profile: detectProfile(issuer, metadata.raw),
    keys: await (readOthers ?? readThere)(),
    disagree: await disagreements(metadata, fetch),
  };
}

/** Never taken for the one that was asked for: only its admins know which of the two they mean. */
function nearMiss(issuer: string, faults: readonly DocumentFault[]): string {
  const other = faults.find((fault) => fault.issuer !== undefined)?.issuer;
  if (other === undefined) return '';
  const slash = other === `${issuer}/` || `${other}/` === issuer;
  const how = slash ? ' They differ by the slash at the end alone.' : '';
  return `. Issuers are compared byte for byte (RFC 8414 §3.3).${how} If their admin says that ${other} is right, add that one`;
}

const reach = ({ fault }: FetchRefused) =>
  fault === 'address' ? '; `network.allow` in the main file lets us reach hosts inside your own network' : '';

/** What both documents must agree on, where there are two: else it depends on the reader whose keys count. */
const shared = ['jwks_uri', 'token_endpoint', 'introspection_endpoint'] as const;

async function disagreements(first: ServerMetadata, fetch: GuardedFetch): Promise<readonly string[]> {
  const [, other] = metadataPlaces(first.issuer);
  if (other === undefined || other === first.place) return [];
  const second = await metadataAt(other, first.issuer, fetch).catch((error: unknown) => {
    if (error instanceof FetchRefused) return undefined;
    throw error;
  });
  if (second === undefined || !('raw' in second)) return [];
  return shared.filter((name) => second[name] !== undefined && second[name] !== first[name]);
}
