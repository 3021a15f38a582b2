// Asking an issuer about opaque tokens: where, as whom, and for how long an answer is believed.

import type { JsonObject } from '../../jose/json.ts';
import { discoveredEndpoint, introspect, NotAsked } from '../../trust/introspection.ts';
import { cachedIntrospection } from '../../trust/introspection-cache.ts';
import type { DomainFile } from '../files.ts';
import type { SubjectsConfig } from '../schema/subject-tokens.ts';
import { type CompileContext, resolveAt } from './context.ts';

type Introspection = NonNullable<SubjectsConfig['introspection']>;

/** Answers remembered per issuer: some megabytes, and more tokens than are alive within a cache time. */
const rememberedAnswers = 10_000;

/** Prepares the question to the issuer of `file`; it throws IntrospectionUnavailable when there is no answer, and NotAsked where nobody shall be asked. */
export function compileIntrospection(
  config: Introspection,
  file: DomainFile,
  context: CompileContext,
): (token: string) => Promise<JsonObject> {
  const place = { file, path: ['subjects', 'introspection'], within: config };
  const { issuer } = file.config;
  const { fetch, now, clock = now, asks = true } = context.deps;
  const secret = resolveAt(place, issuer, context).secret(config.secret);
  if (!asks) return () => Promise.reject(new NotAsked(issuer));
  const credentials = { clientId: config.client_id, secret, method: config.method };
  const endpoint = config.endpoint;
  const find = endpoint === undefined ? discoveredEndpoint(issuer, fetch, clock) : () => Promise.resolve(endpoint);
  const ask = async (token: string) => introspect(token, { endpoint: await find(), credentials, fetch, now });
  return cachedIntrospection({ ask, ttl: config.cache, now, clock, maxEntries: rememberedAnswers });
}
