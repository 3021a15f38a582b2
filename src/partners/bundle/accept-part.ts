// From what their side brings to what we accept: only what was said yes to, and what we have at all.

import { registrations } from '../../config/check/clients.ts';
import type { Loaded } from '../../config/compile.ts';
import { grantKinds } from '../../config/schema/send.ts';
import type { AcceptPlan, ClientPlan } from '../domain-yaml.ts';
import { PartnerError } from '../partner-error.ts';
import type { BroughtClient, BundleClaims } from './claims.ts';
import type { Consent } from './consent.ts';
import { writtenTime } from './written-time.ts';

type Brings = NonNullable<BundleClaims['brings']>;
type Yes = NonNullable<Consent['accept']>;

/** The clients said yes to, as they are registered, and in words those that cannot be. */
export function clientsIn({ clients }: Brings, yes: Yes, loaded: Loaded) {
  const unknown = yes.clients?.find((id) => !clients.some((client) => client.id === id));
  if (unknown !== undefined) throw new PartnerError(`the bundle brings no client ${unknown}, only ${ids(clients)}`);
  const wanted = clients.filter(({ id }) => yes.clients?.includes(id) ?? true);
  const known = registrations(loaded.files).map(({ id }) => id);
  const plans: Record<string, ClientPlan> = {};
  const notes: string[] = [];
  for (const client of wanted) {
    const plan = known.includes(client.id) ? {} : registrationOf(client);
    if (plan === undefined)
      notes.push(`${client.id} was left out: it authenticates by ${client.method}, so register it by hand`);
    else plans[client.id] = plan;
  }
  return { plans, notes };
}

const ids = (clients: readonly { readonly id: string }[]) => clients.map(({ id }) => id).join(', ') || 'none';

/** Undefined for what cannot be registered by public keys: secrets do not travel in bundles. */
function registrationOf({
  agent,
  method,
  jwks,
  jwks_uri: url,
  dpop_bound: bound,
}: BroughtClient): ClientPlan | undefined {
  const keys = jwks ?? (url !== undefined ? { url } : undefined);
  if (method !== 'private_key_jwt' || keys === undefined) return undefined;
  return {
    ...(agent !== undefined && { agent }),
    auth: { method, jwks: keys },
    ...(bound && { dpop_bound: true }),
  };
}

/** What we give of what they ask for, under our names, and in words what not. */
export function scopesIn({ scopes: asked }: Brings, yes: Yes, resources: readonly string[], loaded: Loaded) {
  const ours = loaded.files.main.config.resources;
  const have = resources.flatMap((uri) => ours[uri]?.scopes ?? []);
  const given =
    yes.scopes ?? Object.fromEntries(asked.filter((scope) => have.includes(scope)).map((scope) => [scope, scope]));
  const notGiven = asked.filter((scope) => !Object.hasOwn(given, scope));
  return { given, notGiven };
}

/** A whole `accept`. */
export function acceptPart(brings: Brings, yes: Yes, name: string, loaded: Loaded) {
  const ours = loaded.files.main.config.resources;
  const resources = yes.resources ?? brings.resources.filter((uri) => Object.hasOwn(ours, uri));
  if (resources.length === 0) {
    const asked = brings.resources.join(', ') || 'none';
    throw new PartnerError(
      `their agents ask for resources we do not have (${asked}): say which of ours with --accept-resource`,
    );
  }
  const { plans, notes } = clientsIn(brings, yes, loaded);
  const { given, notGiven } = scopesIn(brings, yes, resources, loaded);
  const elsewhere = brings.resources.filter((uri) => !resources.includes(uri));
  const left = [
    ...notGiven.map((scope) => `Asked for and not given: ${scope}.`),
    ...elsewhere.map((uri) => `Asked for and not given: ${uri}.`),
  ];
  const plan: AcceptPlan = {
    grants: brings.grants.filter((kind) => grantKinds.some((known) => known === kind)),
    clients: plans,
    subject: yes.subject ?? `${name}|{sub}`,
    resources,
    scopes: given,
    maxGrantLifetime: writtenTime(brings.lifetime),
    lifetime: '5m',
    notGiven: left,
  };
  return { plan, notes: [...notes, ...left] };
}
