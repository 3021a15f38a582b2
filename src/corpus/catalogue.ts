// The lists of the corpus: every bad token there is, by kind.

import { faultsOf } from './define.ts';
import { algorithmFaults } from './faults/algorithm.ts';
import { audienceFaults } from './faults/audience.ts';
import { encodingFaults } from './faults/encoding.ts';
import { foreignFaults } from './faults/foreign.ts';
import { headerFaults } from './faults/header.ts';
import { issuerFaults } from './faults/issuer.ts';
import { jsonFaults } from './faults/json.ts';
import { keyFaults } from './faults/key.ts';
import { signatureFaults } from './faults/signature.ts';
import { subjectFaults } from './faults/subject.ts';
import { timeFaults } from './faults/time.ts';
import { typeFaults } from './faults/type.ts';
import type { Kind } from './kinds.ts';
import { accessTokenEntries, subjectJwtEntries } from './own/access-token.ts';
import { actorEntriesOf } from './own/actor.ts';
import { clientAssertionEntries } from './own/client-assertion.ts';
import { dpopFreshnessEntries } from './own/dpop-freshness.ts';
import { dpopKeyEntries } from './own/dpop-key.ts';
import { dpopRequestEntries } from './own/dpop-request.ts';
import { grantBindingEntries } from './own/grant-binding.ts';
import { grantClientEntries } from './own/grant-client.ts';
import { grantReachEntries } from './own/grant-reach.ts';
import { grantReplayEntries } from './own/grant-replay.ts';
import { idTokenEntries } from './own/id-token.ts';
import type { Bad } from './types.ts';

/** What can be wrong with tokens of several kinds. */
export const faults = [
  ...algorithmFaults,
  ...signatureFaults,
  ...keyFaults,
  ...headerFaults,
  ...encodingFaults,
  ...jsonFaults,
  ...typeFaults,
  ...foreignFaults,
  ...issuerFaults,
  ...audienceFaults,
  ...subjectFaults,
  ...timeFaults,
];

/** What can be wrong with tokens of one kind alone. */
const own: readonly Bad[] = [
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

/** Every bad token of a kind. */
export const badOf = (kind: Kind): readonly Bad[] => [
  ...faultsOf(kind, faults),
  ...own.filter((entry) => entry.kind === kind),
  ...actorEntriesOf(kind),
];

export const badGrants: readonly Bad[] = [...badOf('id_jag'), ...badOf('jwt_grant')];
export const badSubjectTokens: readonly Bad[] = [...badOf('id_token'), ...badOf('access_token'), ...badOf('jwt')];
export const badClientAssertions: readonly Bad[] = badOf('client_assertion');
export const badProofs: readonly Bad[] = badOf('dpop_proof');

/** All of them. */
export const badTokens: readonly Bad[] = [...badGrants, ...badSubjectTokens, ...badClientAssertions, ...badProofs];
