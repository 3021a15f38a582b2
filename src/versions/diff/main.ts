// The settings of crossgrant.yaml beside clients, and what is ours: resources and types of authorization details.

import type { MainConfig } from '../../config/schema/main.ts';
import { rates } from './client.ts';
import { cosmetic, duration, entries, members, ordered, switched, texts, toggle } from './comparers.ts';
import { type Catalog, type Comparer, type Difference, inside, setting } from './types.ts';

/** What a process takes from the file of its machine when it starts, and keeps. */
export const takenAtStart: ReadonlySet<string> = new Set<keyof MainConfig>([
  'issuer',
  'listen',
  'admin',
  'store',
  'keys',
]);

export const mainSettings: Catalog<Omit<MainConfig, 'clients' | 'resources' | 'authorization_details'>> = {
  issuer: setting(switched('our issuer identifier')),
  contact: setting(cosmetic('whom partners call about us')),
  trust_domain: setting(cosmetic('our trust domain')),
  listen: setting(
    inside<MainConfig['listen']>({
      address: setting(switched('address we listen on')),
      port: setting(switched('port we listen on')),
      tls: setting(switched('certificate of the listener')),
      trusted_proxies: setting(texts('load balancer')),
      forwarded_header: setting(switched('header in which load balancers name callers')),
      drain: setting(cosmetic('drain')),
    }),
  ),
  admin: setting(switched('listener for operators', 'widens access')),
  store: setting(switched('another store, which knows nothing of what was spent, issued and recorded')),
  keys: setting(
    inside<MainConfig['keys']>({
      alg: setting(switched('algorithm of our signatures')),
      encrypt_with: setting(switched('secret under which our keys are kept')),
      rotate_every: setting(cosmetic('rotation of our keys')),
    }),
  ),
  audit: setting(audit),
  domains: setting(cosmetic('folder of the domains')),
  network: setting(
    inside<MainConfig['network']>({
      loopback_http: setting(forgetting(toggle('plain http on loopback', 'widens access'))),
      allow: setting(forgetting(texts('private network we may fetch from'))),
      ca: setting(authorities),
    }),
  ),
  rates: setting(
    inside<MainConfig['rates']>({
      client: setting(rates('requests of a client'), 'rate.client'),
      address: setting(rates('failures of an address'), 'rate.address'),
    }),
    'rate.client',
  ),
  dpop: setting(
    inside<MainConfig['dpop']>({ nonce: setting(ordered('nonce in DPoP proofs', 'required', 'optional')) }),
    'dpop_proof.nonce',
  ),
};

type Resource = MainConfig['resources'][string];

export const resourceSettings: Catalog<Resource> = {
  scopes: setting(
    members<string>({ name: (scope) => `scope ${scope}`, about: (scope) => ({ scope: [scope] }) }),
    'scope.none',
    'issued scope',
  ),
  dpop: setting(ordered('DPoP proof', 'required', 'optional'), 'policy.proof'),
};

type Type = MainConfig['authorization_details'][string];
type Field = Type['fields'][string];

const fieldSettings: Catalog<Field> = {
  compare: setting(switched('how values compare')),
  required: setting(toggle('must be there', 'narrows access')),
};

export const detailTypeSettings: Catalog<Type> = {
  fields: setting(
    entries<Field>({
      name: (field) => `field ${field}`,
      changed: (field, before, after) =>
        inside(fieldSettings)(before, after).map((found) => ({ ...found, says: `field ${field}: ${found.says}` })),
    }),
    'details.invalid',
  ),
};

const anew = 'keys of partners count again once they are fetched anew';

/** Where less may be fetched, nobody lives on what was fetched before: a partner who is down at that moment is not believed. */
function forgetting<T>(compare: Comparer<T>): Comparer<T> {
  return (before, after) =>
    compare(before, after).map((found) =>
      found.class === 'narrows access' ? { ...found, says: `${found.says}; ${anew}` } : found,
    );
}

/** What stands in the files only each machine knows; so either may be more. */
function authorities(before: MainConfig['network']['ca'], after: MainConfig['network']['ca']): readonly Difference[] {
  const found = switched('certificate authorities we believe', 'widens access')(before, after);
  return before === undefined
    ? found
    : found.map((one) => ({ ...one, says: `${one.says}; if one of them is gone, ${anew}` }));
}

/** No caller notices; but what is cut away once is gone, so it is told as what must be asked about. */
function audit({ keep: before }: MainConfig['audit'], { keep: after }: MainConfig['audit']): readonly Difference[] {
  const longer = duration('audit records are kept')(before, after);
  return longer.map(({ class: risk, says }) =>
    risk === 'widens access'
      ? { class: 'cosmetic', says, at: ['keep'] }
      : {
          class: 'breaks callers',
          says: `${says}: older ones leave the trail at once, for good`,
          at: ['keep'],
        },
  );
}
