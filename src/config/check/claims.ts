// Claims that rules and issuers are read by: names a token can have, as far as its specification and make tell.

import { specifiedClaims } from '../../protocol/claims.ts';
import { parseTemplate } from '../../token/claims/subject/template.ts';
import { profileNamed } from '../../trust/profiles/index.ts';
import type { ConfigFile, DomainFile, Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault, Path } from '../problems.ts';
import { acceptSites, accessSites, sendSites } from '../rule-sites.ts';
import type { Chosen } from '../schema/variants.ts';
import { sourcesOf } from './subject-names.ts';

/** A claim that is named somewhere, and the domains whose tokens it is looked for in. */
type Named = {
  readonly claim: string;
  readonly file: ConfigFile<unknown>;
  readonly path: Path;
  readonly part?: 'key';
  /** What people are called by: without it nobody of theirs gets in. */
  readonly names?: boolean;
  readonly sources: readonly DomainFile[];
};

/** Templates with `{tenant}` where no token can have one: they would name nobody. */
export function checkClaims(files: Files): readonly Fault[] {
  const accepted = acceptSites(files)
    .filter(({ rule }) => rule.tenants === undefined)
    .flatMap(({ file, path, rule }) =>
      templatesOf(rule.subject, [...path, 'subject']).map((template) => ({ ...template, file, why: noTenants })),
    );
  const presented = [...sendSites(files), ...accessSites(files)].flatMap(({ file, path, rule }) => {
    const sources = sourcesOf(rule.from, files);
    if (sources.length === 0 || sources.some(({ config }) => config.subjects?.tenant_claim !== undefined)) return [];
    return templatesOf(rule.subject, [...path, 'subject']).map((template) => ({
      ...template,
      file,
      why: noTenantClaim,
    }));
  });
  return [...accepted, ...presented]
    .filter(({ claims }) => claims.includes('tenant'))
    .map(({ file, path, why }) => ({ file, path, message: `{tenant} stands for nothing: ${why}` }));
}

const noTenants = 'this rule has no `tenants`';
const noTenantClaim = 'no domain it is for has a `tenant_claim`';

/** Names that no specification and no make in question knows: all that people are called by or whose makes are known, else those that look like slips. */
export function adviseOnClaims(files: Files): readonly Fault[] {
  return [...ofIssuers(files), ...ofRules(files)].flatMap(adviseOn);
}

function adviseOn({ claim, sources, file, path, part, names = false }: Named): readonly Fault[] {
  const profiles = sources.map(({ config }) => profileNamed(config.profile ?? ''));
  // Names with a namespace are made by whoever runs the issuer.
  if (specifiedClaims.includes(claim) || /[:/]/.test(claim)) return [];
  const known = [...specifiedClaims, ...profiles.flatMap((profile) => profile?.claims ?? [])];
  if (known.includes(claim)) return [];
  const makes = profiles.flatMap((profile) => (profile && profile.claims.length > 0 ? [profile.make] : []));
  const allKnown = makes.length > 0 && makes.length === profiles.length;
  const hint = suggest(claim, known, allKnown ? undefined : slip(claim, names ? 4 : 5));
  if (!allKnown && !names && hint === undefined) return [];
  const says = allKnown ? `${claim} is no claim of ${makes.join(' or ')}` : unknownIn(claim, hint);
  return [{ file, path, message: says, hint, ...(part && { part }) }];
}

/** Of an issuer nobody knows the make of: what people are called by may be a claim of its own. */
const unknownIn = (claim: string, hint: string | undefined) =>
  hint === undefined
    ? `no specification names the claim ${claim}: look at a token, since whoever has none there is refused`
    : `${claim} looks like a slip`;

/** Short names are near to many others. */
const slip = (claim: string, from: number) => (claim.length < from ? 0 : 1);

function ofIssuers({ domains }: Files): readonly Named[] {
  return domains.flatMap((file): readonly Named[] => {
    const { subjects } = file.config;
    if (subjects === undefined) return [];
    const { tenant_claim, subject_claim, client_claim, scope_claim, when, kinds } = subjects;
    const single = Object.entries({ tenant_claim, subject_claim, client_claim, scope_claim });
    const laid = new Set(file.laid.map(({ path }) => path.join('.')));
    return [
      ...single.flatMap(([name, claim]) => (claim === undefined ? [] : [{ claim, path: ['subjects', name] }])),
      ...(kinds ? [{ claim: kinds.claim, path: ['subjects', 'kinds', 'claim'] }] : []),
      ...Object.keys(when).map((claim) => ({ claim, path: ['subjects', 'when', claim], part: 'key' as const })),
    ]
      .filter(({ path }) => !laid.has(path.join('.')))
      .map((named) => ({ ...named, file, sources: [file] }));
  });
}

function ofRules(files: Files): readonly Named[] {
  const received = acceptSites(files).map((site) => ({ ...site, sources: [site.file] }));
  const presented = [...sendSites(files), ...accessSites(files)].map((site) => ({
    ...site,
    sources: sourcesOf(site.rule.from, files),
  }));
  return [...received, ...presented].flatMap(({ file, path, rule, sources }) =>
    [
      ...templatesOf(rule.subject, [...path, 'subject']).flatMap(({ claims, path: place }) =>
        claims
          .filter((claim) => claim !== 'issuer' && claim !== 'id')
          .map((claim) => ({ claim, path: place, names: true })),
      ),
      ...rule.claims.map(({ from }, at) => ({ claim: from, path: [...path, 'claims', at] })),
      ...Object.keys(rule.when).map((claim) => ({ claim, path: [...path, 'when', claim], part: 'key' as const })),
      ...('tenant_from' in rule && rule.tenant_from !== undefined
        ? [{ claim: rule.tenant_from, path: [...path, 'tenant_from'] }]
        : []),
    ].map((named) => ({ ...named, file, sources })),
  );
}

/** The templates of one mapping or several, with the claims in them. */
function templatesOf(subject: Chosen | readonly Chosen[], path: Path) {
  return [subject].flat().flatMap(({ settings: { to } }, at) => {
    if (typeof to !== 'string') return [];
    const place = Array.isArray(subject) && subject.length > 1 ? [...path, at] : path;
    return [{ claims: parseTemplate(to).claims, path: place }];
  });
}
