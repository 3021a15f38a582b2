// An accept rule, compared setting by setting; the clients it registers with it.

import type { AcceptRule } from '../../config/schema/accept.ts';
import type { AcceptedClient } from '../../config/schema/client.ts';
import { acceptedClientSettings } from './client.ts';
import { duration, entries, ordered, texts, toggle } from './comparers.ts';
import { governedSettings, sharedSettings, stateSettings, subjectNames } from './rule.ts';
import { type Catalog, compareBy, type Difference, setting } from './types.ts';

export const acceptSettings: Catalog<AcceptRule> = {
  ...stateSettings,
  ...sharedSettings,
  ...governedSettings,
  grants: setting(texts('grants of kind'), 'grant.profile'),
  clients: setting(
    entries<AcceptedClient>({
      name: (client) => `client ${client}`,
      about: (client) => ({ client }),
      changed: registration,
    }),
    'policy.client',
    'client.unknown',
    'client.grant_not_allowed',
  ),
  client_metadata: setting(clientMetadata, 'policy.client', 'client.unknown'),
  subject: setting(subjectNames, 'subject.unknown', 'subject.conflict', 'issued subject'),
  same_subjects_as: setting(texts('names of ours shared with the subjects of'), 'subject.conflict'),
  scope_mode: setting(ordered('a request beyond the grant', 'reject', 'narrow'), 'scope.exceeded', 'issued scope'),
  tenants: setting(entries<string>({ name: (theirs, ours) => `tenant ${theirs} (${ours} here)` }), 'grant.tenant'),
  delegated_keys: setting(toggle('keys named for others', 'widens access'), 'grant.delegated_key'),
  reuse: setting(ordered('a grant is good', 'once', 'until_expiry'), 'grant.replayed'),
  audience: setting(texts('audience of a plain grant'), 'grant.audience'),
  max_grant_lifetime: setting(duration('life of a grant'), 'grant.lifetime'),
};

function registration(client: string, before: AcceptedClient, after: AcceptedClient): readonly Difference[] {
  return compareBy(acceptedClientSettings, before, after).map(({ class: risk, says, at }) => ({
    class: risk,
    says: `client ${client}: ${says}`,
    at,
    about: { client },
  }));
}

type Places = AcceptRule['client_metadata'];

function clientMetadata(before: Places, after: Places): readonly Difference[] {
  return [
    ...texts('clients with a document on')(before?.hosts, after?.hosts).map((found) => ({ ...found, at: ['hosts'] })),
    ...texts('the client with the document')(before?.urls, after?.urls).map((found) => ({ ...found, at: ['urls'] })),
  ];
}
