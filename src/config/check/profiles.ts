// Profiles: a file is of the make it says, and what its make is known for has been thought of.

import { profileNamed } from '../../trust/profiles/index.ts';
import type { Profile } from '../../trust/profiles/types.ts';
import type { DomainFile, Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { accessSites, sendSites } from '../rule-sites.ts';

type Profiled = { readonly file: DomainFile; readonly profile: Profile };

function profiled({ domains }: Files): readonly Profiled[] {
  return domains.flatMap((file) => {
    const profile = file.config.profile === undefined ? undefined : profileNamed(file.config.profile);
    return profile ? [{ file, profile }] : [];
  });
}

/** Issuers that cannot be of their make: compared byte for byte, no token would ever count. */
export function checkProfiles(files: Files): readonly Fault[] {
  return profiled(files).flatMap(({ file, profile }): readonly Fault[] => {
    const fault = profile.issuerFault?.(file.config.issuer);
    return fault === undefined ? [] : [{ file, path: ['issuer'], message: fault, hint: `profile ${profile.name}` }];
  });
}

/** What is possible, and known to go wrong with this make. */
export function adviseOnProfiles(files: Files): readonly Fault[] {
  return profiled(files).flatMap((each) => [...unverifiable(each), ...unwelcome(each), ...unpinned(each, files)]);
}

function unverifiable({ file, profile: { make, tokens } }: Profiled): readonly Fault[] {
  return (file.config.subjects?.tokens ?? []).flatMap((kind, at): readonly Fault[] => {
    if (tokens.includes(kind)) return [];
    const message = `of ${make} nobody else can verify ${kind}`;
    return [{ file, path: ['subjects', 'tokens', at], message, hint: `take ${tokens.join(' or ')}` }];
  });
}

function unwelcome({ file, profile: { make, takes } }: Profiled): readonly Fault[] {
  const grants: readonly string[] = takes;
  return sendSites({ domains: [file] }).flatMap(({ path, rule }): readonly Fault[] => {
    if (grants.includes(rule.grant)) return [];
    const message = `${make} is not known to take ${takes.length > 0 ? `${rule.grant} grants` : 'grants of others'}`;
    return [{ file, path: [...path, 'grant'], message }];
  });
}

/** Satisfied by a condition on all tokens, or on every rule they could be used with. */
function unpinned({ file, profile: { pin } }: Profiled, files: Files): readonly Fault[] {
  const { subjects } = file.config;
  if (pin === undefined || subjects === undefined) return [];
  const holds = (when: Readonly<Record<string, unknown>>) => pin.claims.some((claim) => Object.hasOwn(when, claim));
  const rules = [...accessSites(files), ...sendSites(files)]
    .map(({ rule }) => rule)
    .filter(({ from }) => from.length === 0 || from.includes(file.domain));
  if (holds(subjects.when) || (rules.length > 0 && rules.every(({ when }) => holds(when)))) return [];
  const message = `says nothing about whose tokens count, and ${pin.why}`;
  const hint = `write conditions on ${pin.claims.slice(0, 3).join(' or ')} into \`subjects.when\``;
  return [{ file, path: ['subjects'], message, hint, part: 'key' }];
}
