// Finds the domain a command was given by name.

import type { Loaded } from '../../config/compile.ts';
import type { DomainFile } from '../../config/files.ts';
import { suggest } from '../../config/nearest.ts';
import { WrongUsage } from '../failure.ts';

/** The file of the domain. Throws WrongUsage with the nearest name. */
export function domainNamed(name: string, { files: { domains } }: Loaded): DomainFile {
  const found = domains.find(({ domain }) => domain === name);
  if (found !== undefined) return found;
  const names = domains.map(({ domain }) => domain);
  const hint = suggest(name, names) ?? (names.length > 0 ? `there are ${names.join(', ')}` : 'there is none yet');
  throw new WrongUsage(`no domain is called ${name}: ${hint}`);
}
