// One hop of a chain: who asks whom for what, or what changes in the world before the next asks.

import { z } from 'zod';
import { words } from '../../config/schema/values.ts';
import { expectation, impossible } from './expectation.ts';
import { members, name, orNothing, text } from './values.ts';

const at = name.describe('Domain or server that is asked');
const by = name.optional().describe('The agent that asks; absent: the first');
const saved = name.describe('Name under which a hop before saved it');
const key = z
  .union([z.boolean(), name])
  .default(false)
  .describe('Proves a key (RFC 9449): true for the one of this chain, a name for another');

const privileges = {
  scope: words.optional().describe('Scopes that are asked for'),
  resource: words.optional().describe('URIs, or names of resources in this world'),
  details: z
    .array(z.looseObject({ type: text }))
    .optional()
    .describe('`authorization_details` (RFC 9396)'),
  dpop: key,
  with: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .optional()
    .describe('Further form parameters, or other values for those above'),
};

const signIn = z.strictObject({
  agent: name.optional().describe('For which agent; absent: the first'),
  token: z
    .enum(['id_token', 'access_token', 'jwt', 'opaque', 'id-jag'])
    .optional()
    .describe('What the identity provider hands out; absent: an ID Token. Some issue grants (`id-jag`) themselves'),
  audience: text.optional().describe('`aud` of anything but an ID Token; absent: the issuer of the home broker'),
  claims: members.optional().describe('Claims in place of what it usually says'),
});

const exchange = z.strictObject({
  at,
  by,
  subject: saved,
  subject_type: text.optional().describe('Kind of the subject token; absent: what it looks like'),
  actor: saved.optional().describe('Token of who acts'),
  actor_type: text.optional().describe('Kind of the actor token; absent: what it looks like'),
  to: name
    .optional()
    .describe(
      'Domain or server the grant is for (any other audience: `with: { audience: … }`); absent: for a resource',
    ),
  requested: text.optional().describe('Kind of token asked for; absent: the grant `to` takes, else an access token'),
  ...privileges,
});

const redeem = z.strictObject({
  at,
  by,
  grant: saved,
  type: z.enum(['jwt-bearer', 'jwt-dpop']).default('jwt-bearer').describe('Grant type'),
  ...privileges,
});

const call = z.strictObject({
  token: saved,
  url: text.optional().describe('Name of a resource in this world, or a URL; absent: whom the token is for'),
  method: text.default('GET').describe('HTTP method'),
  dpop: key,
});

const inquiry = z.strictObject({
  at,
  by: name.optional().describe('The agent that asks, or the resource of that domain; absent: the first agent'),
  token: saved,
});

const approval = z.strictObject({ at, domain: name.describe('Whose keys') });

const application = z.strictObject({
  at,
  main: members.optional().describe('Laid over crossgrant.yaml'),
  domains: z.record(z.string(), members.nullable()).optional().describe('Laid over the files of `domains`'),
});

const span = z.string().regex(/^[+-]\d+(ms|s|m|h|d)$/, { error: 'a span is written like +7m' });

/** What a hop does; each has exactly one. */
const acts = {
  sign_in: orNothing(signIn).optional().describe('Somebody signs in at the home of an agent'),
  exchange: exchange.optional().describe('Token exchange (RFC 8693)'),
  redeem: redeem.optional().describe('A grant of another domain for an access token (RFC 7523 §2.1)'),
  call: call.optional().describe('A request to an API with an access token'),
  introspect: inquiry.optional().describe('Asks whether a token is active (RFC 7662)'),
  revoke: inquiry.optional().describe('Revokes a token (RFC 7009)'),
  fault: z
    .strictObject({
      on: text.describe('Who: `acme`, `acme.login` or `contoso.calendar`'),
      name: text.describe('A fault of the test kit, such as `jwks 503`'),
    })
    .optional()
    .describe('Something goes wrong from now on'),
  heal: z.literal(true).optional().describe('Undoes all faults'),
  approve_keys: approval.optional().describe('An operator approves the keys of a domain that wait (`keys: pin`)'),
  apply: application.optional().describe('An operator puts other files in force, as a numbered version'),
  clock: z
    .union([span, z.iso.datetime()], { error: 'must be a span such as +7m, or a moment such as 2099-12-31T23:00:00Z' })
    .optional()
    .describe('Moves the clock of everybody by this much, or to this moment'),
};

export type Verb = keyof typeof acts;
export const verbs = Object.keys(acts) as readonly Verb[];

export const hop = z
  .strictObject({
    name: text.optional().describe('What this hop is called in the report'),
    ...acts,
    save: name.optional().describe('Keeps the token under this name'),
    expect: expectation.optional().describe('What must come of it; absent: that it succeeds'),
  })
  .superRefine((given, context) => {
    const [verb, ...more] = verbs.filter((each) => given[each] !== undefined);
    if (verb === undefined || more.length > 0) {
      const has = verb === undefined ? 'no verb' : `several verbs (${[verb, ...more].join(', ')})`;
      context.addIssue({ code: 'custom', path: [], message: `has ${has}; one of ${verbs.join(', ')}` });
      return;
    }
    for (const { member, message } of impossible(verb, given.expect ?? {})) {
      context.addIssue({ code: 'custom', path: ['expect', member], message });
    }
    if (given.save !== undefined && !bringToken.includes(verb)) {
      context.addIssue({ code: 'custom', path: ['save'], message: `${verb} brings no token` });
    }
  });
export type Hop = z.output<typeof hop>;

const bringToken: readonly Verb[] = ['sign_in', 'exchange', 'redeem'];
