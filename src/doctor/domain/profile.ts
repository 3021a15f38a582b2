// The make a partner shows beside the one its file names.

import type { DomainFile } from '../../config/files.ts';
import { profileNamed } from '../../trust/profiles/index.ts';
import type { Profile } from '../../trust/profiles/types.ts';
import type { Say } from '../say.ts';
import type { Said } from '../types.ts';

/** Profiles that fit any server. */
const general: ReadonlySet<string> = new Set(['oidc', 'oauth']);

export function profileSaid(shown: Profile, { config }: DomainFile, say: Say): readonly Said[] {
  const named = profileNamed(config.profile ?? '');
  if (named?.name === shown.name) return [say.ok(`is ${shown.make}, as its file says`)];
  // A make is about how its tokens are read; grants are the same of whoever sends them.
  if (general.has(shown.name) || config.subjects === undefined) return [];
  const found = `looks like ${shown.make}`;
  const change = `\`profile: ${shown.name}\` in its file; \`crossgrant profiles show ${shown.name}\` says what that means`;
  if (named === undefined || general.has(named.name)) return [say.notice(found, `write ${change}`)];
  return [say.warning(`${found}, and its file says ${named.make}`, `write ${change}`)];
}
