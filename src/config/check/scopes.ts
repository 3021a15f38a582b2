// Scopes and claims: what a rule hands out exists, and no name is filled twice.

import type { Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault } from '../problems.ts';
import { ruleSites } from '../rule-sites.ts';

/** Scopes nobody offers, and claims filled twice. */
export function checkScopes(files: Files): readonly Fault[] {
  return [...offered(files), ...defaults(files), ...claimTargets(files)];
}

/** A scope no resource of the rule knows could never be granted. */
function offered(files: Files): readonly Fault[] {
  const { resources: ours } = files.main.config;
  return ruleSites(files).flatMap(({ file, path, rule, resources, ours: isOurs }) => {
    if (!isOurs || resources.some((uri) => !Object.hasOwn(ours, uri))) return [];
    const known = resources.flatMap((uri) => ours[uri]?.scopes ?? []);
    return Object.entries(rule.scopes)
      .filter(([, scope]) => !known.includes(scope))
      .map(([name, scope]) => ({
        file,
        path: [...path, 'scopes', name],
        message: `none of the resources of this rule has a scope ${scope}`,
        hint: suggest(scope, known),
      }));
  });
}

function defaults(files: Files): readonly Fault[] {
  return ruleSites(files).flatMap(({ file, path, rule }) => {
    const known = [...Object.keys(rule.scopes), ...Object.values(rule.scopes)];
    return (rule.default_scopes ?? []).flatMap((scope, at) => {
      if (known.includes(scope)) return [];
      const message = 'is not among `scopes` of this rule';
      return [{ file, path: [...path, 'default_scopes', at], message, hint: suggest(scope, known) }];
    });
  });
}

function claimTargets(files: Files): readonly Fault[] {
  return ruleSites(files).flatMap(({ file, path, rule }) =>
    rule.claims.flatMap(({ to }, at) => {
      const repeated = rule.claims.slice(0, at).some((other) => other.to === to);
      return repeated ? [{ file, path: [...path, 'claims', at], message: `fills ${to} a second time` }] : [];
    }),
  );
}
