// Resources: what rules give access to is ours and described, and a default is one of what the rule governs.

import { basename } from 'node:path';
import type { Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault } from '../problems.ts';
import { acceptSites, accessSites, ruleSites, sendSites } from '../rule-sites.ts';

/** Resources that are not ours, and defaults that are not governed. */
export function checkResources(files: Files): readonly Fault[] {
  return [...foreign(files), ...defaults(files), ...required(files)];
}

/** Compared byte for byte: a missing slash at the end is another resource. */
function foreign(files: Files): readonly Fault[] {
  const { main } = files;
  const known = Object.keys(main.config.resources);
  const introspected = Object.entries(main.config.clients).flatMap(([id, { introspects }]) =>
    introspects.map((uri, at) => ({ uri, file: main, path: ['clients', id, 'introspects', at] })),
  );
  const accepted = acceptSites(files).flatMap(({ file, path, rule }) =>
    rule.resources.map((uri, at) => ({ uri, file, path: [...path, 'resources', at] })),
  );
  const accessed = accessSites(files).map(({ file, path, resource }) => ({ uri: resource, file, path }));
  return [...introspected, ...accepted, ...accessed]
    .filter(({ uri }) => !known.includes(uri))
    .map(({ uri, file, path }) => ({
      file,
      path,
      message: `is not among \`resources\` of ${basename(main.name)}`,
      hint: suggest(uri, known),
      part: typeof path.at(-1) === 'number' ? 'value' : 'key',
    }));
}

function defaults(files: Files): readonly Fault[] {
  return ruleSites(files).flatMap(({ file, path, resources, defaultResource }) => {
    if (defaultResource === undefined || resources.includes(defaultResource)) return [];
    const hint = suggest(defaultResource, resources);
    return [{ file, path: [...path, 'default_resource'], message: 'is not among `resources` of this rule', hint }];
  });
}

function required(files: Files): readonly Fault[] {
  return sendSites(files)
    .filter(({ rule }) => rule.resource_required && rule.resources.length === 0)
    .map(({ file, path }) => ({
      file,
      path: [...path, 'resource_required'],
      message: 'needs `resources`: none could be named',
    }));
}
