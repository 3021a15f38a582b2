// Quirks of partners: what they need to be known is there.

import type { Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { sendSites } from '../rule-sites.ts';

/** `aud` as token endpoint is written into grants, so that it must not depend on what metadata says at the moment. */
export function checkQuirks(files: Files): readonly Fault[] {
  return sendSites(files)
    .filter(({ rule }) => rule.quirks.audience === 'token_endpoint' && rule.redeem?.token_endpoint === undefined)
    .map(({ file, path }) => ({
      file,
      path: [...path, 'quirks', 'audience'],
      message: 'needs `redeem.token_endpoint`: the address that grants shall name',
    }));
}
