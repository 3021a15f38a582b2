// Makes the bundle for a partner from our configuration: what its side must know of us and cannot know otherwise.

import { randomUUID } from 'node:crypto';
import { type Registration, registrations } from '../../config/check/clients.ts';
import type { Loaded } from '../../config/compile.ts';
import type { DomainFile } from '../../config/files.ts';
import { type SendSite, sendSites } from '../../config/rule-sites.ts';
import type { AcceptRule } from '../../config/schema/accept.ts';
import type { Chosen } from '../../config/schema/variants.ts';
import { endpoints } from '../../metadata/endpoints.ts';
import { clientMethods } from '../../token/clients/methods/index.ts';
import { grants } from '../../token/grants/index.ts';
import { issuedKinds } from '../../token/issue/index.ts';
import { type ClientKeys, clientKeys, credentialKeys, madeUpKid } from '../client-keys.ts';
import { PartnerError } from '../partner-error.ts';
import { type BroughtClient, type BundleClaims, bundleClaims, bundleVersion, type OfferedClient } from './claims.ts';

export type BundleOptions = {
  /** The key set we publish. */
  readonly jwks: { readonly keys: readonly object[] };
  readonly contact: string;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Seconds the bundle is good. */
  readonly validFor: number;
};

/** What we tell the domain. Throws PartnerError where there is nothing to tell. */
export function bundleFor(domain: DomainFile, loaded: Loaded, options: BundleOptions): BundleClaims {
  const { main } = loaded.files;
  const { issuer, accept, expires } = domain.config;
  const sends = sendSites({ domains: [domain] });
  if (sends.length === 0 && accept === undefined) {
    throw new PartnerError(`${domain.domain} has neither \`send\` nor \`accept\`: there is nothing to tell its side`);
  }
  const at = endpoints(main.config.issuer);
  return bundleClaims.parse({
    bundle: bundleVersion,
    iss: main.config.issuer,
    aud: issuer,
    iat: options.now,
    exp: options.now + options.validFor,
    jti: randomUUID(),
    contact: options.contact,
    ...(main.config.trust_domain !== undefined && { trust_domain: main.config.trust_domain }),
    ...(expires !== undefined && { until: expires }),
    token_endpoint: at.token,
    jwks_uri: at.jwks,
    jwks: options.jwks,
    grant_types: grants.map(({ type }) => type),
    auth_methods: clientMethods.map(({ name }) => name),
    drafts: Object.fromEntries(
      issuedKinds
        .filter(({ goesTo }) => goesTo === 'partner')
        .map(({ name, spec }) => [name, spec.replace(/ §.*/, '')]),
    ),
    ...(sends.length > 0 && { brings: bringsOf(sends, loaded) }),
    ...(accept && { offers: offersOf(accept, loaded) }),
  });
}

/** Several rules together: the other side has one for all of ours. */
function bringsOf(sites: readonly SendSite[], loaded: Loaded): BundleClaims['brings'] {
  const known = registrations(loaded.files);
  const clients = sites.flatMap((site) =>
    Object.entries(site.rule.clients).map(([ours, id]): BroughtClient => {
      const client = known.find((candidate) => candidate.id === ours);
      return {
        id,
        ...(client?.agent !== undefined && { agent: client.agent }),
        ...(redeemerThere(ours, site, loaded) ?? itself(client, loaded)),
        dpop_bound: client?.dpopBound ?? false,
      };
    }),
  );
  const sends = sites.map(({ rule }) => rule);
  const [first] = sends;
  return {
    grants: unique(sends.map(({ grant }) => grant)),
    clients: [...new Map(clients.map((client) => [client.id, client])).values()],
    resources: unique(sends.flatMap(({ resources }) => resources)),
    scopes: unique(sends.flatMap(({ scopes }) => Object.values(scopes))),
    subject: first === undefined ? 'sub' : subjectOf(first.subject),
    claims: unique(sends.flatMap(({ claims }) => claims.map(({ to }) => to))),
    actor: sends.some(({ actor }) => actor !== 'refuse'),
    tenant: sends.some(({ tenant_from: tenant }) => tenant !== undefined),
    lifetime: Math.max(...sends.map(({ lifetime }) => lifetime)),
  };
}

type Authentication = Pick<BroughtClient, 'method' | 'jwks' | 'jwks_uri'>;

/** The agent goes there itself, with the keys it has here. */
function itself(client: Registration | undefined, loaded: Loaded): Authentication {
  const keys = client && clientKeys(client, loaded);
  if (keys && 'jwks' in keys && keys.jwks.keys.some(({ kid }) => kid === madeUpKid)) {
    throw new PartnerError(
      `${client?.id} still has the key that init made up, which nobody holds: write its own public keys into its key set first`,
    );
  }
  return { method: client?.auth.name ?? 'none', ...withKeys(keys) };
}

/** We redeem its grants for it, by credentials kept for that (`redeem`). */
function redeemerThere(ours: string, site: SendSite, loaded: Loaded): Authentication | undefined {
  const clients = site.rule.redeem?.clients ?? {};
  const credentials = Object.hasOwn(clients, ours) ? clients[ours] : undefined;
  if (credentials === undefined) return undefined;
  return { method: credentials.name, ...withKeys(credentialKeys(credentials, { site, client: ours }, loaded)) };
}

function withKeys(keys: ClientKeys | undefined): Pick<Authentication, 'jwks' | 'jwks_uri'> {
  if (keys === undefined) return {};
  return 'jwks' in keys ? { jwks: { keys: keys.jwks.keys.map((jwk) => ({ ...jwk })) } } : { jwks_uri: keys.jwks_uri };
}

/** A template is told, its secret or a list of people is not. */
function subjectOf({ name, settings }: Chosen): string {
  const { to } = settings;
  return typeof to === 'string' ? to : name;
}

function offersOf(accept: AcceptRule, loaded: Loaded): BundleClaims['offers'] {
  const known = registrations(loaded.files);
  const clients = Object.keys(accept.clients).flatMap((id): readonly OfferedClient[] => {
    const client = known.find((candidate) => candidate.id === id);
    return client === undefined ? [] : [offeredClient(client, loaded)];
  });
  const { require: signIn, dpop } = accept;
  const { resources } = loaded.files.main.config;
  const bound = dpop === 'required' || accept.resources.some((uri) => resources[uri]?.dpop === 'required');
  return {
    grants: accept.grants,
    clients,
    resources: accept.resources,
    scopes: Object.keys(accept.scopes),
    dpop: bound ? 'required' : 'optional',
    ...(signIn && {
      sign_in: { acr: signIn.acr, amr: signIn.amr, ...(signIn.max_age !== undefined && { max_age: signIn.max_age }) },
    }),
    reuse: accept.reuse,
    max_grant_lifetime: accept.max_grant_lifetime,
    lifetime: accept.lifetime,
  };
}

function offeredClient(client: Registration, loaded: Loaded): OfferedClient {
  const keys = clientKeys(client, loaded);
  return {
    id: client.id,
    method: client.auth.name,
    thumbprints: keys && 'thumbprints' in keys ? [...keys.thumbprints] : [],
    ...(keys && 'jwks_uri' in keys && { jwks_uri: keys.jwks_uri }),
  };
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
