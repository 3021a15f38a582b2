// A plan: what would change if a configuration were applied, line by line, each with its class.

import { isDeepStrictEqual } from 'node:util';
import type { Loaded } from '../config/compile.ts';
import { digestOf, type VersionFiles } from '../config/version-files.ts';
import { parseJson } from '../jose/json.ts';
import { byRisk, diffFiles } from './diff/index.ts';
import type { Line } from './diff/parts.ts';
import type { InForce } from './in-force.ts';
import { spelledOut } from './spell-out.ts';

export type Plan = {
  /** What the configuration was compared with; undefined: no version is in force, and everything is new. */
  readonly against: InForce | undefined;
  /** Of the configuration that would be applied. */
  readonly digest: string;
  /** True: not a byte differs. */
  readonly same: boolean;
  readonly lines: readonly Line[];
};

/** Compares a configuration with what is in force. */
export function makePlan(against: InForce | undefined, next: Loaded): Plan {
  const digest = digestOf(next.texts);
  const before = against?.loaded;
  const lines = diffFiles(before && spelledOut(before), spelledOut(next));
  const spelling = before ? spelledOtherwise(before.texts, next, lines) : [];
  return { against, digest, same: against?.version.digest === digest, lines: byRisk([...lines, ...spelling]) };
}

/** Files whose text changed while their meaning did not. */
function spelledOtherwise(before: VersionFiles, { texts, files }: Loaded, lines: readonly Line[]): readonly Line[] {
  const told = new Set(lines.map(({ at }) => at.split(':', 1)[0]));
  const names = [...new Set([...Object.keys(before), ...Object.keys(texts)])];
  return names
    .filter((name) => !told.has(name) && isSpelling(name, before[name], texts[name]))
    .map((name) => ({
      class: 'cosmetic',
      group: groupOf(name, files),
      setting: '',
      says: 'comments, order or spelling differ; what it means does not',
      at: `${name}:1`,
      concern: {},
      refusals: [],
      needsRestart: false,
    }));
}

/** Other public keys are told where the file is named. */
function isSpelling(name: string, before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined || before === after) return false;
  return !name.endsWith('.json') || isDeepStrictEqual(parseJson(before), parseJson(after));
}

function groupOf(name: string, { domains }: Loaded['files']): string {
  const domain = domains.find((file) => file.name.endsWith(`/${name}`));
  return domain ? `domain ${domain.domain}` : name;
}
