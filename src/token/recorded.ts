// A recorded request, so that it can be decided again: what its record tells of it, and what it does not.

import type { AuditRecord } from '../audit/record.ts';
import type { Broker } from '../broker.ts';
import type { JsonObject } from '../jose/json.ts';
import { grants } from './grants/index.ts';
import { tokenExchange } from './grants/token-exchange.ts';
import { issuedKinds } from './issue/index.ts';
import type { SupposedRequest } from './rehearsal.ts';
import type { Proof } from './types.ts';

/** How the record of both legs calls what was done (deliver.ts). */
const redeemed = 'redeem';

/** `uncertain`: what the decision may have depended on and the record does not tell. */
export type RecordedRequest =
  | { readonly request: SupposedRequest; readonly uncertain: readonly string[] }
  | { readonly problem: string };

/** The request behind a record, on the authority of what the record tells of the subject; `problem`: why there is none. */
export function recordedRequest(record: AuditRecord, domains: Broker['domains']): RecordedRequest {
  const { action, client, subject, asked, failed } = record;
  if (asked === undefined || subject === null || client === null) {
    const why = failed ? `it was refused before that (${failed.reason})` : whyNothing(action);
    return { problem: `the record does not tell what was asked of a rule: ${why}` };
  }
  const claims = claimsOf({ ...record, asked, subject }, domains);
  return {
    request: {
      // Both legs begin as an exchange; what was served from memory has no other record.
      action: action === redeemed ? tokenExchange.action : action,
      client,
      authority: { presented: asked.presented, claims },
      parameters: parametersOf(asked),
      ...(record.risk.proof?.endsWith('dpop') && { proof: someKey }),
    },
    uncertain: [
      ...(asked.details ? ['authorization_details'] : []),
      ...(asked.actors ? ['actors of the presented token'] : []),
    ],
  };
}

const whyNothing = (action: string) =>
  action === redeemed || grants.some((grant) => grant.action === action)
    ? 'an older version wrote it'
    : `it is of ${action}, and no token was asked for`;

/** Which key it was the record does not tell; that one was shown decides. */
const someKey: Proof = { jkt: '', algorithm: 'ES256', spends: [] };

type Asked = NonNullable<AuditRecord['asked']>;
type Recorded = Pick<AuditRecord, 'risk'> & {
  readonly asked: Asked;
  readonly subject: NonNullable<AuditRecord['subject']>;
};

function claimsOf({ asked, subject, risk }: Recorded, domains: Broker['domains']): JsonObject {
  const { issuer, sub, tenant } = subject;
  const { scope, resource } = asked.held ?? {};
  const { proof: _proof, ...signIn } = risk;
  const { tenantClaim = 'tenant', subjectClaim = 'sub', scopeClaim = 'scope' } = domains.get(issuer)?.subjects ?? {};
  return {
    ...asked.claims,
    ...signIn,
    iss: issuer,
    sub,
    [subjectClaim]: sub,
    ...(tenant !== undefined && { [tenantClaim]: tenant }),
    ...(scope && { [scopeClaim]: scope.join(' ') }),
    ...(resource && { resource }),
  };
}

function parametersOf({ audience, resource, scope, kind }: Asked): SupposedRequest['parameters'] {
  const tokenType = issuedKinds.find(({ name }) => name === kind)?.tokenType;
  return {
    ...(audience && { audience }),
    ...(resource && { resource }),
    ...(scope && { scope: [scope.join(' ')] }),
    ...(tokenType !== undefined && { requested_token_type: [tokenType] }),
  };
}
