// Report-only: what a domain or a rule says is tried, and what was in force before counts. A version holds both.

import { createHash } from 'node:crypto';
import { parse, stringify } from 'yaml';
import { isJsonObject, type JsonObject } from '../jose/json.ts';
import type { Loaded } from './compile.ts';
import { allFiles, type DomainFile, type Files } from './files.ts';
import { withKeys } from './key-files.ts';
import { type Fault, type Path, throwFaults } from './problems.ts';
import { acceptSites, sendSites } from './rule-sites.ts';
import { enforcedFolder, nameInVersion, type VersionFiles } from './version-files.ts';

/** Where report-only is written; `rule`: the id of the rule it is written in, else it is the whole domain. */
export type TrialSite = { readonly file: DomainFile; readonly path: Path; readonly rule?: string };

/** A rule of a domain that is tried as a whole is not told once more. */
export function trialSites({ domains }: Pick<Files, 'domains'>): readonly TrialSite[] {
  return domains.flatMap((file): readonly TrialSite[] => {
    if (file.config.state === 'report-only') return [{ file, path: ['state'] }];
    const own = { domains: [file] };
    return [...sendSites(own), ...acceptSites(own)].flatMap(({ id, path, rule }) =>
      rule.state === 'report-only' ? [{ rule: id, file, path: [...path, 'state'] }] : [],
    );
  });
}

/** True where anything is in report-only. */
export const triesAnything = (files: Pick<Files, 'domains'>): boolean => trialSites(files).length > 0;

/** The configuration, as long as it tries nothing; else a ConfigError: no version says what counts meanwhile. */
export function refuseTrials(loaded: Loaded): Loaded {
  const { files } = loaded;
  const message =
    'report-only goes by the version that was in force before, and there is none: apply this domain with another state first';
  throwFaults(faultsAt(files, message), allFiles(files));
  return loaded;
}

/** Whatever is tried in `files` of a version that does not hold what counts instead. */
export function faultsOfTrials(files: Files, texts: VersionFiles): readonly Fault[] {
  const message = 'report-only, and this version does not hold what counts meanwhile';
  return faultsAt(files, message).filter(
    ({ file }) => !Object.hasOwn(texts, enforcedFolder + nameInVersion(file.name, files.main.name)),
  );
}

const faultsAt = (files: Files, message: string): readonly Fault[] =>
  trialSites(files).map(({ file, path }) => ({ file, path, message }));

/**
 * What counts in the place of what `next` has in report-only, as files a version holds: the same domain or rule as `before`, the
 * configuration in force, has it, its public keys spelled out; an empty text where there was no such domain. Throws a ConfigError
 * where rules got other names: what counts of them nobody could tell.
 */
export function enforcedTexts(next: Loaded, before: Loaded): VersionFiles {
  const sites = trialSites(next.files);
  const files = [...new Set(sites.map(({ file }) => file))];
  return Object.fromEntries(
    files.map((file) => {
      const was = domainIn(before, inPlaceOf(file, before));
      const own = sites.filter((site) => site.file === file && site.rule !== undefined);
      const domain = domainIn(next, file) ?? {};
      throwFaults(renamedRules(own, domain, was), allFiles(next.files));
      const rules = own.flatMap(({ rule }) => rule ?? []);
      const counts = rules.length === 0 ? was : withRules(domain, was, rules, file.domain);
      const name = nameInVersion(file.name, next.files.main.name);
      return [enforcedFolder + name, counts === undefined ? '' : stringify(counts)];
    }),
  );
}

/** The file in whose place this one is: that of the same name, else of the same issuer, whose file got another name. */
function inPlaceOf({ domain, config }: DomainFile, { files: { domains } }: Loaded): DomainFile | undefined {
  return (
    domains.find((candidate) => candidate.domain === domain) ??
    domains.find((candidate) => candidate.config.issuer === config.issuer)
  );
}

/** A rule that is tried under a name nothing had, while a rule that counts has gone: it would count no more, and nothing in its place. */
function renamedRules(sites: readonly TrialSite[], domain: JsonObject, was: JsonObject | undefined): readonly Fault[] {
  return sites.flatMap(({ file, path, rule }) => {
    const names = (of: JsonObject | undefined) => rulesIn(of?.['send'], `${file.domain}.send`).map(({ id }) => id);
    const gone = names(was).filter((id) => !names(domain).includes(id));
    const isNew = names(domain).includes(rule ?? '') && !names(was).includes(rule ?? '');
    const message = `${rule} is new, and ${gone.join(', ')} would count no more: keep the name, or apply the new names first; report-only at the top of the file tries them all`;
    return isNew && gone.length > 0 ? [{ file, path, message }] : [];
  });
}

/** A file of a domain as it counts, as plain data; undefined where there is none. */
function domainIn({ files, texts }: Loaded, file: DomainFile | undefined): JsonObject | undefined {
  if (file === undefined) return undefined;
  const name = nameInVersion(file.name, files.main.name);
  const text = texts[enforcedFolder + name] ?? texts[name] ?? '';
  const value: unknown = parse(text, { stringKeys: true });
  return isJsonObject(value) ? asObject(withKeys(value, { folder: file.folder, main: files.main.name, texts })) : {};
}

/** The domain with those of its `rules` that are tried as they were; a rule that was not there is left out. */
function withRules(
  domain: JsonObject,
  was: JsonObject | undefined,
  rules: readonly string[],
  name: string,
): JsonObject {
  const { send, accept, ...others } = domain;
  const isTried = (id: string) => rules.includes(id);
  const sends = rulesIn(send, `${name}.send`).flatMap(({ id, rule }) =>
    isTried(id) ? rulesIn(was?.['send'], `${name}.send`).flatMap((old) => (old.id === id ? [old.rule] : [])) : [rule],
  );
  const accepts = isTried(`${name}.accept`) ? was?.['accept'] : accept;
  return {
    ...others,
    ...(sends.length > 0 && { send: Array.isArray(send) ? sends : sends[0] }),
    ...(accepts !== undefined && { accept: accepts }),
  };
}

/** Rules with their ids, as config/rule-sites.ts makes them. */
function rulesIn(send: unknown, id: string): readonly { readonly id: string; readonly rule: unknown }[] {
  if (send === undefined) return [];
  if (!Array.isArray(send)) return [{ id, rule: send }];
  return send.map((rule: unknown) => ({ id: `${id}.${String(asObject(rule)['name'])}`, rule }));
}

const asObject = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

/** What a version tries of a domain: all of it, or rules by id. `name`: eight hex digits, the same as long as what is tried and what counts are. */
export type NamedTrial = {
  readonly domain: string;
  readonly rules: readonly string[] | 'all';
  readonly name: string;
};

/** What a version tries, by domain; of files that are no version, nothing. */
export function trialsIn({ proposed, texts }: Loaded): readonly NamedTrial[] {
  if (proposed === undefined) return [];
  const sites = trialSites(proposed.files);
  return [...new Set(sites.map(({ file }) => file))].map((file) => {
    const rules = sites.flatMap(({ file: of, rule }) => (of === file && rule !== undefined ? [rule] : []));
    const name = nameInVersion(file.name, proposed.files.main.name);
    const both = JSON.stringify([texts[name], texts[enforcedFolder + name]]);
    return {
      domain: file.domain,
      rules: rules.length === 0 ? 'all' : rules,
      name: createHash('sha256').update(both).digest('hex').slice(0, 8),
    };
  });
}
