// Asks an issuer whether a token counts (RFC 7662).

import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { limits } from '../protocol/limits.ts';
import { type ClientCredentials, presentCredentials } from './client-credentials.ts';
import { DiscoveryError, discover } from './discovery.ts';
import { lookedUp } from './endpoint.ts';
import { type FetchFault, FetchRefused, type FetchRequest, type GuardedFetch } from './guarded-fetch.ts';

/** Nobody is asked: a token is shown to no server for what is only tried. */
export class NotAsked extends Error {
  override readonly name = 'NotAsked';
  readonly issuer: string;
  constructor(issuer: string) {
    super(`${issuer} is not asked about tokens`);
    this.issuer = issuer;
  }
}

export type IntrospectionEndpoint = {
  readonly endpoint: string;
  readonly credentials: ClientCredentials;
  readonly fetch: GuardedFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/**
 * `down`: nothing came, or a 5xx, and time may heal it. `busy`: too many ask, here or there. `wrong`: it answers, but not us or
 * not properly, and somebody has to put that right.
 */
export type IntrospectionTrouble = 'down' | 'busy' | 'wrong';

/** The issuer did not properly answer; of the token that says nothing. */
export class IntrospectionUnavailable extends Error {
  override readonly name = 'IntrospectionUnavailable';
  readonly trouble: IntrospectionTrouble;
  constructor(trouble: IntrospectionTrouble, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.trouble = trouble;
  }
}

/** The answer, with a boolean `active` (RFC 7662 §2.2). Throws IntrospectionUnavailable. */
export async function introspect(token: string, asked: IntrospectionEndpoint): Promise<JsonObject> {
  try {
    const { status, body } = await asked.fetch(asked.endpoint, introspectionRequest(token, asked));
    if (status !== 200)
      throw new IntrospectionUnavailable(troubleOf(status), `the introspection endpoint answers ${status}`);
    const answer = parseJsonObject(body);
    if (typeof answer['active'] !== 'boolean') throw new IntrospectionUnavailable('wrong', '`active` is not a boolean');
    return answer;
  } catch (error) {
    if (error instanceof FetchRefused) throw unreachable('no introspection', error);
    if (error instanceof JsonError)
      throw new IntrospectionUnavailable('wrong', `no introspection: ${error.message}`, error);
    throw error;
  }
}

function troubleOf(status: number): IntrospectionTrouble {
  if (status === 429) return 'busy';
  return status >= 500 ? 'down' : 'wrong';
}

const faults: Readonly<Partial<Record<FetchFault, IntrospectionTrouble>>> = {
  connection: 'down',
  timeout: 'down',
  busy: 'busy',
};

function unreachable(what: string, error: FetchRefused): IntrospectionUnavailable {
  return new IntrospectionUnavailable(faults[error.fault] ?? 'wrong', `${what}: ${error.message}`, error);
}

function introspectionRequest(token: string, { credentials, now }: IntrospectionEndpoint): FetchRequest {
  const { headers, form } = presentCredentials(credentials, now());
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ token, token_type_hint: 'access_token', ...form }).toString(),
    accept: ['application/json'],
    limit: limits.fetchedIntrospection,
  };
}

/** The endpoint that the metadata of `issuer` names (trust/endpoint.ts). Throws IntrospectionUnavailable. */
export function discoveredEndpoint(issuer: string, fetch: GuardedFetch, clock: () => number): () => Promise<string> {
  return lookedUp(() => discoverEndpoint(issuer, fetch), clock);
}

async function discoverEndpoint(issuer: string, fetch: GuardedFetch): Promise<string> {
  try {
    const { introspection_endpoint: endpoint } = await discover(issuer, fetch);
    if (endpoint !== undefined) return endpoint;
  } catch (error) {
    if (error instanceof FetchRefused) throw unreachable('no introspection endpoint', error);
    if (!(error instanceof DiscoveryError)) throw error;
    throw new IntrospectionUnavailable('wrong', `no introspection endpoint: ${error.message}`, error);
  }
  throw new IntrospectionUnavailable('wrong', `the metadata of ${issuer} names no introspection_endpoint`);
}
