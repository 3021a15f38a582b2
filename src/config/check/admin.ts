// Readers of explanations: a partner is one of the domains, and nobody else names one.

import type { Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault } from '../problems.ts';

/** Partners without a domain, and domains that are none. */
export function checkAdmin({ main, domains }: Files): readonly Fault[] {
  const names = domains.map(({ domain }) => domain);
  return Object.entries(main.config.admin?.tokens ?? {}).flatMap(([name, { role, domain }]): readonly Fault[] => {
    const path = ['admin', 'tokens', name];
    if (role !== 'partner') {
      if (domain === undefined) return [];
      return [{ file: main, path: [...path, 'domain'], message: 'is only for the role partner', part: 'key' }];
    }
    if (domain === undefined)
      return [{ file: main, path, message: 'a partner needs `domain`: whose grants it may ask about' }];
    if (names.includes(domain)) return [];
    return [
      { file: main, path: [...path, 'domain'], message: 'no domain is called that', hint: suggest(domain, names) },
    ];
  });
}
