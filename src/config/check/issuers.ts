// Each issuer once: two files for one issuer would make it a matter of luck which of them counts.

import type { DomainFile, Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { repeated } from './repeated.ts';

/** Issuers that are misspelled, repeated or our own. */
export function checkIssuers(files: Files): readonly Fault[] {
  return [...spelling(files), ...duplicates(files), ...lookalikes(files), ...ourselves(files)];
}

/** RFC 8414 §3.3, RFC 9449 §4.3: others build our addresses from it and compare byte for byte. */
function spelling({ main }: Files): readonly Fault[] {
  const { issuer } = main.config;
  const { href } = new URL(issuer);
  if (href === issuer || href === `${issuer}/`) return [];
  return [{ file: main, path: ['issuer'], message: `is an address that others write as ${href}; write it like that` }];
}

function duplicates({ domains }: Files): readonly Fault[] {
  return repeated(domains, ({ config }) => config.issuer).map(({ item: file, first }) => {
    return { file, path: ['issuer'], message: `is the issuer of ${first.domain} already` };
  });
}

/**
 * Two that only a slash, a port or capital letters keep apart are one issuer to people and two to us: whoever trusts the wrong one
 * wonders why nothing works, and whoever runs the other one is trusted by mistake.
 */
function lookalikes({ main, domains }: Files): readonly Fault[] {
  const known = new Map([[plainForm(main.config.issuer), { issuer: main.config.issuer, whose: 'our own issuer' }]]);
  return domains.flatMap((file): readonly Fault[] => {
    const { issuer } = file.config;
    const form = plainForm(issuer);
    const like = known.get(form);
    if (like === undefined) known.set(form, { issuer, whose: `the issuer of ${file.domain}` });
    if (like === undefined || like.issuer === issuer) return [];
    const message = `differs from ${like.whose}, ${like.issuer}, by ${difference(issuer, like.issuer)} alone`;
    return [{ file, path: ['issuer'], message, hint: 'keep the one that its tokens and metadata say' }];
  });
}

/** The identifier without the slash at its end, if there is one. */
export const withoutSlash = (issuer: string) => issuer.replace(/\/$/, '');
const plainForm = (issuer: string) => withoutSlash(new URL(issuer).href);
const difference = (one: string, other: string) =>
  withoutSlash(one) === withoutSlash(other) ? 'the slash at its end' : 'how the host is written';

/** A domain file with our own issuer lets our access tokens come back as subject tokens, and nothing else. */
function ourselves({ main, domains }: Files): readonly Fault[] {
  return domains.filter(({ config }) => config.issuer === main.config.issuer).flatMap(ownDomain);
}

function ownDomain(file: DomainFile): readonly Fault[] {
  const { send, accept, keys, subjects } = file.config;
  const only = 'is not possible for our own issuer; its domain file may hold `subjects` only';
  const present = Object.entries({ send, accept, keys }).filter(([, value]) => value !== undefined);
  const faults: Fault[] = present.map(([key]) => ({ file, path: [key], message: only, part: 'key' }));
  const tokens = subjects?.tokens.some((kind) => kind !== 'access_token');
  const message = 'our own tokens come back as access_token and rfc9068 only';
  if (tokens) faults.push({ file, path: ['subjects', 'tokens'], message });
  if (subjects && subjects.access_tokens !== 'rfc9068') {
    faults.push({ file, path: ['subjects', 'access_tokens'], message });
  }
  return faults;
}
