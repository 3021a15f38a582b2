// What is recorded when the keys of a partner or client are others than before.

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

/** A kid is whatever the other side wrote. */
const nameOf = ({ kid, thumbprint }: NamedKey): KeyName => ({
  kid: kid === undefined ? null : printableText(kid),
  thumbprint,
});
