// The grants this broker answers to. A new one is one file and one line here; metadata follows.

import { note, type Trace } from '../../audit/trace.ts';
import { refuse } from '../../protocol/refusal.ts';
import { asType } from '../../protocol/urns.ts';
import { parameter, required, type TokenRequest } from '../request.ts';
import { jwtBearer } from './jwt-bearer.ts';
import { jwtDpop } from './jwt-dpop.ts';
import { tokenExchange } from './token-exchange.ts';
import type { Grant } from './types.ts';

export const grants: readonly Grant[] = [tokenExchange, jwtBearer, jwtDpop];

const byType: ReadonlyMap<string, Grant> = new Map(grants.map((grant) => [grant.type, grant]));

/** The grant the request names (RFC 6749 §4.5). */
export function findGrant(request: TokenRequest, trace: Trace): Grant {
  const type = required(parameter(request, 'grant_type'), 'grant_type');
  const grant = byType.get(type) ?? refuse('grant_type.unsupported', { received: asType(type) });
  note(trace, { action: grant.action });
  return grant;
}
