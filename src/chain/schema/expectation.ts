// What must come of a hop: a token, a refusal, or an answer; and which of these a hop can bring.

import { z } from 'zod';
import { wouldBeOutcomes } from '../../audit/would-be.ts';
import { words } from '../../config/schema/values.ts';
import { members, name, text, texts } from './values.ts';

const token = {
  scope: words.optional().describe('Exactly these scopes'),
  audience: words.optional().describe('Exactly these in `aud`'),
  resource: words.optional().describe('Exactly these in `resource` of the answer'),
  subject: text.optional().describe('`sub` of the token'),
  client: text.optional().describe('`client_id` of the token'),
  actor: text.nullable().optional().describe('Who acts now; null: nobody'),
  actors: texts.optional().describe('The whole chain of actors, who acts now first'),
  kind: text.optional().describe('Kind of token: id-jag, jwt, access_token, or a token type identifier'),
  token_type: text.optional().describe('`token_type` of the answer: Bearer, DPoP or N_A'),
  bound: z
    .union([z.boolean(), name])
    .optional()
    .describe('Bound to the key of this name; true: to that of `dpop: true`; false: to none (RFC 9449 §6)'),
  expires_in: z.int().min(1).optional().describe('Exactly so many seconds'),
  lives_at_most: z.int().min(1).optional().describe('No more than so many seconds'),
  rule: text.optional().describe('Id of the rule that allowed it, by the audit record'),
  claims: members.optional().describe('Further claims of the token'),
  details: z
    .array(members)
    .optional()
    .describe('Exactly these `authorization_details` of the token, in this order (RFC 9396 §9.1)'),
  renamed: z
    .record(text, text)
    .optional()
    .describe('For `shrinks`: scopes of the other token → what they are called in this one'),
  shrinks: name.optional().describe('Saved token that it must not outlive or go beyond, and whose actors it keeps'),
};

const tried = {
  would_be: z
    .enum(wouldBeOutcomes)
    .optional()
    .describe('What rules in report-only would have made of it, by the audit record'),
};

const refusal = { refused: text.optional().describe('Reason of the refusal table, or OAuth error code') };

const answer = {
  status: z.int().optional().describe('HTTP status'),
  error: text.optional().describe('OAuth error code'),
  active: z.boolean().optional().describe('Whether introspection calls the token active'),
  body: members.optional().describe('Members of the JSON answer'),
};

/** What is expected; which members a hop may have depends on its verb. */
export const expectation = z.strictObject({ ...token, ...tried, ...refusal, ...answer });
export type Expectation = z.infer<typeof expectation>;

type Member = keyof Expectation;
const tokens = Object.keys(token) as Member[];

const bringsToken: readonly Member[] = [...tokens, 'would_be', 'refused', 'status', 'error'];
const onlyRefused: readonly Member[] = ['refused', 'status', 'error'];
const besideRefused: readonly Member[] = [...onlyRefused, 'would_be'];
const brings: Readonly<Record<string, readonly Member[]>> = {
  exchange: bringsToken,
  redeem: bringsToken,
  call: ['status', 'error', 'body'],
  introspect: ['refused', 'status', 'error', 'active', 'body'],
  revoke: onlyRefused,
};

/** What is expected and can never be, each with the reason: such a hop would pass unlooked at. */
export function impossible(verb: string, expected: Expectation): readonly { member: Member; message: string }[] {
  const known = brings[verb] ?? [];
  const written = (Object.keys(expected) as Member[]).filter((member) => expected[member] !== undefined);
  return written.flatMap((member) => {
    if (!known.includes(member)) return [{ member, message: `cannot be expected of ${verb}` }];
    if (member === 'renamed' && expected.shrinks === undefined)
      return [{ member, message: 'needs `shrinks` beside it' }];
    if (expected.refused !== undefined && !besideRefused.includes(member)) {
      return [{ member, message: 'cannot be expected beside `refused`: a refusal brings no token' }];
    }
    if (
      expected.refused === undefined &&
      member !== 'refused' &&
      known === bringsToken &&
      onlyRefused.includes(member)
    ) {
      return [{ member, message: 'needs `refused` beside it' }];
    }
    return [];
  });
}
