// What a bundle says against what its sender publishes, and against what we know: none of it may differ.

import { type Registration, registrations } from '../../config/check/clients.ts';
import type { Loaded } from '../../config/compile.ts';
import type { DomainFile } from '../../config/files.ts';
import { sendSites } from '../../config/rule-sites.ts';
import { clientKeys } from '../client-keys.ts';
import { PartnerError } from '../partner-error.ts';
import type { FoundPartner } from '../read-partner.ts';
import type { BroughtClient, BundleClaims } from './claims.ts';
import { type Bundle, keySet } from './open.ts';

/** Throws PartnerError for a bundle that speaks of others than its sender and us. */
export function checkRelationship({ iss, aud }: BundleClaims, ours: string): void {
  if (iss === ours) throw new PartnerError(`this is our own bundle: it is for ${aud} to import`);
  if (aud !== ours)
    throw new PartnerError(`the bundle is for ${aud}, and we are ${ours}: it belongs to another relationship`);
}

/** Throws PartnerError where the bundle and the metadata and keys of its sender, as they are now, differ. */
export function checkDiscovery({ claims, signedBy }: Bundle, { metadata, keys }: FoundPartner): void {
  const { iss } = claims;
  if (keys.fault !== undefined)
    throw new PartnerError(`the keys of ${iss} cannot be read, so nobody knows who signed the bundle: ${keys.fault}`);
  if (!keys.keys.some(({ thumbprint }) => thumbprint === signedBy.thumbprint)) {
    throw new PartnerError(
      `the bundle was signed with ${signedBy.kid ?? 'a key'}, which is not among the keys that ${iss} publishes: it was made before they were replaced, or by somebody else. Ask for a new one`,
    );
  }
  const differ = (['token_endpoint', 'jwks_uri'] as const).filter((name) => claims[name] !== metadata[name]);
  if (differ.length === 0) return;
  const told = differ.map(
    (name) => `${name} is ${claims[name]} in the bundle and ${metadata[name] ?? 'absent'} in its metadata`,
  );
  throw new PartnerError(`the bundle contradicts what ${iss} publishes: ${told.join('; ')}`);
}

/** Throws PartnerError where the bundle and our files speak of one client id and mean different clients. */
export function checkClients(
  { brings, offers, iss }: BundleClaims,
  file: DomainFile | undefined,
  loaded: Loaded,
): void {
  const known = registrations(loaded.files);
  const faults = [
    ...(brings?.clients ?? []).map((client) => {
      const registered = known.find(({ id }) => id === client.id);
      return registered && foreignFault(client, registered, file, loaded);
    }),
    ...(offers?.clients ?? []).map((client) => {
      const ours = known.find(({ id }) => id === ourClient(client.id, file));
      const same = ours === undefined || haveSameKeys(ours, client, loaded) !== false;
      return same ? undefined : `it knows ${client.id} by other keys than our ${ours.id} has`;
    }),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new PartnerError(`the bundle of ${iss} contradicts our files: ${faults.join('; ')}`);
}

/** With its own domain a client keeps its keys; in another place only the very same client may be meant. */
function foreignFault(
  client: BroughtClient,
  registered: Registration,
  file: DomainFile | undefined,
  loaded: Loaded,
): string | undefined {
  const { keys } = client.jwks ? keySet(client.jwks, `the keys of ${client.id}`) : { keys: [] };
  const same = haveSameKeys(registered, { ...client, thumbprints: keys.map(({ thumbprint }) => thumbprint) }, loaded);
  const own = registered.file.name === file?.name;
  if (same === true || (own && same === undefined)) return undefined;
  const { name } = registered.file;
  if (own)
    return `it brings ${client.id} with other keys than ${name} has for it: remove those there first if the new ones are right`;
  return `it brings a client ${client.id}, and ${name} registers another client of that name: agree on another id`;
}

/** In words, clients of its own domain that come with some keys our file has and some it has not: a key is being replaced. */
export function replacedKeys({ brings }: BundleClaims, file: DomainFile, loaded: Loaded): readonly string[] {
  const own = registrations(loaded.files).filter((registered) => registered.file.name === file.name);
  return (brings?.clients ?? []).flatMap(({ id, jwks }) => {
    const registered = own.find((client) => client.id === id);
    const keys = registered && clientKeys(registered, loaded);
    if (jwks === undefined || keys === undefined || !('thumbprints' in keys)) return [];
    const theirs = keySet(jwks, `the keys of ${id}`).keys.map(({ thumbprint }) => thumbprint);
    const same = theirs.length === keys.thumbprints.length && theirs.every((one) => keys.thumbprints.includes(one));
    return same ? [] : [`${id} comes with keys that the file does not have, or has no longer: take them over by hand`];
  });
}

/** Which of our clients they know by `id`, as our file has it. */
function ourClient(id: string, file: DomainFile | undefined): string | undefined {
  const rules = file ? sendSites({ domains: [file] }) : [];
  const pairs = rules.flatMap(({ rule }) => Object.entries(rule.clients));
  return pairs.find(([, theirs]) => theirs === id)?.[0];
}

/** Undefined where that cannot be told: keys by address and by value, or no keys at all. */
function haveSameKeys(
  ours: Registration,
  theirs: { readonly thumbprints: readonly string[]; readonly jwks_uri?: string | undefined },
  loaded: Loaded,
): boolean | undefined {
  const keys = clientKeys(ours, loaded);
  if (keys === undefined) return undefined;
  if ('jwks_uri' in keys) return theirs.jwks_uri === undefined ? undefined : theirs.jwks_uri === keys.jwks_uri;
  if (theirs.thumbprints.length === 0) return undefined;
  return theirs.thumbprints.some((thumbprint) => keys.thumbprints.includes(thumbprint));
}
