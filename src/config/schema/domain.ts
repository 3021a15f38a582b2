// One file of the folder `domains`: an issuer we trust, and for what.

import { z } from 'zod';
import { signatureAlgorithms, usualAlgorithms } from '../../jose/algorithms.ts';
import { profileNames } from '../../trust/profiles/index.ts';
import { domainKeys, secretReference } from '../../trust/references.ts';
import { acceptRule } from './accept.ts';
import { proxy } from './proxy.ts';
import { send } from './send.ts';
import { subjects } from './subject-tokens.ts';
import { clientId, isDay, issuerIdentifier } from './values.ts';

const state = z
  .enum(['enforce', 'report-only', 'suspended'])
  .default('enforce')
  .describe(
    '`suspended` stops everything of the domain at once; `report-only`: what was in force before counts, and what this file would answer is recorded',
  );

/** A day; an instant would be another one in every time zone a reviewer sits in. */
const expires = z
  .string()
  .refine(isDay, { error: 'must be a date such as 2027-06-30' })
  .meta({ title: 'date' })
  .describe('Last day (UTC) of this trust; past it everything of the domain is refused');

/** A file in `domains`. */
export const domainFile = z.strictObject({
  issuer: issuerIdentifier.describe('Issuer identifier (RFC 8414 §2), compared byte for byte'),
  profile: z
    .enum(profileNames)
    .optional()
    .describe('Its make: what this file leaves out of how its tokens are read is as `crossgrant profiles show` says'),
  contact: z.string().min(1).describe('Whom to call when something is wrong'),
  state,
  expires: expires.optional(),
  keys: domainKeys
    .optional()
    .describe(
      'Its public keys; absent: found by discovery at the issuer (RFC 8414 §3); `pin`: found there, and each needs approval',
    ),
  algs: z
    .array(z.enum(signatureAlgorithms))
    .min(1)
    .default([...usualAlgorithms])
    .describe('Signature algorithms taken from it'),
  subjects: subjects.optional().describe('Its tokens as the authority of somebody (RFC 8693 §2.1)'),
  send: send.optional().describe('Ours → its authorization server: one rule, or a list of named rules'),
  explain: z
    .strictObject({
      url: z.url().describe('Its `/admin/explain`'),
      token: secretReference.describe('What it gave us as bearer token for that'),
    })
    .optional()
    .describe('Where a partner that is a crossgrant tells what it would make of our grants'),
  probe: z
    .strictObject({
      client: clientId.describe('Our client whose id and credentials there (`send.redeem.clients`) are used'),
      rule: z.string().min(1).optional().describe('Name of the `send` rule, where there are several'),
      subject: z
        .string()
        .min(1)
        .default('crossgrant-probe')
        .describe('`sub` of the grants: somebody without any rights'),
      other_client: clientId.optional().describe('Another client id that exists there, to try grants made for it'),
      pause_ms: z.int().min(0).max(60_000).default(500).describe('Milliseconds of rest between two grants'),
    })
    .optional()
    .describe('Lets `crossgrant probe` try good and bad grants at this partner; agree on it with them first'),
  proxy: proxy
    .optional()
    .describe('Its servers that callers reach through `/proxy` of this broker, with handles (`send.redeem.return`)'),
  accept: acceptRule.optional().describe('Its grants → our access tokens'),
});
export type DomainConfig = z.infer<typeof domainFile>;
