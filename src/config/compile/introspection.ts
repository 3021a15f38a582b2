// Asking an issuer about opaque tokens: where, as whom, and for how long an answer is believed.

import type { JsonObject } from '../../jose/json.ts';
import { limits } from '../../protocol/limits.ts';
import { DiscoveryError, discover } from '../../trust/discovery.ts';
import { FetchRefused } from '../../trust/guarded-fetch.ts';
import { cachedIntrospection, IntrospectionUnavailable, introspect } from '../../trust/introspection.ts';
import type { DomainFile } from '../files.ts';
import type { SubjectsConfig } from '../schema/subject-tokens.ts';
import { type CompileContext, type CompileDeps, resolveAt } from './context.ts';

type Introspection = NonNullable<SubjectsConfig['introspection']>;

/** Answers remembered per issuer: some megabytes, and more tokens than are alive within a cache time. */
const rememberedAnswers = 10_000;

/** Prepares the question to the issuer of `file`; it throws IntrospectionUnavailable when there is no answer. */
export function compileIntrospection(
  config: Introspection,
  file: DomainFile,
  context: CompileContext,
): (token: string) => Promise<JsonObject> {
  const place = { file, path: ['subjects', 'introspection'], within: config };
  const { issuer } = file.config;
  const { fetch, now, clock = now } = context.deps;
  const secret = resolveAt(place, issuer, context).secret(config.secret);
  const credentials = { clientId: config.client_id, secret, method: config.method };
  const endpoint = config.endpoint;
  const find = endpoint === undefined ? discoveredEndpoint(issuer, context.deps) : () => Promise.resolve(endpoint);
  const ask = async (token: string) => introspect(token, { endpoint: await find(), credentials, fetch });
  return cachedIntrospection({ ask, ttl: config.cache, now, clock, maxEntries: rememberedAnswers });
}

/** The endpoint the metadata names; looked up when first needed and again after as long as keys may be kept. */
function discoveredEndpoint(issuer: string, { fetch, now, clock = now }: CompileDeps): () => Promise<string> {
  let known: { readonly endpoint: Promise<string>; readonly until: number } | undefined;
  return () => {
    if (known !== undefined && clock() < known.until) return known.endpoint;
    const endpoint = discoverEndpoint(issuer, fetch);
    known = { endpoint, until: clock() + limits.jwksMaxAge * 1000 };
    endpoint.catch(() => {
      known = undefined;
    });
    return endpoint;
  };
}

async function discoverEndpoint(issuer: string, fetch: CompileDeps['fetch']): Promise<string> {
  try {
    const { introspection_endpoint: endpoint } = await discover(issuer, fetch);
    if (endpoint !== undefined) return endpoint;
  } catch (error) {
    if (!(error instanceof DiscoveryError || error instanceof FetchRefused)) throw error;
    throw new IntrospectionUnavailable(`no introspection endpoint: ${error.message}`, { cause: error });
  }
  throw new IntrospectionUnavailable(`the metadata of ${issuer} names no introspection_endpoint`);
}
