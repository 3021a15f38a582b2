// Domains: each file is there for something, and rules name domains that exist.

import { issuedKinds } from '../../token/issue/index.ts';
import type { Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault } from '../problems.ts';
import { acceptSites, ruleSites, sendSites } from '../rule-sites.ts';
import { repeated } from './repeated.ts';

/** Domains that are there for nothing, and rules that name no domain. */
export function checkDomains(files: Files): readonly Fault[] {
  const checks = [names, purposes, opaqueIssuers, plainTokens, authorities, materials];
  return checks.flatMap((check) => check(files));
}

/** `contoso.yaml` and `contoso.yml`: records could not tell them apart. */
function names({ domains }: Files): readonly Fault[] {
  return repeated(domains, ({ domain }) => domain).map(({ item: file }) => {
    return { file, path: [], message: `another file is called ${file.domain} as well` };
  });
}

function purposes({ domains }: Files): readonly Fault[] {
  const idle = domains.filter(({ config: { subjects, send, accept } }) => !subjects && !send && !accept);
  return idle.map((file) => ({ file, path: [], message: 'needs at least one of `subjects`, `send` and `accept`' }));
}

/** An opaque token does not say whose it is; asking two issuers would show one what belongs to the other. */
function opaqueIssuers({ domains }: Files): readonly Fault[] {
  const known = domains
    .filter(({ config: { subjects } }) => subjects?.access_tokens === 'opaque')
    .flatMap((file) => Object.keys(file.config.subjects?.clients ?? {}).map((client) => ({ file, client })));
  return repeated(known, ({ client }) => client).map(({ item: { file, client }, first }) => {
    const message = `has opaque tokens of ${first.file.domain} already; which issuer to ask would be a guess`;
    return { file, path: ['subjects', 'clients', client], message, part: 'key' };
  });
}

/** A plain JWT would be good once as a grant, and any number of times as a subject token (RFC 7523 §3, RFC 8693 §3). */
function plainTokens(files: Files): readonly Fault[] {
  const again = 'a grant that was used could be exchanged again and again';
  return acceptSites(files).flatMap(({ file, path, rule }): readonly Fault[] => {
    const { tokens = [], access_tokens: format } = file.config.subjects ?? {};
    if (!rule.grants.includes('jwt')) return [];
    const hint = 'keep it in one of the two';
    const at = { file, path: [...path, 'grants'], hint };
    if (tokens.includes('jwt')) return [{ ...at, message: `jwt is among \`subjects.tokens\` too: ${again}` }];
    const plain = tokens.includes('access_token') && format === 'jwt';
    return plain ? [{ ...at, message: `plain JWTs are access tokens of this domain too: ${again}` }] : [];
  });
}

/** `from` of a rule: domains that have subjects. */
function authorities(files: Files): readonly Fault[] {
  const names = files.domains.map(({ domain }) => domain);
  const withSubjects = files.domains.filter(({ config }) => config.subjects).map(({ domain }) => domain);
  return ruleSites(files).flatMap(({ file, path, rule }) =>
    (rule.from ?? []).flatMap((name, at): readonly Fault[] => {
      if (withSubjects.includes(name)) return [];
      const message = names.includes(name) ? `${name} has no \`subjects\`` : 'no domain is called that';
      return [{ file, path: [...path, 'from', at], message, hint: suggest(name, withSubjects) }];
    }),
  );
}

/** A grant is made from some kinds of subject token only: an ID-JAG from ID Tokens (ID-JAG §4.3). */
function materials(files: Files): readonly Fault[] {
  return sendSites(files).flatMap(({ file, path, rule }) => {
    const kind = issuedKinds.find(({ name }) => name === rule.grant);
    const sources = files.domains.filter(({ domain }) => rule.from.includes(domain));
    return sources.flatMap(({ domain, config }): readonly Fault[] => {
      const { tokens } = config.subjects ?? {};
      if (tokens === undefined || kind === undefined || tokens.some((token) => kind.madeFrom.includes(token)))
        return [];
      const materials = kind.madeFrom.join(' or ');
      const message = `is made from ${materials}, which ${domain} does not have in \`subjects.tokens\``;
      return [{ file, path: [...path, 'grant'], message }];
    });
  });
}
