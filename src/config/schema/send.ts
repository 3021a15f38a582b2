// `send`: what we may assert to a partner about our subjects, and for which of our clients.

import { z } from 'zod';
import { issuedKinds } from '../../token/issue/index.ts';
import { credentialMethods } from '../../trust/credentials/index.ts';
import type { CredentialMethod } from '../../trust/credentials/types.ts';
import { claims, from, governed, lifetimeOr, ruleParts, ruleState } from './rule.ts';
import { sentSubject } from './subject.ts';
import { claimName, clientId, lifetime } from './values.ts';
import { oneOfVariants } from './variants.ts';

/** Kinds of grant, by the short names of their token types. */
export const grantKinds = issuedKinds
  .filter(({ goesTo }) => goesTo === 'partner')
  .map(({ name }) => name)
  .filter((name) => name !== 'access_token');

const alias = z
  .strictObject({ tenant: z.string().min(1).optional().describe('Tenant of the partner it stands for (`aud_tenant`)') })
  .nullable()
  .transform((meaning) => meaning ?? {})
  .describe('What the name stands for');

const methods: readonly CredentialMethod[] = credentialMethods;

/** How we authenticate at the partner, composed from the catalog of methods. */
export const credentials = oneOfVariants(
  'method',
  methods.map(({ name, spec, settings }) => ({ name, spec, schema: settings })),
).describe('How we authenticate at its token endpoint, under the id it has there');

const redeem = z.strictObject({
  clients: z
    .record(clientId.describe('client'), credentials)
    .describe('Our clients for which we may redeem, and as whom'),
  token_endpoint: z.url().optional().describe('Its token endpoint; absent: what its metadata says'),
  return: z
    .enum(['token', 'handle'])
    .default('token')
    .describe('What callers get: its access token, or a handle that only `/proxy` of this broker turns into it'),
  delegate_key: z
    .boolean()
    .default(false)
    .describe(
      'A caller with a proof: the grant names its key (`requested_cnf`), and the partner binds its token to that',
    ),
});

const quirks = z.strictObject({
  audience: z
    .enum(['issuer', 'issuer_slash', 'token_endpoint'])
    .optional()
    .describe('What `aud` must say: the issuer (default), the same with a slash at its end, or the token endpoint'),
  audience_form: z.enum(['string', 'array']).optional().describe('Whether `aud` is text (default) or a list of one'),
  max_lifetime: lifetime.optional().describe('Longest life of a grant the partner takes'),
  single_use: z.boolean().optional().describe('Whether a grant is good once there; for information'),
});

const sendRule = z.strictObject({
  state: ruleState,
  grant: z.enum(grantKinds).describe('Kind of grant the partner takes'),
  aliases: z
    .record(z.string().min(1).describe('name'), alias)
    .prefault({})
    .describe('Other names callers may use as `audience`'),
  clients: z
    .record(clientId.describe('client'), clientId.describe('Its id at the partner'))
    .describe('Our client → the id the partner knows it by; who is not listed is not allowed'),
  from,
  ...governed,
  resource_required: z.boolean().default(false).describe('True: the caller must name a resource'),
  ...ruleParts,
  subject: sentSubject.prefault('sub'),
  claims: claims.default([]),
  actor: z
    .enum(['carry', 'agent', 'refuse', 'token'])
    .default('carry')
    .describe(
      'Actors are carried as they came, our agent is put in front, they are refused, or an actor token is taken',
    ),
  tenant_from: claimName.optional().describe('Claim of the subject token that names our tenant (ID-JAG §6.1)'),
  audience_tenant: z.string().min(1).optional().describe('Our tenant at the partner (`aud_tenant`)'),
  lifetime: lifetimeOr('5m'),
  quirks: quirks
    .default({})
    .describe('How the partner takes grants where it differs from the specifications; `crossgrant probe` proposes it'),
  redeem: redeem
    .optional()
    .describe('Both legs for a caller: we redeem the grant ourselves and hand back the access token of the partner'),
});
export type SendRule = z.infer<typeof sendRule>;

const namedSendRule = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/, { error: 'a rule name has lower case letters, digits, - and _ only' })
    .describe('Name of the rule, where there are several'),
  ...sendRule.shape,
});

/** One rule, or several with names of their own. */
export const send = z.union([sendRule, z.array(namedSendRule).min(1)]);
