// What the doctor looks at, one file each. A new check is one file and a line here.

import type { DoctorCheck } from '../types.ts';
import { audit } from './audit.ts';
import { certificates } from './certificates.ts';
import { clients } from './clients.ts';
import { configuration } from './configuration.ts';
import { domains } from './domains.ts';
import { exposure } from './exposure.ts';
import { processes } from './processes.ts';
import { reportOnly } from './report-only.ts';
import { serving } from './serving.ts';
import { signingKeys } from './signing-keys.ts';
import { store } from './store.ts';
import { unused } from './unused.ts';

export const doctorChecks: readonly DoctorCheck[] = [
  configuration,
  exposure,
  store,
  signingKeys,
  audit,
  processes,
  serving,
  certificates,
  clients,
  domains,
  reportOnly,
  unused,
];
