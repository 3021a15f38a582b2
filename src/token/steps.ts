// The steps of the path under the names they have in a trace. What each does, and in which order they come, stands elsewhere.

import * as admission from './admission.ts';
import * as drafting from './claims/draft.ts';
import * as authentication from './clients/authenticate.ts';
import * as committing from './commit.ts';
import * as finding from './grants/index.ts';
import type { Grant, GrantContext } from './grants/types.ts';
import * as signing from './issue/sign.ts';
import * as deciding from './policy/decide.ts';
import * as proving from './proofs/index.ts';
import * as delivering from './redeem/deliver.ts';
import * as redeeming from './redeem/redeem.ts';
import * as reusing from './redeem/reuse.ts';
import type { TokenRequest } from './request.ts';
import { step } from './step.ts';

/** Reads the request, if the caller is heard. */
export const hear = step('read request', admission.hear);
export const findGrant = step('find grant', finding.findGrant);
export const readProof = step('read proof', proving.readProof);
export const authenticate = step('authenticate client', authentication.authenticate);
export const checkRegistration = step('check registration', authentication.checkRegistration);
/** What is asked, and on whose authority: the part of the grant. */
export const readAsk = step('read authority', (grant: Grant, request: TokenRequest, context: GrantContext) =>
  grant.read(request, context),
);
export const decide = step('decide', deciding.decide);
export const mayRedeem = step('may redeem', redeeming.mayRedeem);
export const draftToken = step('draft token', drafting.draftToken);
export const signDraft = step('sign', signing.signDraft);
export const commit = step('commit', committing.commit);
export const reuse = step('reuse what was redeemed', reusing.reuse);
export const redeem = step('redeem at the partner', redeeming.redeem);
export const deliver = step('deliver', delivering.deliver);
export const recordRefusal = step('record refusal', committing.recordRefusal);
