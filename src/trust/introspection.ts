// Asks an issuer about an opaque token (RFC 7662), and remembers for a moment what it said.

import { tokenHash } from '../audit/token-hash.ts';
import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { limits } from '../protocol/limits.ts';
import { FetchRefused, type FetchRequest, type GuardedFetch } from './guarded-fetch.ts';

/** Who we are at the introspection endpoint (RFC 6749 §2.3.1). */
export type IntrospectionCredentials = {
  readonly clientId: string;
  readonly secret: string;
  readonly method: 'client_secret_basic' | 'client_secret_post';
};

export type IntrospectionEndpoint = {
  readonly endpoint: string;
  readonly credentials: IntrospectionCredentials;
  readonly fetch: GuardedFetch;
};

/** The issuer did not properly answer; of the token that says nothing. */
export class IntrospectionUnavailable extends Error {
  override readonly name = 'IntrospectionUnavailable';
}

/** The answer, with a boolean `active` (RFC 7662 §2.2). Throws IntrospectionUnavailable. */
export async function introspect(token: string, asked: IntrospectionEndpoint): Promise<JsonObject> {
  try {
    const { status, body } = await asked.fetch(asked.endpoint, introspectionRequest(token, asked.credentials));
    if (status !== 200) throw new IntrospectionUnavailable(`the introspection endpoint answers ${status}`);
    const answer = parseJsonObject(body);
    if (typeof answer['active'] !== 'boolean') throw new IntrospectionUnavailable('`active` is not a boolean');
    return answer;
  } catch (error) {
    if (!(error instanceof FetchRefused || error instanceof JsonError)) throw error;
    throw new IntrospectionUnavailable(`no introspection: ${error.message}`, { cause: error });
  }
}

function introspectionRequest(token: string, credentials: IntrospectionCredentials): FetchRequest {
  const { clientId, secret, method } = credentials;
  const basic = method === 'client_secret_basic';
  const form = new URLSearchParams({
    token,
    token_type_hint: 'access_token',
    ...(!basic && { client_id: clientId, client_secret: secret }),
  });
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(basic && { authorization: `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(secret)}`)}` }),
    },
    body: form.toString(),
    accept: ['application/json'],
    limit: limits.fetchedIntrospection,
  };
}

/** RFC 6749 §2.3.1 and App. B: so that a `:` in the id does not end it. */
function formEncoded(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice('='.length);
}

export type IntrospectionCache = {
  readonly ask: (token: string) => Promise<JsonObject>;
  /** Seconds an active answer is good for: as long, a token revoked meanwhile still counts. */
  readonly ttl: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds, never going back: answers age by it, so that none outlives `ttl` when `now` is set back. Default: `now`. */
  readonly clock?: () => number;
  readonly maxEntries: number;
};

/**
 * `ask`, with a memory: an active answer serves until `ttl` or its `exp` is over (RFC 7662 §4), an inactive one only
 * those who wait for it. Tokens are kept as hashes; when full, the oldest answer goes first.
 */
export function cachedIntrospection({
  ask,
  ttl,
  now,
  clock = now,
  maxEntries,
}: IntrospectionCache): IntrospectionCache['ask'] {
  const answers = new Map<string, { readonly answer: JsonObject; readonly until: number; readonly expiry: number }>();
  const underWay = new Map<string, Promise<JsonObject>>();

  const remember = (key: string, answer: JsonObject, askedAt: number) => {
    if (answer['active'] !== true) return;
    const expiry = typeof answer['exp'] === 'number' ? answer['exp'] * 1000 : Number.POSITIVE_INFINITY;
    answers.set(key, { answer, until: askedAt + ttl * 1000, expiry });
    const [oldest] = answers.keys();
    if (answers.size > maxEntries && oldest !== undefined) answers.delete(oldest);
  };
  const askAnew = async (token: string, key: string) => {
    const askedAt = clock();
    const answer = await ask(token);
    remember(key, answer, askedAt);
    return answer;
  };

  return async (token) => {
    const key = tokenHash(token);
    const kept = answers.get(key);
    if (kept !== undefined && clock() < kept.until && now() < kept.expiry) return kept.answer;
    answers.delete(key);
    const asking = underWay.get(key) ?? askAnew(token, key).finally(() => underWay.delete(key));
    underWay.set(key, asking);
    return asking;
  };
}
