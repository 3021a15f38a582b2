// The cross-checks: what no single value shows. A new one is one function and a line here.

import type { Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { checkAdmin } from './admin.ts';
import { adviseOnClaims, checkClaims } from './claims.ts';
import { adviseOnClients, checkClients } from './clients.ts';
import { checkDetails } from './details.ts';
import { checkDomains } from './domains.ts';
import { checkIssuers } from './issuers.ts';
import { adviseOnSubjects, checkLocalSubjects } from './local-subjects.ts';
import { checkNetwork } from './network.ts';
import { checkProbe } from './probe.ts';
import { adviseOnProfiles, checkProfiles } from './profiles.ts';
import { checkProxy } from './proxy.ts';
import { checkQuirks } from './quirks.ts';
import { checkResources } from './resources.ts';
import { adviseOnRoundTrips, checkRoundTrips } from './round-trips.ts';
import { checkScopes } from './scopes.ts';
import { checkTargets } from './targets.ts';
import { checkTenants } from './tenants.ts';

const checks: readonly ((files: Files) => readonly Fault[])[] = [
  checkIssuers,
  checkNetwork,
  checkAdmin,
  checkDomains,
  checkClients,
  checkTargets,
  checkQuirks,
  checkProbe,
  checkProxy,
  checkTenants,
  checkResources,
  checkScopes,
  checkDetails,
  checkProfiles,
  checkLocalSubjects,
  checkClaims,
  checkRoundTrips,
];

/** Every fault that only shows when all files are seen together. */
export function crossCheck(files: Files): readonly Fault[] {
  return checks.flatMap((check) => check(files));
}

const advisers: readonly ((files: Files) => readonly Fault[])[] = [
  adviseOnProfiles,
  adviseOnSubjects,
  adviseOnClaims,
  adviseOnRoundTrips,
  adviseOnClients,
];

/** What works as it is written, and what somebody should look at all the same. */
export function advise(files: Files): readonly Fault[] {
  return advisers.flatMap((adviser) => adviser(files));
}
