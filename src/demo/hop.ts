// One hop of the demonstration: what was sent, what came back, which token it is about and who stands in it.

import type { StoredAuditRecord } from '../audit/record.ts';
import type { JsonObject } from '../jose/json.ts';
import { decodeJws } from '../jose/jws.ts';
import type { RunningBroker } from '../testkit/broker.ts';
import { traceHeader } from '../token/respond.ts';

export type Hop = {
  readonly title: string;
  /** What happens here, in a sentence or two for somebody who never read the drafts. */
  readonly story: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly parameters: Readonly<Record<string, string>>;
  };
  readonly response: { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
  /** The token that came out of this hop. */
  readonly token?: { readonly name: string; readonly header: JsonObject; readonly claims: JsonObject };
  /** What the broker wrote down about it. */
  readonly allowedBy?: { readonly rule: string; readonly file: string };
  readonly refused?: { readonly reason: string; readonly expected?: unknown; readonly received?: unknown };
  readonly traceId?: string;
  readonly expectedStatus: number;
};

/** True when the answer is the one the story tells of. */
export const asExpected = ({ response, expectedStatus }: Hop) => response.status === expectedStatus;

/** A JWT as a hop shows it; nothing when the answer brought none. */
export function shownToken(name: string, jwt: unknown): Pick<Hop, 'token'> {
  if (jwt === undefined) return {};
  const { header, claims } = decodeJws(String(jwt));
  return { token: { name, header, claims } };
}

/** What the audit trail of the broker on this `side` says of the request this answer belongs to. */
export async function recorded(
  side: string,
  { broker }: RunningBroker,
  headers: Headers,
): Promise<Pick<Hop, 'allowedBy' | 'refused' | 'traceId'>> {
  const traceId = headers.get(traceHeader) ?? '';
  const found: readonly Pick<StoredAuditRecord, 'record'>[] = await broker.store.findAudit(traceId);
  const record = found[0]?.record;
  const { rule, domain, failed } = record ?? {};
  return {
    traceId,
    ...(rule && { allowedBy: { rule, file: `${side}/${domain ? `domains/${domain}.yaml` : 'crossgrant.yaml'}` } }),
    ...(failed && { refused: failed }),
  };
}
