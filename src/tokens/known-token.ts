// Finds a token of ours by its own text: the signature says it is ours, the record says it still counts.

import type { Broker } from '../broker.ts';
import type { JsonObject } from '../jose/json.ts';
import { type DecodedJws, JwsError } from '../jose/jws.ts';
import type { StoredToken } from '../store/store.ts';
import { mediaType } from '../trust/verify-jwt.ts';

export type KnownToken = { readonly typ: string; readonly claims: JsonObject; readonly stored: StoredToken };

/** The token and what we remember of it; undefined when we did not issue it or have forgotten it. */
export async function findKnownToken(token: string, broker: Broker): Promise<KnownToken | undefined> {
  const jws = readOurs(token, broker);
  const jti = jws?.claims['jti'];
  const stored = typeof jti === 'string' ? await broker.store.findToken(jti) : undefined;
  return jws && stored && { typ: mediaType(jws.header['typ']), claims: jws.claims, stored };
}

function readOurs(token: string, broker: Broker): DecodedJws | undefined {
  try {
    const presented = broker.seenTokens.read(token);
    const { jws } = presented;
    const { alg, kid } = jws.header;
    const key = broker.signer.find(kid, alg);
    if (key === undefined || jws.claims['iss'] !== broker.issuer) return undefined;
    presented.verify(key);
    presented.keep();
    return jws;
  } catch (error) {
    if (error instanceof JwsError) return undefined;
    throw error;
  }
}
