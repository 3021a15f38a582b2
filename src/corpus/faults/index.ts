// What can be wrong with tokens of several kinds. A new family is one file and a line here.

import type { Fault } from '../define.ts';
import { actorFaults } from './actor.ts';
import { algorithmFaults } from './algorithm.ts';
import { audienceFaults } from './audience.ts';
import { bindingFaults } from './binding.ts';
import { encodingFaults } from './encoding.ts';
import { foreignFaults } from './foreign.ts';
import { headerFaults } from './header.ts';
import { issuerFaults } from './issuer.ts';
import { jsonFaults } from './json.ts';
import { keyFaults } from './key.ts';
import { signatureFaults } from './signature.ts';
import { subjectFaults } from './subject.ts';
import { timeFaults } from './time.ts';
import { typeFaults } from './type.ts';

export const faults: readonly Fault[] = [
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
  ...actorFaults,
  ...bindingFaults,
];
