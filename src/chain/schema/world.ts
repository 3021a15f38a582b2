// Who takes part in a chain: trust domains made for it in one process, or servers that run already.

import { z } from 'zod';
import { credentials } from '../../config/schema/send.ts';
import { members, name, orNothing, text, texts } from './values.ts';

const scopesByName = z.record(text, texts);

const domain = z.strictObject({
  person: z
    .union([z.looseObject({ sub: text }), z.literal(false)])
    .optional()
    .describe('Claims of who is signed in there; false: nobody. Absent: alice where an agent is at home'),
  resources: scopesByName
    .optional()
    .describe('Its APIs and the scopes of each: by a name, and it is served; by a URI, and it is only named in tokens'),
  files: z
    .strictObject({
      main: members.optional().describe('Laid over crossgrant.yaml'),
      domains: z.record(z.string(), members.nullable()).optional().describe('Laid over the files of `domains`'),
    })
    .optional()
    .describe(
      'Laid over the files of its broker. Brokers are at https://as.DOMAIN.example, APIs at https://api.DOMAIN.example/NAME, sign-in at https://login.DOMAIN.example',
    ),
});

const trust = z.strictObject({
  grant: z
    .enum(['id-jag', 'jwt'])
    .optional()
    .describe('Absent: id-jag where an agent is at home, jwt further along a chain'),
  scopes: z
    .record(text, text)
    .optional()
    .describe('What is asked for at home → what the other domain calls it; absent: every scope by its own name'),
  claims: texts.optional().describe('Claims that go along; absent: `email`, and how the user signed in'),
  send: members.optional().describe('Laid over the rule of who sends'),
  accept: members.optional().describe('Laid over the rule of who accepts'),
});

const agent = z.strictObject({
  home: name.describe('The domain whose workload it is'),
  workload: text.optional().describe('Its WIMSE or SPIFFE identifier'),
  auth: z
    .enum(['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none'])
    .optional()
    .describe('How it authenticates, everywhere; absent: private_key_jwt'),
  app: text.optional().describe('Its client id where people sign in; absent: AGENT-app'),
  ids: z.record(name, text).optional().describe('Its client id in other domains; absent: HOME-AGENT'),
  document: z
    .boolean()
    .optional()
    .describe('Known in other domains by its document alone: its id there is https://agents.HOME.example/AGENT'),
  access: scopesByName.optional().describe('What it may have at home; absent: everything there'),
});

const arrow = z.string().regex(/^\S+ -> \S+$/, { error: 'an arrow is written like `acme -> contoso`' });

/** Trust domains as the test kit makes them. */
export const world = z.strictObject({
  domains: z.record(name, orNothing(domain)).describe('Trust domains by name'),
  trust: z
    .record(arrow, orNothing(trust))
    .optional()
    .describe('Who takes whose grants; absent: each sends to the next'),
  agents: z
    .record(name, agent)
    .optional()
    .describe('Who acts for people; absent: one, `agent`, at home in the first domain'),
  secrets: z
    .record(name, text)
    .optional()
    .describe('Secrets that `files` refer to by `env`; they protect nothing outside of this world'),
});

/** A broker that runs, or any other authorization server. */
export const server = z.strictObject({
  issuer: z.url().describe('Its issuer identifier; endpoints are found by its metadata (RFC 8414)'),
  client_id: text.describe('Who we are there'),
  auth: credentials.describe('How we authenticate there'),
  grant: z.enum(['id-jag', 'jwt']).default('id-jag').describe('Kind of grant it takes from others'),
});
