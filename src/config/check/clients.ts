// Clients: registered once, and every client that is named somewhere is registered.

import { readClientIdUrl } from '../../trust/client-id-url.ts';
import type { ConfigFile, Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault, Path } from '../problems.ts';
import { acceptSites, accessSites, sendSites } from '../rule-sites.ts';
import type { Chosen } from '../schema/variants.ts';
import { withoutSlash } from './issuers.ts';
import { repeated } from './repeated.ts';

/** A client where it is registered: in crossgrant.yaml, or with the domain whose grants it brings. */
export type Registration = {
  readonly id: string;
  readonly file: ConfigFile<unknown>;
  readonly path: Path;
  readonly auth: Chosen;
  readonly agent: string | undefined;
  readonly dpopBound: boolean;
};

/** Clients that are registered twice, half or not at all. */
export function checkClients(files: Files): readonly Fault[] {
  const registered = registrations(files);
  return [
    ...twice(registered),
    ...unknown(files, registered),
    ...halfRegistered(files),
    ...redeemers(files),
    ...mistakable(files),
    ...agents(files, registered),
    ...documents(files),
  ];
}

/** Every client with its own registration, wherever that stands. */
export function registrations(files: Files): readonly Registration[] {
  const { main } = files;
  const ours = Object.entries(main.config.clients).map(([id, { auth, agent, dpop_bound: dpopBound }]) => ({
    id,
    file: main,
    path: ['clients', id],
    auth,
    agent,
    dpopBound,
  }));
  const theirs = acceptSites(files).flatMap(({ file, path, rule }) =>
    Object.entries(rule.clients).flatMap(([id, { auth, agent, dpop_bound: dpopBound = false }]) =>
      auth === undefined ? [] : [{ id, file, path: [...path, 'clients', id], auth, agent, dpopBound }],
    ),
  );
  return [...ours, ...theirs];
}

function twice(registered: readonly Registration[]): readonly Fault[] {
  return repeated(registered, ({ id }) => id).map(({ item: { file, path }, first }) => {
    const message = `is registered in ${first.file.name} already; write {} to let that client in here too`;
    return { file, path, message, part: 'key' };
  });
}

function unknown(files: Files, registered: readonly Registration[]): readonly Fault[] {
  const known = new Set(registered.map(({ id }) => id));
  const places = [
    ...files.domains.flatMap((file) =>
      Object.keys(file.config.subjects?.clients ?? {}).map((id) => ({ id, file, path: ['subjects', 'clients', id] })),
    ),
    ...[...sendSites(files), ...acceptSites(files)].flatMap(({ file, path, rule }) =>
      Object.keys(rule.clients).map((id) => ({ id, file, path: [...path, 'clients', id] })),
    ),
  ];
  return places
    .filter(({ id }) => !known.has(id))
    .map(({ id, file, path }) => ({
      file,
      path,
      message: 'no client is called that',
      hint: suggest(id, known),
      part: 'key',
    }));
}

/** In `accept.clients`, a client of another place keeps what is said of it there. */
function halfRegistered(files: Files): readonly Fault[] {
  return acceptSites(files).flatMap(({ file, path, rule }) =>
    Object.entries(rule.clients).flatMap(([id, { auth, agent, dpop_bound: bound }]): readonly Fault[] => {
      if (auth !== undefined || (agent === undefined && bound === undefined)) return [];
      return [{ file, path: [...path, 'clients', id], message: 'a client that is registered here needs `auth`' }];
    }),
  );
}

/** Redeeming is for clients that the rule sends for: under the id it says. */
function redeemers(files: Files): readonly Fault[] {
  return sendSites(files).flatMap(({ file, path, rule }) =>
    Object.keys(rule.redeem?.clients ?? {})
      .filter((id) => !Object.hasOwn(rule.clients, id))
      .map((id) => ({
        file,
        path: [...path, 'redeem', 'clients', id],
        message: 'is not among `clients` of this rule',
        hint: suggest(id, Object.keys(rule.clients)),
        part: 'key' as const,
      })),
  );
}

/**
 * An assertion about a client that is called like us, under our own key, is what a jwt grant about that subject looks like (RFC 7523 §2.1
 * and §2.2 differ by parameter alone): a partner that does not look at `typ` would take one for the other. A slash more is the same to some.
 */
function mistakable(files: Files): readonly Fault[] {
  const ours = withoutSlash(files.main.config.issuer);
  return sendSites(files).flatMap(({ file, path, rule }) =>
    Object.entries(rule.redeem?.clients ?? {})
      .filter(([id, auth]) => signsWithOurKey(auth) && withoutSlash(rule.clients[id] ?? '') === ours)
      .map(([id]) => ({
        file,
        path: [...path, 'clients', id],
        message: 'is our own issuer: what the key of this broker says of that client could be taken for a grant',
        hint: `get another id from ${file.domain}, or let \`redeem\` sign for it with a \`key\` of its own`,
      })),
  );
}

const signsWithOurKey = ({ name, settings }: Chosen) => name === 'private_key_jwt' && settings['key'] === undefined;

/** `actor: agent` writes down an agent; a client without one would always be refused. */
function agents(files: Files, registered: readonly Registration[]): readonly Fault[] {
  const without = new Set(registered.filter(({ agent }) => agent === undefined).map(({ id }) => id));
  const sends = sendSites(files).map((site) => ({ ...site, clients: Object.keys(site.rule.clients) }));
  const accesses = accessSites(files).map((site) => ({ ...site, clients: [site.client] }));
  return [...sends, ...accesses].flatMap(({ file, path, rule, clients }) => {
    const nameless = rule.actor === 'agent' ? clients.filter((id) => without.has(id)) : [];
    return nameless.map((id) => ({ file, path: [...path, 'actor'], message: `the client ${id} has no \`agent\`` }));
  });
}

/** An `accept` that lets nobody in yet: an offer to a partner, whose bundle brings its clients. */
export function adviseOnClients(files: Files): readonly Fault[] {
  const closed = acceptSites(files).filter(
    ({ rule }) => Object.keys(rule.clients).length === 0 && rule.client_metadata === undefined,
  );
  return closed.map(({ file, path }) => ({
    file,
    path,
    message: 'lets no client in yet: needs `clients` (`bundle import` adds those of the partner) or `client_metadata`',
  }));
}

/** URLs of documents, as a client id would have to be written. */
function documents(files: Files): readonly Fault[] {
  const { loopback_http: loopbackHttp } = files.main.config.network;
  const message = 'must be an https URL in its one usual spelling, without query and fragment';
  return acceptSites(files).flatMap(({ file, path, rule }) =>
    (rule.client_metadata?.urls ?? []).flatMap((url, at): readonly Fault[] => {
      if (readClientIdUrl(url, loopbackHttp) !== undefined) return [];
      return [{ file, path: [...path, 'client_metadata', 'urls', at], message }];
    }),
  );
}
