// Domains: each file is there for something, and rules name domains that exist.

import type { Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault } from '../problems.ts';
import { ruleSites } from '../rule-sites.ts';

export function checkDomains(files: Files): readonly Fault[] {
  return [...purposes(files), ...authorities(files)];
}

function purposes({ domains }: Files): readonly Fault[] {
  const idle = domains.filter(({ config: { subjects, send, accept } }) => !subjects && !send && !accept);
  return idle.map((file) => ({ file, path: [], message: 'needs at least one of `subjects`, `send` and `accept`' }));
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
