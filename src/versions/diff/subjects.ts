// Whose tokens of an issuer count as authority, compared setting by setting.

import { isDeepStrictEqual } from 'node:util';
import type { SubjectsConfig } from '../../config/schema/subject-tokens.ts';
import { entries, ordered, shown, switched, texts } from './comparers.ts';
import { conditions } from './rule.ts';
import { type Catalog, type Difference, setting } from './types.ts';

type ClientThere = SubjectsConfig['clients'][string];

export const subjectSettings: Catalog<SubjectsConfig> = {
  tokens: setting(texts('subject tokens of kind'), 'subject_token.issuer', 'subject_token.type'),
  clients: setting(
    entries<ClientThere>({
      name: (client, { id }) => `client ${client} (${id} there)`,
      about: (client) => ({ client }),
      changed: clientThere,
    }),
    'subject_token.client',
    'subject_token.audience',
  ),
  access_tokens: setting(switched('what its access tokens are'), 'subject_token.typ', 'subject_token.malformed'),
  introspection: setting(switched('where its opaque tokens are asked about'), 'subject_token.inactive'),
  tenant_claim: setting(
    switched('claim that names the tenant: subjects are other people'),
    'subject_token.tenant',
    'issued tenant',
    'issued subject',
  ),
  subject_claim: setting(
    switched('claim that names the subject: subjects are other people'),
    'subject_token.claims',
    'issued subject',
  ),
  client_claim: setting(switched('claim that names the client'), 'subject_token.client'),
  scope_claim: setting(
    switched('claim that holds the scope', 'widens access'),
    'scope.none',
    'scope.exceeded',
    'issued scope',
  ),
  email: setting(
    ordered('an e-mail address that nobody calls verified', 'unverified', 'by_rule'),
    'subject.unmapped',
    'subject.unknown',
  ),
  when: setting(conditions('its tokens must have'), 'subject_token.condition'),
  kinds: setting(switched('claim by which it tells its tokens apart', 'widens access'), 'subject_token.typ'),
};

function clientThere(client: string, before: ClientThere, after: ClientThere): readonly Difference[] {
  const about = { client };
  const renamed: Difference = {
    class: 'breaks callers',
    says: `client ${client} is ${shown(after.id)} there, no longer ${shown(before.id)}`,
    about,
  };
  return [
    ...(isDeepStrictEqual(before.id, after.id) ? [] : [renamed]),
    ...texts(`client ${client} as the resource`)(before.audiences, after.audiences).map((found) => ({
      ...found,
      about,
    })),
  ];
}
