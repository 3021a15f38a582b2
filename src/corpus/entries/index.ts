// What can be wrong with tokens of one kind alone. A new family is one file and a line here.

import type { Bad } from '../types.ts';
import { accessTokenEntries, subjectJwtEntries } from './access-token.ts';
import { clientAssertionEntries } from './client-assertion.ts';
import { dpopFreshnessEntries } from './dpop-freshness.ts';
import { dpopKeyEntries } from './dpop-key.ts';
import { dpopRequestEntries } from './dpop-request.ts';
import { grantBindingEntries } from './grant-binding.ts';
import { grantClientEntries } from './grant-client.ts';
import { grantReachEntries } from './grant-reach.ts';
import { grantReplayEntries } from './grant-replay.ts';
import { idTokenEntries } from './id-token.ts';

export const entries: readonly Bad[] = [
  ...grantClientEntries,
  ...grantReplayEntries,
  ...grantBindingEntries,
  ...grantReachEntries,
  ...idTokenEntries,
  ...accessTokenEntries,
  ...subjectJwtEntries,
  ...clientAssertionEntries,
  ...dpopRequestEntries,
  ...dpopFreshnessEntries,
  ...dpopKeyEntries,
];
