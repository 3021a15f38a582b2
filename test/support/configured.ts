// A broker as files in a folder of the test's own, and the parties that know it.

import type { Settings } from '../../src/testkit/merge.ts';
import { type Parties, writeParties } from '../soak/parties.ts';
import { temporaryFolder } from './cli.ts';

/** Laid out with the clock of the machine; nothing runs yet. */
export function configured(changes: Settings = {}): Parties {
  return writeParties(temporaryFolder(), () => Math.floor(Date.now() / 1000), changes);
}
