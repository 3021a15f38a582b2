// Which claims a rule takes over, and which names it must leave alone.

import { z } from 'zod';
import { claimName } from './values.ts';

/** Claims this broker writes itself: a rule that could fill them in would forge who, for whom, where and how much. */
const reserved: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'cnf', 'requested_cnf', 'act', 'tenant'],
  ...['aud_tenant', 'aud_sub', 'sub_id', 'resource', 'scope', 'authorization_details', 'txn'],
]);

/** What we say of a token beside its claims when we are asked about it (RFC 7662 §2.2). */
const introspected: ReadonlySet<string> = new Set(['active', 'token_type', 'username']);

/** Names every object has: whoever reads the token could meet them where no claim is. */
const inherited: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Claims with one meaning everywhere: they can be taken over, not made from something else (RFC 9470 §3). */
const onlyItself: ReadonlySet<string> = new Set(['auth_time', 'acr', 'amr']);

type ClaimPair = { readonly from: string; readonly to: string };

function targetFault({ from, to }: ClaimPair): string | undefined {
  if (reserved.has(to)) return `${to} is written by this broker; no claim can be taken over into it`;
  if (introspected.has(to)) return `${to} belongs to introspection answers; no claim can be taken over into it`;
  if (inherited.has(to)) return `${to} is a name objects have by themselves; no claim can be taken over into it`;
  if (onlyItself.has(to) && from !== to) return `${to} can only be taken over from ${to}`;
  return undefined;
}

/** A claim by its name, or under another name. */
export const claimRule = z
  .union(
    [
      claimName.transform((name) => ({ from: name, to: name })),
      z.strictObject({
        from: claimName.describe('Its name in the presented token'),
        to: claimName.describe('Its name in what we issue'),
      }),
    ],
    { error: 'a claim is given by its name, or as { from: name, to: name }' },
  )
  .superRefine((pair, context) => {
    const fault = targetFault(pair);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, path: ['to'] });
  });
