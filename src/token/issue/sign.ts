// Signs a draft and reads the result back before anybody else sees it.

import { isDeepStrictEqual } from 'node:util';
import type { Broker } from '../../broker.ts';
import { type DecodedJws, decodeJws, JwsError, verifyJws } from '../../jose/jws.ts';
import { Refusal } from '../../protocol/refusal.ts';
import { mediaType } from '../../trust/verify-jwt.ts';
import type { Draft, Issued } from '../types.ts';

/**
 * The signed token; refuses when nobody could read it. Throws when it cannot be verified with a published key, or says
 * something else than the draft: a bug or a broken key, never a refusal.
 */
export function signDraft(draft: Draft, broker: Broker): Issued {
  const { jwt } = broker.signer.sign(draft.kind.typ, draft.claims);
  const read = readBack(jwt);
  const { alg, kid, typ } = read.header;
  const key = broker.signer.find(kid, alg);
  if (key === undefined) throw new Error(`signed with ${kid}, which is not among our published keys`);
  verifyJws(read, key);
  if (mediaType(typ) !== (draft.kind.typ ?? '') || !isDeepStrictEqual(read.claims, draft.claims)) {
    throw new Error(`what was signed with ${kid} does not say what was drafted`);
  }
  return { jwt, draft };
}

/** What others put into actors and claims we carry can make ours longer or deeper than anybody reads, us included. */
function readBack(jwt: string): DecodedJws {
  try {
    return decodeJws(jwt);
  } catch (error) {
    if (error instanceof JwsError) throw new Refusal('issued.unreadable', {}, {}, error);
    throw error;
  }
}
