// Makes a configuration the one in force: a numbered version in the store, with a record of who did it and what it changed.

import type { AuditRecord } from '../audit/record.ts';
import { closeTrace, openTrace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import type { VersionFiles } from '../config/version-files.ts';
import type { VersionEntry } from '../store/store.ts';
import { riskClasses } from './diff/types.ts';
import type { Plan } from './plan.ts';

/** Who applies a plan, and why. */
export type Application = { readonly author: string; readonly note: string | null };

export type Applied = VersionEntry & { readonly traceId: string };

/** The version that came of it; undefined when somebody else applied one after the plan was made: nothing was written. */
export async function applyPlan(
  { against, digest, lines }: Plan,
  files: VersionFiles,
  { author, note }: Application,
  { store, now }: Pick<Broker, 'store' | 'now'>,
): Promise<Applied | undefined> {
  const expected = against?.version.version ?? null;
  const at = now();
  const version = (expected ?? 0) + 1;
  const counts = riskClasses.map((risk) => [risk, lines.filter((line) => line.class === risk).length] as const);
  const record: AuditRecord = {
    ...closeTrace(openTrace('config.apply', at)),
    config: { version, digest, author, note, changes: Object.fromEntries(counts) },
  };
  const added = await store.addVersion({ at, author, note, digest, files }, expected, record);
  if (added === undefined) return undefined;
  return { version: added, at, author, note, digest, traceId: record.traceId };
}

/** True where somebody may get more than before, or may be refused: what a person should have seen. */
export function needsConsent({ lines, replay }: Plan): boolean {
  const risky = ({ class: risk }: Pick<Plan['lines'][number], 'class'>) =>
    risk === 'widens access' || risk === 'breaks callers';
  return lines.some(risky) || (replay?.answers.some(risky) ?? false);
}
