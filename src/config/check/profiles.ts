// Profiles: a file is of the make it says, and what its make is known for has been thought of.

import { profileNamed } from '../../trust/profiles/index.ts';
import type { Handling, Profile } from '../../trust/profiles/types.ts';
import type { DomainFile, Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { sendSites } from '../rule-sites.ts';
import { handlings } from './handling.ts';

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
  const handlingOf = handlings(files);
  return profiled(files).flatMap((each) => {
    const handling = handlingOf(each.file);
    const open = unpinned(each, handling);
    // Nothing more is said of tokens while anybody's count.
    return [...unverifiable(each), ...unwelcome(each), ...open, ...(open.length > 0 ? [] : overlooked(each, handling))];
  });
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
function unpinned({ file, profile: { pin } }: Profiled, { conditions }: Handling): readonly Fault[] {
  if (pin === undefined || file.config.subjects === undefined) return [];
  if (pin.claims.some((claim) => conditions.has(claim))) return [];
  const message = `says nothing about whose tokens count, and ${pin.why}`;
  const hint = `write conditions on ${pin.claims.slice(0, 3).join(' or ')} into \`subjects.when\``;
  return [{ file, path: ['subjects'], message, hint, part: 'key' }];
}

function overlooked({ file, profile }: Profiled, handling: Handling): readonly Fault[] {
  const part = (['subjects', 'accept'] as const).find((name) => file.config[name] !== undefined);
  if (part === undefined) return [];
  return profile.beware.flatMap((beware): readonly Fault[] => {
    const message = beware.overlooked?.(handling);
    if (message === undefined) return [];
    const hint = `\`crossgrant profiles show ${profile.name}\` says what to do`;
    return [{ file, path: [part], message, hint, part: 'key' }];
  });
}
