// The way out for callers that hold handles: each call is looked at as if it were the first, and goes only where the domain file says.

import { check, openTrace, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { limits } from '../protocol/limits.ts';
import { refuse } from '../protocol/refusal.ts';
import { answerInTime } from '../token/answering.ts';
import { proofAlgorithms } from '../token/proofs/dpop.ts';
import { type Answer, traceHeader } from '../token/respond.ts';
import type { Domain } from '../trust/domain.ts';
import type { FetchAnswer } from '../trust/guarded-fetch.ts';
import { type Presented, readCaller } from './caller.ts';
import { forward } from './forward.ts';
import { returned } from './headers.ts';
import { findUpstream, readTarget, type Target } from './target.ts';
import type { ProxiedRequest } from './types.ts';

/** Answers one request below `/proxy`: what the upstream says, or a refusal. */
export async function proxy(request: ProxiedRequest, broker: Broker): Promise<Answer> {
  const trace = openTrace('proxy', broker.now());
  const answer: Answer = await answerInTime(trace, broker, () => pass(request, broker, trace));
  if (answer.refusal === undefined) return answer;
  const { status, headers } = challenged(answer);
  // What is left of a body is not waited for, so that the connection is of no more use.
  return { ...answer, status, headers: { ...headers, ...(hasBody(request) && { Connection: 'close' }) } };
}

/** RFC 9112 §6. */
const hasBody = ({ headers }: ProxiedRequest) =>
  headers.has('transfer-encoding') || Number(headers.get('content-length')?.[0] ?? 0) > 0;

async function pass(request: ProxiedRequest, broker: Broker, trace: Trace): Promise<Answer> {
  const target = readTarget(request.target, `${new URL(broker.issuer).pathname.replace(/\/$/, '')}/proxy`);
  const presented = await readCaller(request, broker, trace);
  const { token, resources, stored } = presented;
  check(trace, 'proxy.domain', stored.domain === target.domain, { expected: stored.domain, received: target.domain });
  const domain = domainOf(presented, broker);
  const upstream = findUpstream(domain?.upstreams ?? [], request.method, target.path, resources);
  if (domain === undefined || upstream === undefined) {
    return refuse('proxy.upstream', { received: `${request.method} ${target.path}` });
  }
  const body = await request.readBody();
  if (body === 'too-large') refuse('request.too_large', { expected: limits.proxiedRequest });
  if (body === 'incomplete') refuse('request.incomplete');
  // The caller has been told to try again.
  if (trace.late) refuse('request.deadline');
  const answer = await forward({ request: { ...request, body }, target, upstream, token, traceId: trace.id }, broker);
  const headers = { ...returned(answer.headers), ...redirection(answer, target, presented, domain, broker) };
  const { status, body: content } = answer;
  const passed = { ...headers, [traceHeader]: trace.id };
  return { status, headers: passed, body: undefined, content: new Uint8Array(content), trace };
}

/** The domain of the handle, as long as a rule still gives handles to this client. */
function domainOf({ stored }: Presented, { domains, rules }: Broker): Domain | undefined {
  const domain = [...domains.values()].find(({ name }) => name === stored.domain);
  const gives =
    domain &&
    rules
      .send(domain.issuer)
      .some(({ rule: { redeem } }) => redeem?.gives === 'handle' && redeem.credentials.has(stored.clientId));
  return gives ? domain : undefined;
}

/** A redirect is never followed; it is told where it leads to what the caller may call anyway, and by the way through us. */
function redirection(
  { status, headers }: FetchAnswer,
  { domain: name, path, query }: Target,
  { resources }: Presented,
  domain: Domain,
  { issuer }: Broker,
): { readonly location?: string } {
  const location = headers.get('location');
  if (location === undefined) return {};
  const upstreams = domain.upstreams ?? [];
  const leads = upstreams.flatMap(({ origin }) => {
    const url = URL.canParse(location, `${origin}${path}${query}`) ? new URL(location, `${origin}${path}`) : undefined;
    return url?.origin === origin && findUpstream(upstreams, 'GET', url.pathname, resources)?.origin === origin
      ? [url]
      : [];
  });
  const [url] = leads;
  if (url) return { location: `${issuer.replace(/\/$/, '')}/proxy/${name}${url.pathname}${url.search}` };
  if (status >= 300 && status < 400) refuse('proxy.answer', { expected: 'no redirect to elsewhere', received: status });
  return {};
}

/** A refusal as a resource tells it (RFC 6750 §3, RFC 9449 §7.1, §9). */
function challenged({ status, headers, body, refusal, trace }: Answer): Pick<Answer, 'status' | 'headers'> {
  const { 'WWW-Authenticate': _basic, ...others } = headers;
  const proof = refusal?.reason.startsWith('dpop_proof.') === true;
  if (status !== 401 && !proof) return { status, headers: others };
  const error = refusal?.reason === 'access_token.missing' ? [] : [`error="${String(body?.['error'])}"`];
  const scheme = proof || trace.facts.risk.proof !== undefined ? 'DPoP' : 'Bearer';
  const parameters = [...error, ...(scheme === 'DPoP' ? [`algs="${proofAlgorithms.join(' ')}"`] : [])];
  return { status: 401, headers: { ...others, 'WWW-Authenticate': [scheme, parameters.join(', ')].join(' ').trim() } };
}
