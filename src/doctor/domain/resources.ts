// The resources of a partner beside our rules: scopes we map to, as far as anybody there announces any.

import type { DomainFile } from '../../config/files.ts';
import { sendSites } from '../../config/rule-sites.ts';
import { PartnerError } from '../../partners/partner-error.ts';
import type { FoundPartner } from '../../partners/read-partner.ts';
import { type FoundResource, readResource } from '../../partners/read-resource.ts';
import type { GuardedFetch } from '../../trust/guarded-fetch.ts';
import type { Say } from '../say.ts';
import type { Said } from '../types.ts';

/** Resources of one partner that are asked, at most. */
const most = 10;

/** The metadata of resources in its send rules (RFC 9728); most have none. */
export async function readResources(file: DomainFile, fetch: GuardedFetch): Promise<readonly FoundResource[]> {
  const uris = new Set(sendSites({ domains: [file] }).flatMap(({ rule }) => rule.resources));
  const found: FoundResource[] = [];
  for (const uri of [...uris].filter((resource) => /^https?:/.test(resource)).slice(0, most)) {
    const resource = await readResource(uri, fetch).catch((error: unknown) => {
      if (error instanceof PartnerError) return undefined;
      throw error;
    });
    if (resource) found.push(resource);
  }
  return found;
}

/** A list of scopes need not be whole (RFC 8414 §2, RFC 9728 §2): what is not in it may still be good. */
export function resourcesSaid(
  { announced }: FoundPartner,
  resources: readonly FoundResource[],
  file: DomainFile,
  say: Say,
): readonly Said[] {
  return sendSites({ domains: [file] }).flatMap(({ id, rule }): readonly Said[] => {
    const theirs = Object.values(rule.scopes);
    const ofResources = resources.filter(({ uri }) => rule.resources.includes(uri)).flatMap(({ scopes }) => scopes);
    const known = ofResources.length > 0 ? ofResources : announced.scopes;
    if (theirs.length === 0 || known.length === 0) return [];
    const unknown = theirs.filter((scope) => !known.includes(scope));
    if (unknown.length === 0) return [say.ok(`announces all scopes of ${id}`)];
    const found = `does not announce ${unknown.join(', ')}, which ${id} maps to`;
    return [say.notice(found, `ask ${file.config.contact} whether it still knows them`)];
  });
}
