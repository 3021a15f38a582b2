// `accept`: which grants of a partner we take, and what its people and clients get here for them.

import { z } from 'zod';
import { acceptedClient } from './client.ts';
import { governed, lifetimeOr, ruleParts, ruleState, signInByDefault } from './rule.ts';
import { grantKinds } from './send.ts';
import { acceptedSubject } from './subject.ts';
import { clientId, domainName, lifetime, resourceUri } from './values.ts';

/** A tenant that keeps its subjects apart; these two words stand for all accounts of a kind (ID-JAG §6, OpenID enterprise extensions). */
const tenantOfMany = z
  .string()
  .min(1)
  .refine((tenant) => tenant !== 'personal' && tenant !== 'organization', {
    error: '`personal` and `organization` are shared by many accounts; they tell no tenants apart',
  })
  .describe('tenant');

/** Exactly one host each: whoever may put up a document there may bring this domain's grants. */
const clientHost = z.string().refine(isHost, {
  error:
    'must be one host as a URL has it, such as agents.acme.example or agents.acme.example:8443; no pattern, no path',
});

function isHost(text: string): boolean {
  return (
    /^[a-z0-9.:[\]-]+$/.test(text) && URL.canParse(`https://${text}/`) && new URL(`https://${text}/`).host === text
  );
}

const clientMetadata = z
  .strictObject({
    hosts: z
      .array(clientHost)
      .default([])
      .describe('Hosts on which every document counts: name only those where nobody else can put one up'),
    urls: z.array(clientId).default([]).describe('Single documents, by their whole URL: for hosts that are shared'),
  })
  .refine(({ hosts, urls }) => hosts.length + urls.length > 0, { error: 'needs `hosts` or `urls`' });
export type ClientMetadataPlaces = z.infer<typeof clientMetadata>;

/** What a domain may bring, and what comes of it. */
export const acceptRule = z.strictObject({
  state: ruleState,
  grants: z.array(z.enum(grantKinds)).min(1).default(['id-jag']).describe('Kinds of grant taken from this domain'),
  clients: z
    .record(clientId.describe('client'), acceptedClient)
    .prefault({})
    .describe('Clients that may bring its grants; they may use jwt-bearer and jwt-dpop, whatever else they may use'),
  client_metadata: clientMetadata
    .optional()
    .describe('Clients that may, too, without being listed: their id is the https URL of a document with their keys'),
  subject: acceptedSubject,
  same_subjects_as: z
    .array(domainName)
    .default([])
    .describe('Domains whose subjects are the same people: only with them may a name of ours be shared'),
  ...governed,
  resources: z.array(resourceUri).min(1).describe('Our resources it gives access to'),
  ...ruleParts,
  scope_mode: z
    .enum(['reject', 'narrow'])
    .default('reject')
    .describe('A request beyond the grant is refused, or cut down to it (RFC 7521 §4.1)'),
  claims: signInByDefault,
  actor: z.enum(['carry', 'refuse']).default('carry').describe('Actors are carried as they came, or refused'),
  tenants: z
    .record(tenantOfMany, z.string().min(1).describe('Ours'))
    .optional()
    .describe('Their tenant → ours, for an issuer with several (ID-JAG §6)'),
  delegated_keys: z
    .boolean()
    .default(false)
    .describe('Its grants may name a key that is not of who redeems them (`requested_cnf`): it vouches for the proof'),
  reuse: z
    .enum(['once', 'until_expiry'])
    .default('once')
    .describe('A grant is good once, or until it expires (ID-JAG §4.4.3)'),
  audience: z
    .array(z.enum(['issuer', 'token_endpoint']))
    .min(1)
    .default(['issuer'])
    .describe('Which of these a plain jwt grant may name as its one audience (RFC 7523 §3)'),
  max_grant_lifetime: lifetime.prefault('5m').describe('Longest life of a grant, from `iat` to `exp`'),
  lifetime: lifetimeOr('10m'),
});
export type AcceptRule = z.infer<typeof acceptRule>;
