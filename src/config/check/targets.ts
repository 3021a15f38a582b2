// Names under which callers reach a partner: one name leads to one domain, and never to us.

import type { Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { sendSites } from '../rule-sites.ts';
import { repeated } from './repeated.ts';

/** Names that lead to two places. */
export function checkTargets(files: Files): readonly Fault[] {
  return [...aliases(files), ...ruleNames(files)];
}

function aliases(files: Files): readonly Fault[] {
  const { main, domains } = files;
  const taken = new Map([
    ...Object.keys(main.config.resources).map((uri) => [uri, 'a resource of ours'] as const),
    ...domains.map(({ config, domain }) => [config.issuer, `the issuer of ${domain}`] as const),
    [main.config.issuer, 'our own issuer'] as const,
  ]);
  const first = new Map<string, string>();
  return sendSites(files).flatMap(({ file, path, rule }) =>
    Object.keys(rule.aliases).flatMap((name): readonly Fault[] => {
      const owner = first.get(name) ?? file.domain;
      first.set(name, owner);
      const meaning = taken.get(name) ?? (owner === file.domain ? undefined : `an alias of ${owner}`);
      if (meaning === undefined) return [];
      return [{ file, path: [...path, 'aliases', name], message: `is ${meaning} already`, part: 'key' }];
    }),
  );
}

function ruleNames(files: Files): readonly Fault[] {
  return repeated(sendSites(files), ({ id }) => id).map(({ item: { file, path } }) => {
    return { file, path: [...path, 'name'], message: 'another rule of this domain has this name' };
  });
}
