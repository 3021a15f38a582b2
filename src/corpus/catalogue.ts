// The lists of the corpus: every bad token there is, by kind.

import { faultsOf } from './define.ts';
import { entries } from './entries/index.ts';
import { faults } from './faults/index.ts';
import type { Kind } from './kinds.ts';
import type { Bad } from './types.ts';

/** Every bad token of a kind. */
export const badOf = (kind: Kind): readonly Bad[] => [
  ...faultsOf(kind, faults),
  ...entries.filter((entry) => entry.kind === kind),
];

export const badGrants: readonly Bad[] = [...badOf('id_jag'), ...badOf('jwt_grant')];
export const badSubjectTokens: readonly Bad[] = [...badOf('id_token'), ...badOf('access_token'), ...badOf('jwt')];
export const badClientAssertions: readonly Bad[] = badOf('client_assertion');
export const badProofs: readonly Bad[] = badOf('dpop_proof');

/** All of them. */
export const badTokens: readonly Bad[] = [...badGrants, ...badSubjectTokens, ...badClientAssertions, ...badProofs];
