// A chain as a file describes it: who takes part, the hops, and what must come of each.

import { z } from 'zod';
import { credentials } from '../config/schema/send.ts';
import { words } from '../config/schema/values.ts';
import { secretReference } from '../trust/references.ts';

const text = z.string().min(1);
const name = z.string().regex(/^[\w.-]+$/, { error: 'a name has letters, digits, dots, - and _ only' });
const scopes = z.array(text);

const domain = z.strictObject({
  person: z
    .union([z.looseObject({ sub: text }), z.literal(false)])
    .optional()
    .describe('Who is signed in there; false: nobody'),
  resources: z.record(text, scopes).optional().describe('Its APIs and their scopes, by name'),
  files: z
    .strictObject({
      main: z.record(z.string(), z.unknown()).optional(),
      domains: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).optional(),
    })
    .optional()
    .describe('Laid over the files of its broker'),
});

const trust = z.strictObject({
  grant: z.enum(['id-jag', 'jwt']).optional(),
  scopes: z.record(text, text).optional(),
  claims: scopes.optional(),
  send: z.record(z.string(), z.unknown()).optional(),
  accept: z.record(z.string(), z.unknown()).optional(),
});

const agent = z.strictObject({
  home: name,
  workload: text.optional(),
  auth: z.enum(['private_key_jwt', 'client_secret_basic', 'client_secret_post']).optional(),
  app: text.optional(),
  ids: z.record(name, text).optional(),
  access: z.record(text, scopes).optional(),
});

/** Trust domains made for this chain in one process (crossgrant/testkit). */
const world = z.strictObject({
  domains: z
    .record(
      name,
      domain.nullable().transform((given) => given ?? {}),
    )
    .describe('Trust domains by name'),
  trust: z
    .record(
      z.string().regex(/^\S+ -> \S+$/, { error: 'an arrow is written like `acme -> contoso`' }),
      trust.nullable().transform((given) => given ?? {}),
    )
    .optional()
    .describe('Who takes whose grants; absent: each sends to the next'),
  agents: z
    .record(name, agent)
    .optional()
    .describe('Who acts for people; absent: one, `agent`, at home in the first domain'),
});

/** A broker that runs, or any other authorization server. */
const server = z.strictObject({
  issuer: z.url().describe('Its issuer identifier; endpoints are found by its metadata'),
  client_id: text.describe('Who we are there'),
  auth: credentials.describe('How we authenticate there'),
  grant: z.enum(['id-jag', 'jwt']).default('id-jag').describe('Kind of grant it takes from others'),
});

const granted = z.strictObject({
  scope: words.optional(),
  audience: words.optional(),
  resource: words.optional(),
  subject: text.optional(),
  client: text.optional(),
  actor: text.nullable().optional().describe('Who acts; null: nobody'),
  actors: scopes.optional().describe('The whole chain of actors, who acts now first'),
  kind: text.optional(),
  token_type: text.optional(),
  expires_in: z.int().min(1).optional().describe('Exactly so many seconds'),
  lives_at_most: z.int().min(1).optional().describe('Seconds'),
  rule: text.optional(),
  claims: z.record(z.string(), z.unknown()).optional(),
  shrinks: name.optional().describe('Saved token that it must not outlive or go beyond'),
});

const refused = z.strictObject({
  refused: text.describe('Reason of the refusal table, or OAuth error code'),
  status: z.int().optional(),
  error: text.optional(),
});

const answered = z.strictObject({
  status: z.int().optional(),
  active: z.boolean().optional(),
  body: z.record(z.string(), z.unknown()).optional().describe('Members of the JSON answer'),
});

const asked = {
  scope: words.optional(),
  resource: words.optional().describe('URIs, or names of resources in this world'),
  details: z.array(z.looseObject({ type: text })).optional(),
  dpop: z.boolean().default(false).describe('Bind it to a key of this chain'),
  with: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .optional()
    .describe('Further form parameters'),
};

const at = name.describe('Domain or server that is asked');
const by = name.optional().describe('The agent that asks; absent: the first');
const saved = name.describe('Name under which a hop before saved it');

const hop = z.strictObject({
  name: text.optional().describe('What this hop is called in the report'),
  sign_in: z
    .strictObject({ agent: by, claims: z.record(z.string(), z.unknown()).optional() })
    .nullable()
    .optional(),
  exchange: z
    .strictObject({
      at,
      by,
      subject: saved,
      subject_type: text.optional(),
      actor: saved.optional(),
      to: name.optional(),
      requested: text.optional(),
      ...asked,
    })
    .optional(),
  redeem: z
    .strictObject({ at, by, grant: saved, type: z.enum(['jwt-bearer', 'jwt-dpop']).default('jwt-bearer'), ...asked })
    .optional(),
  call: z
    .strictObject({
      token: saved,
      by,
      url: text.optional(),
      method: text.default('GET'),
      dpop: z.boolean().default(false),
    })
    .optional(),
  introspect: z.strictObject({ at, by, token: saved }).optional(),
  revoke: z.strictObject({ at, by, token: saved }).optional(),
  fault: z.strictObject({ on: text.describe('`acme`, `acme.login` or `contoso.calendar`'), name: text }).optional(),
  heal: z.literal(true).optional().describe('Undoes all faults'),
  clock: z
    .string()
    .regex(/^[+-]\d+(ms|s|m|h|d)$/, { error: 'a span is written like +7m' })
    .optional(),
  save: name.optional().describe('Keeps the token under this name'),
  expect: z.union([granted, refused, answered]).optional().describe('What must come of it; absent: that it succeeds'),
});

/** The verbs of a hop; each has exactly one. */
export const verbs = [
  'sign_in',
  'exchange',
  'redeem',
  'call',
  'introspect',
  'revoke',
  'fault',
  'heal',
  'clock',
] as const;

/** A chain file. */
export const chainFile = z
  .strictObject({
    chain: text.describe('What it shows, in a sentence'),
    world: world.optional().describe('Domains made for it'),
    servers: z.record(name, server).optional().describe('Servers that run already'),
    tokens: z.record(name, secretReference).optional().describe('Tokens to begin with'),
    hops: z.array(hop).min(1),
  })
  .superRefine(({ world: made, servers, hops }, context) => {
    if ((made === undefined) === (servers === undefined)) {
      context.addIssue({ code: 'custom', path: [], message: 'needs either `world` or `servers`' });
    }
    hops.forEach((each, index) => {
      const used = verbs.filter((verb) => each[verb] !== undefined);
      const message = `has ${used.length === 0 ? 'no verb' : `several verbs (${used.join(', ')})`}; one of ${verbs.join(', ')}`;
      if (used.length !== 1) context.addIssue({ code: 'custom', path: ['hops', index], message });
    });
  });
export type ChainFile = z.output<typeof chainFile>;
export type Hop = ChainFile['hops'][number];
export type Expectation = NonNullable<Hop['expect']>;
