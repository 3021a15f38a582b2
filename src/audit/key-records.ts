// What is recorded of keys of a partner or client: that they are others than before, and that an operator approved some.

import { printableText } from './printable.ts';
import type { AuditRecord, KeyName } from './record.ts';
import { closeTrace, openTrace } from './trace.ts';

type NamedKey = { readonly kid: string | undefined; readonly thumbprint: string };

/** Whose keys they are, and both sets; none before: they are seen for the first time. */
export type KeyChange = {
  readonly domain: string | null;
  readonly client: string | null;
  readonly before: readonly NamedKey[];
  readonly after: readonly NamedKey[];
};

/** The record of a change seen at `now` (milliseconds). */
export function keysChangedRecord({ domain, client, before, after }: KeyChange, now: number): AuditRecord {
  const record = closeTrace(openTrace('keys.changed', now));
  return { ...record, domain, client, keys: { before: before.map(nameOf), after: after.map(nameOf) } };
}

/** An operator's word that these keys of `domain` count. */
export type KeyApproval = {
  readonly domain: string;
  readonly author: string;
  readonly reason: string | null;
  readonly keys: readonly NamedKey[];
};

/** The record of an approval at `now` (milliseconds). */
export function keysApprovedRecord({ domain, author, reason, keys }: KeyApproval, now: number): AuditRecord {
  const record = closeTrace(openTrace('keys.approve', now));
  return { ...record, domain, approval: { author, reason, keys: keys.map(nameOf) } };
}

/** A kid is whatever the other side wrote. */
const nameOf = ({ kid, thumbprint }: NamedKey): KeyName => ({
  kid: kid === undefined ? null : printableText(kid),
  thumbprint,
});
