// What a profile says for what a domain file leaves out, laid under what is written before the schema sees it.

import { isJsonObject, type JsonObject } from '../jose/json.ts';
import { profileNamed } from '../trust/profiles/index.ts';
import type { ProfileDefaults } from '../trust/profiles/types.ts';
import type { Path } from './problems.ts';

/** One value that came from the profile, and where it would be written. */
export type Laid = { readonly path: Path; readonly value: unknown };

/** A written domain file with its profile under it: what is written counts, and no section comes to be that is not written. */
export function withProfile(written: unknown): { readonly value: unknown; readonly laid: readonly Laid[] } {
  if (!isJsonObject(written)) return { value: written, laid: [] };
  const { profile: name, issuer } = written;
  const profile = typeof name === 'string' ? profileNamed(name) : undefined;
  if (profile === undefined) return { value: written, laid: [] };
  const { subjects, ...top } = profile.defaults(typeof issuer === 'string' ? issuer : '');
  const file = layUnder(written, top, []);
  if (subjects === undefined || !isJsonObject(written['subjects'])) return file;
  const section = subjectsWith(written['subjects'], subjects);
  return { value: { ...file.value, subjects: section.value }, laid: [...file.laid, ...section.laid] };
}

type Layered = { readonly value: JsonObject; readonly laid: readonly Laid[] };

/** Conditions add up: one on another claim takes none away. */
function subjectsWith(written: JsonObject, defaults: NonNullable<ProfileDefaults['subjects']>): Layered {
  const { when, ...others } = defaults;
  const section = layUnder(written, others, ['subjects']);
  if (when === undefined) return section;
  const conditions = written['when'] ?? {};
  if (!isJsonObject(conditions)) return section;
  const all = layUnder(conditions, when, ['subjects', 'when']);
  return { value: { ...section.value, when: all.value }, laid: [...section.laid, ...all.laid] };
}

function layUnder(written: JsonObject, defaults: object, path: Path): Layered {
  const missing = Object.entries(defaults).filter(([key]) => !Object.hasOwn(written, key));
  return {
    value: { ...Object.fromEntries(missing), ...written },
    laid: missing.map(([key, value]) => ({ path: [...path, key], value })),
  };
}
