// One file of the folder `domains`: an issuer we trust, and for what.

import { z } from 'zod';
import { signatureAlgorithms } from '../../jose/algorithms.ts';
import { keyReference, secretReference } from '../../trust/references.ts';
import { acceptRule } from './accept.ts';
import { send } from './send.ts';
import { claimName, clientId, duration, issuerIdentifier, resourceUri } from './values.ts';

const clientThere = z
  .union([
    clientId.transform((id) => ({ id, audiences: [] })),
    z.strictObject({
      id: clientId.describe('Its client id there'),
      audiences: z
        .array(resourceUri)
        .default([])
        .describe('Resources it is there: it may present access tokens made for them (identity chaining App. B.1)'),
    }),
  ])
  .describe('Its client id there, or more of it');

const introspection = z.strictObject({
  endpoint: z.url().optional().describe('Introspection endpoint; absent: what the metadata of the issuer says'),
  client_id: clientId.describe('Our client id there'),
  secret: secretReference.describe('Our client secret there'),
  method: z
    .enum(['client_secret_basic', 'client_secret_post'])
    .default('client_secret_basic')
    .describe('How we authenticate there'),
  cache: duration.prefault('30s').describe('How long an answer is believed'),
});

const subjects = z
  .strictObject({
    tokens: z
      .array(z.enum(['id_token', 'access_token', 'jwt']))
      .min(1)
      .describe('Token types taken as subject tokens'),
    clients: z
      .record(clientId.describe('client'), clientThere)
      .describe('Our client → how it is known there; who is not listed may present nothing of this issuer'),
    access_tokens: z
      .enum(['rfc9068', 'jwt', 'opaque'])
      .default('rfc9068')
      .describe('What its access tokens are: `at+jwt` (RFC 9068), a plain JWT, or opaque (RFC 7662)'),
    introspection: introspection.optional().describe('Where opaque access tokens are asked about'),
    tenant_claim: claimName.optional().describe('Claim that names the tenant, for an issuer with several'),
  })
  .superRefine(({ access_tokens: form, introspection: asked }, context) => {
    if (form === 'opaque' && asked === undefined) {
      context.addIssue({ code: 'custom', path: ['access_tokens'], message: 'opaque tokens need `introspection`' });
    }
    if (form !== 'opaque' && asked !== undefined) {
      context.addIssue({ code: 'custom', path: ['introspection'], message: 'only for `access_tokens: opaque`' });
    }
  });
export type SubjectsConfig = z.infer<typeof subjects>;

const state = z
  .enum(['enforce', 'report-only', 'suspended'])
  .default('enforce')
  .refine((value) => value !== 'report-only', { error: 'report-only is not available in this version' })
  .describe('`suspended` stops everything of the domain at once');

const isDate = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;

/** A day; an instant would be another one in every time zone a reviewer sits in. */
const expires = z
  .string()
  .refine(isDate, { error: 'must be a date such as 2027-06-30' })
  .meta({ title: 'date' })
  .describe('Last day (UTC) of this trust; past it everything of the domain is refused');

/** Algorithms we take unless told otherwise. */
const usualAlgorithms = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] as const;

/** A file in `domains`. */
export const domainFile = z.strictObject({
  issuer: issuerIdentifier.describe('Issuer identifier (RFC 8414 §2), compared byte for byte'),
  contact: z.string().min(1).describe('Whom to call when something is wrong'),
  state,
  expires: expires.optional(),
  keys: keyReference.optional().describe('Its public keys; absent: found by discovery at the issuer (RFC 8414 §3)'),
  algs: z
    .array(z.enum(signatureAlgorithms))
    .min(1)
    .default([...usualAlgorithms])
    .describe('Signature algorithms taken from it'),
  subjects: subjects.optional().describe('Its tokens as the authority of somebody (RFC 8693 §2.1)'),
  send: send.optional().describe('Ours → its authorization server: one rule, or a list of named rules'),
  accept: acceptRule.optional().describe('Its grants → our access tokens'),
});
export type DomainConfig = z.infer<typeof domainFile>;
