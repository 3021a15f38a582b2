// Asks a partner that is a crossgrant, and lets us, what it would make of a grant of ours.

import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { limits } from '../protocol/limits.ts';
import { FetchRefused, type GuardedFetch } from './guarded-fetch.ts';

/** The partner did not answer properly; of the grant that says nothing. The message is for an operator. */
export class PartnerSilent extends Error {
  override readonly name = 'PartnerSilent';
}

/** Where a partner explains, and the secret it gave us for that. */
export type ExplainPlace = { readonly url: string; readonly token: string };

/** POSTs a question to the partner's `/admin/explain`. Throws PartnerSilent. */
export async function askPartner(
  question: object,
  { url, token }: ExplainPlace,
  fetch: GuardedFetch,
): Promise<JsonObject> {
  try {
    const { status, body } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(question),
      accept: ['application/json'],
      limit: limits.fetchedExplanation,
    });
    if (status !== 200) throw new PartnerSilent(`${url} answers ${status}`);
    return parseJsonObject(body);
  } catch (error) {
    if (!(error instanceof FetchRefused || error instanceof JsonError)) throw error;
    throw new PartnerSilent(error.message, { cause: error });
  }
}
