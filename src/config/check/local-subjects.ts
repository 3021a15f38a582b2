// Local subjects: no name of ours may be given to people of two domains, unless somebody says that they are the same.

import type { Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault } from '../problems.ts';
import { acceptSites, accessSites, sendSites } from '../rule-sites.ts';
import { byExtent, nameBook } from './name-book.ts';
import { anything } from './name-patterns.ts';
import { type Naming, ownNamings, partnerNamings, sourcesOf } from './subject-names.ts';

/** Mappings by which the subject of one domain would get the account of another domain's subject. */
export function checkLocalSubjects(files: Files): readonly Fault[] {
  return [...unknownNames(files), ...sharedNames(files)];
}

function unknownNames(files: Files): readonly Fault[] {
  const known = files.domains.map(({ domain }) => domain);
  return acceptSites(files).flatMap(({ file, path, rule }) =>
    rule.same_subjects_as.flatMap((name, at): readonly Fault[] => {
      if (known.includes(name)) return [];
      const message = 'no domain is called that';
      return [{ file, path: [...path, 'same_subjects_as', at], message, hint: suggest(name, known) }];
    }),
  );
}

/** Each mapping is told of once, with the first that meets it. */
function sharedNames(files: Files): readonly Fault[] {
  const sameAs = new Map(acceptSites(files).map(({ file, rule }) => [file.domain, new Set(rule.same_subjects_as)]));
  const book = nameBook<Naming>();
  const told = new Set<string>();
  const namings = [...ownNamings(files), ...partnerNamings(files)];
  const entries = namings.flatMap((naming) => naming.patterns.map((pattern) => ({ naming, pattern })));
  entries.sort((left, right) => byExtent(left.pattern, right.pattern));
  return entries.flatMap(({ naming, pattern }): readonly Fault[] => {
    const met = book.find(pattern, (other) => mayNotMeet(naming, other, sameAs));
    book.add(pattern, naming);
    if (met === undefined) return [];
    const [looser, other] = looserFirst(naming, met.owner);
    const place = `${looser.file.name} ${looser.path}`;
    if (told.has(place)) return [];
    told.add(place);
    return [faultAt(looser, other, met.name)];
  });
}

/** Ours and ours are for a rule to tell apart; an account of ours may be found by a partner that is let find it. */
function mayNotMeet(one: Naming, other: Naming, sameAs: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  if (one.domain === other.domain || !(one.isPartner || other.isPartner)) return false;
  if (one.isMade && other.isMade) return false;
  if (sameAs.get(one.domain)?.has(other.domain) || sameAs.get(other.domain)?.has(one.domain)) return false;
  return one.isPartner && other.isPartner ? true : !(one.findsOurs || other.findsOurs);
}

/** What has to change: never how our own people are called, and rather what can be any name than what has a prefix. */
function looserFirst(one: Naming, other: Naming): readonly [Naming, Naming] {
  const isLoose = ({ patterns }: Naming) => patterns.some(([first]) => first === anything);
  const second = !one.isPartner || (other.isPartner && isLoose(other) && !isLoose(one));
  return second ? [other, one] : [one, other];
}

function faultAt({ file, path, domain, findsOurs }: Naming, other: Naming, name: string): Fault {
  const theirs = `people of ${other.domain}${other.isPartner ? '' : ', which are ours'} (${other.rule})`;
  const message = `can give people of ${domain} a name that ${theirs} can have, such as ${name}`;
  const template = findsOurs ? '' : `write a template such as ${domain}|{sub}; or `;
  return {
    file,
    path,
    message,
    hint: `${template}same_subjects_as: [${other.domain}], where they are the same people`,
  };
}

/** Rules for people of several domains of ours that say nothing of it. */
export function adviseOnSubjects(files: Files): readonly Fault[] {
  const rules = [...accessSites(files), ...sendSites(files)];
  return rules.flatMap(({ file, path, rule }): readonly Fault[] => {
    const subject = Array.isArray(rule.subject) ? rule.subject : [rule.subject];
    const sources = rule.from.length > 0 ? [] : sourcesOf([], files).map(({ domain }) => domain);
    const alike = subject.some(({ name, settings }) => name === 'sub' && settings['to'] === undefined);
    if (sources.length < 2 || !alike) return [];
    const message = `takes alice of ${sources.slice(0, -1).join(', ')} and alice of ${sources.at(-1)} for one person`;
    const hint = 'write `from`, or a template with {issuer} as its subject';
    return [{ file, path, message, hint, part: 'key' }];
  });
}
