// Clients by their documents: which hosts and URLs any domain lets in.

import { type ClientDocuments, clientDocuments } from '../../token/clients/documents.ts';
import { jwtBearer } from '../../token/grants/jwt-bearer.ts';
import { jwtDpop } from '../../token/grants/jwt-dpop.ts';
import { acceptSites } from '../rule-sites.ts';
import type { CompileContext } from './context.ts';

/** What whoever brings grants of a partner must be able to use. */
export const forGrants = [jwtBearer.type, jwtDpop.type];

/** The documents that count for some domain; which of them count for which is its rule's to say. */
export function compileDocuments({ files, settings, deps }: CompileContext): ClientDocuments {
  const { fetch, now, clock = now, before } = deps;
  const named = acceptSites(files).flatMap(({ rule }) => rule.client_metadata ?? []);
  return clientDocuments({
    places: { hosts: new Set(named.flatMap(({ hosts }) => hosts)), urls: new Set(named.flatMap(({ urls }) => urls)) },
    loopbackHttp: settings.network.loopbackHttp,
    issuer: settings.issuer,
    grants: forGrants,
    fetch,
    now,
    clock,
    ...(before && { before: before.clientDocuments.shelves }),
  });
}
