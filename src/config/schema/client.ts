// A client in the configuration: how it authenticates, composed from the catalog of methods, and what it may do.

import { z } from 'zod';
import { clientMethods } from '../../token/clients/methods/index.ts';
import type { ClientMethod } from '../../token/clients/methods/types.ts';
import { grants } from '../../token/grants/index.ts';
import { accessEntry } from './access.ts';
import { rate, resourceUri } from './values.ts';
import { oneOfVariants } from './variants.ts';

const methods: readonly ClientMethod[] = clientMethods;

/** `auth` of a client; beside `method` it holds what that method registers. */
const clientAuth = oneOfVariants(
  'method',
  methods.map(({ name, spec, registration }) => ({ name, spec, schema: registration })),
).describe('How it authenticates at the token endpoint');

/** A workload identifier (WIMSE, SPIFFE). */
const agent = z
  .string()
  .regex(/^(spiffe|wimse):\/\/[^\s/?#]+(\/[^\s?#]*)?$/, { error: 'must be a spiffe:// or wimse:// identifier' })
  .describe('Workload identifier of the agent behind it (SPIFFE or WIMSE)');

const dpopBound = z
  .boolean()
  .describe('Every token request must carry a DPoP proof (RFC 9449 §5.2 `dpop_bound_access_tokens`)');

const ownRate = rate.optional().describe('How many requests it may make; absent: `rates.client`');

/** A client of ours, in crossgrant.yaml. */
export const client = z.strictObject({
  agent: agent.optional(),
  auth: clientAuth,
  grants: z
    .array(z.enum(grants.map(({ action }) => action)))
    .min(1)
    .default(['token-exchange'])
    .describe('Grant types it may use; being listed in `accept.clients` of a domain adds the two for grants'),
  dpop_bound: dpopBound.default(false),
  introspects: z
    .array(resourceUri)
    .default([])
    .describe('Resources this client serves: it may introspect tokens for them (RFC 7662)'),
  rate: ownRate,
  suspended: z.boolean().default(false).describe('True stops it at once'),
  access: z
    .record(resourceUri.describe('resource'), accessEntry)
    .prefault({})
    .describe('Our own resources it may exchange tokens for (RFC 8693), with the scopes or a whole rule'),
});

/** A client that brings grants of a domain: registered here, or `{}` when it is registered elsewhere. */
export const acceptedClient = z
  .strictObject({
    auth: clientAuth.optional(),
    agent: agent.optional(),
    dpop_bound: dpopBound.optional(),
    rate: ownRate,
  })
  .nullable()
  .transform((registration) => registration ?? {})
  .describe('Its registration, or `{}` for a client registered in crossgrant.yaml or in another domain');
export type AcceptedClient = z.infer<typeof acceptedClient>;
