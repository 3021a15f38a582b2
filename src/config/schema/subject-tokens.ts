// `subjects`: whose tokens of an issuer count as the authority of somebody, and what stands where in them.

import { z } from 'zod';
import { limits } from '../../protocol/limits.ts';
import { subjectTokenKinds } from '../../trust/domain.ts';
import { secretReference } from '../../trust/references.ts';
import { conditions } from './rule.ts';
import { claimName, clientId, duration, words } from './values.ts';

const clientThere = z
  .union([
    clientId.transform((id) => ({ id, audiences: [] })),
    z.strictObject({
      id: clientId.describe('Its client id there'),
      audiences: z
        .array(z.string().min(1).max(limits.identifier))
        .default([])
        .describe(
          'Resources it is there, as `aud` names them: it may present access tokens made for them (identity chaining App. B.1)',
        ),
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

const kinds = z.strictObject({
  claim: claimName.describe('The claim'),
  id_token: words.optional().describe('What it says in an ID Token'),
  access_token: words.optional().describe('What it says in an access token'),
  jwt: words.optional().describe('What it says in a plain JWT made for us'),
});

export const subjects = z
  .strictObject({
    tokens: z.array(z.enum(subjectTokenKinds)).min(1).describe('Token types taken as subject tokens'),
    clients: z
      .record(clientId.describe('client'), clientThere)
      .describe('Our client → how it is known there; who is not listed may present nothing of this issuer'),
    access_tokens: z
      .enum(['rfc9068', 'jwt', 'opaque'])
      .default('rfc9068')
      .describe('What its access tokens are: `at+jwt` (RFC 9068), a plain JWT, or opaque (RFC 7662)'),
    introspection: introspection.optional().describe('Where opaque access tokens are asked about'),
    tenant_claim: claimName.optional().describe('Claim that names the tenant, for an issuer with several'),
    subject_claim: claimName.optional().describe('Claim that names the subject; absent: `sub`'),
    client_claim: claimName
      .optional()
      .describe('Claim that names the client of an access token or plain JWT; absent: `client_id`, else `azp`'),
    scope_claim: claimName
      .optional()
      .describe(
        'Claim that holds the scope, as text or as a list, without which a token holds none; absent: `scope`, as text (RFC 9068 §2.2.3)',
      ),
    email: z
      .enum(['by_rule', 'unverified'])
      .default('by_rule')
      .describe('An e-mail address without `email_verified` is what the rule that uses it says, or names nobody'),
    when: conditions.describe('Claims its tokens must have, each with one of the values; others do not count'),
    kinds: kinds.optional().describe('A claim by which it tells its own JWTs apart'),
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
