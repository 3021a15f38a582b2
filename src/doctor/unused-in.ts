// What of a configuration is not among what was used: whole rules, and clients and scopes of rules that were.

import type { Files } from '../config/files.ts';
import type { SourceFile } from '../config/problems.ts';
import { acceptSites, accessSites, sendSites } from '../config/rule-sites.ts';
import type { UsageCount } from '../store/store.ts';

export type Unused = {
  readonly about: string;
  readonly found: string;
  readonly file: SourceFile;
  readonly path: readonly (string | number)[];
};

/** `granted`: what was granted in the time in question. */
export function unusedIn(files: Files, granted: readonly UsageCount[]): readonly Unused[] {
  const access = accessSites(files).map((site) => ({ ...site, clients: {} }));
  const others = [...sendSites(files), ...acceptSites(files)].map((site) => ({ ...site, clients: site.rule.clients }));
  return [...access, ...others].flatMap(({ id, file, path, rule, clients }): readonly Unused[] => {
    const uses = granted.filter((use) => use.rule === id);
    if (uses.length === 0) return [{ about: id, found: 'granted nothing', file, path }];
    const idle = Object.keys(clients).filter((client) => !uses.some((use) => use.client === client));
    return [
      ...idle.map((client) => ({
        about: id,
        found: `${client} got nothing`,
        file,
        path: [...path, 'clients', client],
      })),
      ...idleScopes(rule, uses).map((scope) => ({
        about: id,
        found: `nobody got ${scope}`,
        file,
        path: [...path, 'scopes', scope],
      })),
    ];
  });
}

type Scoped = {
  readonly scopes: Readonly<Record<string, string>>;
  readonly default_scopes?: readonly string[] | undefined;
};

/** Counted as they were asked for, else as they were issued; by default they may be used without being named. */
function idleScopes({ scopes, default_scopes: defaults = [] }: Scoped, uses: readonly UsageCount[]): readonly string[] {
  const used = new Set([...uses.map(({ scope }) => scope), ...defaults]);
  return Object.entries(scopes).flatMap(([asked, issued]) => (used.has(asked) || used.has(issued) ? [] : [asked]));
}
