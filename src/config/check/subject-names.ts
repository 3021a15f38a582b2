// Names our subjects can get: for each rule and each domain whose people it names, as patterns.

import { audSub } from '../../token/claims/subject/aud-sub.ts';
import { accountByEmail } from '../../token/claims/subject/email.ts';
import { justInTime } from '../../token/claims/subject/just-in-time.ts';
import { fromSub } from '../../token/claims/subject/same.ts';
import { staticMap } from '../../token/claims/subject/static-map.ts';
import { parseTemplate } from '../../token/claims/subject/template.ts';
import type { ConfigFile, DomainFile, Files } from '../files.ts';
import type { Path } from '../problems.ts';
import { acceptSites, accessSites } from '../rule-sites.ts';
import type { Chosen } from '../schema/variants.ts';
import { anything, digest, type Hole, mailbox, ordinary, type Pattern } from './name-patterns.ts';

/** Names that subjects of one domain can get by one mapping of one rule. */
export type Naming = {
  readonly rule: string;
  readonly domain: string;
  /** The domain brings grants; else its people are ours. */
  readonly isPartner: boolean;
  /** The mapping is there to find an account of ours: an address, a list, a name the partner was told. */
  readonly findsOurs: boolean;
  /** The mapping makes names from a digest of issuer and subject: nobody else's can be the same. */
  readonly isMade: boolean;
  readonly patterns: readonly Pattern[];
  readonly file: ConfigFile<unknown>;
  readonly path: Path;
};

/** How partners' subjects are called here, mapping by mapping. */
export function partnerNamings(files: Files): readonly Naming[] {
  return acceptSites(files).flatMap(({ id, file, path, rule: { subject, tenants } }) =>
    subject.map((mapping, at) => ({
      rule: id,
      domain: file.domain,
      isPartner: true,
      isMade: mapping.name === justInTime.from,
      findsOurs: [audSub.from, accountByEmail.from, staticMap.from].includes(mapping.name),
      patterns: patternsOf(mapping, {
        issuer: file.config.issuer,
        tenants: Object.keys(tenants ?? {}),
        hole: anything,
      }),
      file,
      path: [...path, 'subject', ...(subject.length === 1 ? [] : [at])],
    })),
  );
}

/**
 * How our own people are called in tokens for our own resources, each way once. Our own tokens come with names we gave before.
 */
export function ownNamings(files: Files): readonly Naming[] {
  const known = new Set<string>();
  const isNew = (...parts: readonly unknown[]) => known.size < known.add(JSON.stringify(parts)).size;
  return accessSites(files).flatMap(({ id, file, path, rule }) =>
    sourcesOf(rule.from, files).flatMap(({ domain, config: { issuer } }) =>
      rule.subject
        .filter((mapping) => isNew(domain, mapping))
        .map((mapping) => ({
          rule: id,
          domain,
          isPartner: false,
          findsOurs: false,
          isMade: mapping.name === justInTime.from,
          patterns: patternsOf(mapping, { issuer, tenants: [], hole: ordinary }),
          file,
          path: [...path, 'subject'],
        })),
    ),
  );
}

/** Domains with subjects, as far as a rule is for them; our own issuer is none. */
export function sourcesOf(from: readonly string[], { main, domains }: Files): readonly DomainFile[] {
  return domains
    .filter(({ config }) => config.subjects && config.issuer !== main.config.issuer)
    .filter(({ domain }) => from.length === 0 || from.includes(domain));
}

type Context = { readonly issuer: string; readonly tenants: readonly string[]; readonly hole: Hole };

function patternsOf({ name, settings }: Chosen, context: Context): readonly Pattern[] {
  const { to, map, domains } = settings;
  if (name === fromSub.from) return typeof to === 'string' ? templatePatterns(to, context) : [[context.hole]];
  if (name === justInTime.from) return templatePatterns(String(to), context);
  if (name === accountByEmail.from) return texts(domains).map((domain) => [mailbox, `@${domain}`]);
  if (name === staticMap.from) return texts(Object.values(Object(map))).map((ours) => [ours]);
  return [[anything]];
}

const texts = (values: unknown): readonly string[] =>
  Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];

/** `{issuer}` is known, and of `{tenant}` every value that can come. */
function templatePatterns(text: string, { issuer, tenants, hole }: Context): readonly Pattern[] {
  const { claims, literals } = parseTemplate(text);
  const fillings = (claim: string): readonly (string | Hole)[] => {
    if (claim === 'issuer') return [issuer];
    if (claim === 'id') return [digest];
    return claim === 'tenant' && tenants.length > 0 ? tenants : [hole];
  };
  return claims
    .reduce<readonly Pattern[]>(
      (patterns, claim, at) =>
        patterns.flatMap((pattern) => fillings(claim).map((filling) => [...pattern, filling, literals[at + 1] ?? ''])),
      [[literals[0] ?? '']],
    )
    .map((pattern) => pattern.filter((part) => part !== ''));
}
