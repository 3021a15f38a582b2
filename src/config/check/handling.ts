// How a configuration takes the tokens and grants of one domain: by which claims people are named, and under which conditions.

import { accountByEmail } from '../../token/claims/subject/email.ts';
import { parseTemplate } from '../../token/claims/subject/template.ts';
import type { Handling } from '../../trust/profiles/types.ts';
import type { DomainFile, Files } from '../files.ts';
import { acceptSites, accessSites, sendSites } from '../rule-sites.ts';
import type { Chosen } from '../schema/variants.ts';

/** Looks at all rules the tokens or grants of a domain can be used with. */
export function handlings(files: Files): (file: DomainFile) => Handling {
  const accepts = acceptSites(files);
  const presented = [...accessSites(files), ...sendSites(files)];
  return ({ domain, config }) => {
    const { tokens = [], subject_claim: subject = 'sub', when = {} } = config.subjects ?? {};
    const accepted = accepts.filter(({ file }) => file.domain === domain).map(({ rule }) => rule);
    const using = presented
      .map(({ rule }) => rule)
      .filter(({ from }) => config.subjects && (from.length === 0 || from.includes(domain)));
    const rules = [...accepted, ...using];
    const names = rules.flatMap(({ subject: mapping }) => [mapping].flat().flatMap(claimsOf));
    return {
      tokens,
      subject,
      names: new Set(names.map((claim) => (claim === 'sub' ? subject : claim))),
      conditions: new Map([...onEvery(using.map((rule) => rule.when)), ...Object.entries(when)]),
    };
  };
}

/** Claims whose values a mapping takes names from. */
function claimsOf({ name, settings: { to } }: Chosen): readonly string[] {
  if (name === accountByEmail.from) return ['email'];
  return typeof to === 'string' ? parseTemplate(to).claims : ['sub'];
}

type Conditions = Readonly<Record<string, readonly string[]>>;

/** What every one of these demands in some way. */
function onEvery([first = {}, ...others]: readonly Conditions[]): readonly (readonly [string, readonly string[]])[] {
  return Object.keys(first)
    .filter((claim) => others.every((when) => Object.hasOwn(when, claim)))
    .map((claim) => [claim, [first, ...others].flatMap((when) => when[claim] ?? [])]);
}
