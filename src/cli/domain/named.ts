// Finds the domain a command was given by name.

import { basename } from 'node:path';
import type { Loaded } from '../../config/compile.ts';
import type { DomainFile } from '../../config/files.ts';
import { suggest } from '../../config/nearest.ts';
import { WrongUsage } from '../failure.ts';

/** The file of the domain. Throws WrongUsage with the name that was meant: of that issuer, of that file, or the nearest. */
export function domainNamed(name: string, { files: { domains } }: Loaded): DomainFile {
  const found = domains.find(({ domain }) => domain === name);
  if (found !== undefined) return found;
  const names = domains.map(({ domain }) => domain);
  const [stem = ''] = basename(name).split('.');
  const meant = domains.find(({ domain, config }) => config.issuer === name || domain === stem)?.domain;
  const others = names.length > 0 ? `there are ${names.join(', ')}` : 'there is none yet';
  const hint = meant === undefined ? (suggest(name, names) ?? others) : `did you mean "${meant}"?`;
  throw new WrongUsage(`no domain is called ${name}: ${hint}`);
}
