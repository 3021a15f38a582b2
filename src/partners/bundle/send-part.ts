// From what their side offers to what we send: only what was said yes to, and no more than they offer.

import { registrations } from '../../config/check/clients.ts';
import type { Loaded } from '../../config/compile.ts';
import { grantKinds } from '../../config/schema/send.ts';
import { clientKeys } from '../client-keys.ts';
import type { SendPlan } from '../domain-yaml.ts';
import { PartnerError } from '../partner-error.ts';
import type { BundleClaims } from './claims.ts';
import type { Consent } from './consent.ts';
import { writtenTime } from './written-time.ts';

type Offers = NonNullable<BundleClaims['offers']>;
type Yes = NonNullable<Consent['send']>;

/** Our clients that they registered by keys of ours, as far as keys tell: ours → the id there. */
export function registeredThere({ clients }: Offers, loaded: Loaded): Readonly<Record<string, string>> {
  const pairs = registrations(loaded.files).flatMap((client) => {
    const keys = clientKeys(client, loaded);
    if (keys === undefined) return [];
    const there = clients.find(({ thumbprints, jwks_uri: url }) =>
      'jwks_uri' in keys
        ? url === keys.jwks_uri
        : thumbprints.some((thumbprint) => keys.thumbprints.includes(thumbprint)),
    );
    return there ? [[client.id, there.id]] : [];
  });
  return Object.fromEntries(pairs);
}

/** A whole `send`. */
export function sendPart(
  offers: Offers,
  yes: Yes,
  loaded: Loaded,
): { readonly plan: SendPlan; readonly notes: readonly string[] } {
  const clients = yes.clients ?? registeredThere(offers, loaded);
  if (Object.keys(clients).length === 0) {
    throw new PartnerError('they have registered no client of ours yet: say with --client OURS=ID-THERE which may go');
  }
  const agents = new Map(registrations(loaded.files).map(({ id, agent }) => [id, agent]));
  const kinds = offers.grants.filter((kind) => grantKinds.some((known) => known === kind));
  const [grant = 'id-jag'] = kinds.includes('id-jag') ? ['id-jag'] : kinds;
  const plan: SendPlan = {
    grant,
    clients,
    resources: yes.resources ?? offers.resources,
    scopes: yes.scopes ?? Object.fromEntries(offers.scopes.map((scope) => [scope, scope])),
    subject: yes.subject ?? 'sub',
    actor: Object.keys(clients).every((id) => agents.get(id) !== undefined) ? 'agent' : 'carry',
    lifetime: writtenTime(Math.min(300, offers.max_grant_lifetime)),
  };
  return { plan, notes: [...beyond(plan, offers), ...wishes(offers)] };
}

/** What we would send and they do not take. */
export function beyond(
  { clients, resources, scopes }: Pick<SendPlan, 'clients' | 'resources' | 'scopes'>,
  offers: Offers,
): readonly string[] {
  const registered = offers.clients.map(({ id }) => id);
  const missing = (values: readonly string[], offered: readonly string[]) =>
    values.filter((value) => !offered.includes(value));
  return [
    ...missing(Object.values(clients), registered).map(
      (id) => `they have not registered ${id} yet: our bundle tells them its keys`,
    ),
    ...missing(resources, offers.resources).map((uri) => `they do not offer ${uri}`),
    ...missing(Object.values(scopes), offers.scopes).map((scope) => `they do not offer ${scope}`),
  ];
}

function wishes({ dpop, sign_in: signIn, reuse }: Offers): readonly string[] {
  const wants = signIn && [...signIn.acr.map((acr) => `acr ${acr}`), ...signIn.amr.map((amr) => `amr ${amr}`)];
  return [
    ...(dpop === 'required' ? ['they issue bound tokens only: our agents need DPoP proofs there'] : []),
    ...(wants && wants.length > 0 ? [`they want a sign-in with ${wants.join(', ')}: write it as \`require\``] : []),
    ...(reuse === 'once' ? [] : ['they let a grant be used more than once']),
  ];
}
