// A send rule, compared setting by setting.

import type { SendRule } from '../../config/schema/send.ts';
import type { Chosen } from '../../config/schema/variants.ts';
import { entries, ordered, switched, toggle } from './comparers.ts';
import { governedSettings, sharedSettings, stateSettings, subjectNames, subjectsOf } from './rule.ts';
import { type Catalog, type Difference, setting } from './types.ts';

export const sendSettings: Catalog<SendRule> = {
  ...stateSettings,
  ...sharedSettings,
  ...governedSettings,
  grant: setting(switched('kind of grant'), 'target.unknown', 'subject_token.type'),
  aliases: setting(
    entries<SendRule['aliases'][string]>({ name: (alias) => `the name ${alias} for the partner` }),
    'target.unknown',
  ),
  clients: setting(
    entries<string>({
      name: (client, there) => `client ${client} (${there} there)`,
      about: (client) => ({ client }),
    }),
    'policy.client',
    'issued client',
  ),
  from: setting(subjectsOf, 'policy.no_rule'),
  resource_required: setting(toggle('a resource must be named', 'narrows access'), 'resource.required'),
  subject: setting(subjectNames, 'subject.unmapped', 'issued subject'),
  tenant_from: setting(switched('claim that names our tenant'), 'subject.unmapped', 'issued tenant'),
  audience_tenant: setting(switched('our tenant at the partner'), 'issued tenant'),
  quirks: setting(switched('how the partner takes grants'), 'redeem.refused'),
  redeem: setting(redeem),
};

type Redeem = SendRule['redeem'];

/** What it hands out is what the grant would bring; new is that we hold credentials at the partner for a client. */
function redeem(before: Redeem, after: Redeem): readonly Difference[] {
  const clients = entries<Chosen>({
    name: (client, { name }) => `redeeming for client ${client} (by ${name})`,
    about: (client) => ({ client }),
  });
  return [
    ...clients(before?.clients, after?.clients).map((found) => ({ ...found, at: ['clients', ...(found.at ?? [])] })),
    ...(before && after
      ? [
          ...switched<string | undefined>('token endpoint of the partner')(before.token_endpoint, after.token_endpoint),
          ...ordered('what callers get', 'handle', 'token')(before.return, after.return),
          ...toggle('keys of callers named to the partner', 'widens access')(before.delegate_key, after.delegate_key),
        ]
      : []),
  ];
}
