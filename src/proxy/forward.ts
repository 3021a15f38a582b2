// Sends a request on to an upstream with the partner's token, and brings back what of the answer may pass.

import type { Broker } from '../broker.ts';
import { proveHolding } from '../keys/possession.ts';
import { limits } from '../protocol/limits.ts';
import { Refusal } from '../protocol/refusal.ts';
import type { ForeignToken } from '../token/redeem/answer.ts';
import { isNonce } from '../token/redeem/send.ts';
import { type FetchAnswer, FetchRefused } from '../trust/guarded-fetch.ts';
import { proxiedMethod, type Upstream } from '../trust/upstream.ts';
import { forwarded } from './headers.ts';
import type { Target } from './target.ts';
import type { ProxiedRequest } from './types.ts';

/** What is sent where, and with which token. */
export type Forwarding = {
  readonly request: ProxiedRequest & { readonly body: Uint8Array };
  readonly target: Target;
  readonly upstream: Upstream;
  readonly token: ForeignToken;
  /** Told to the upstream, so that both sides can tell one story. */
  readonly traceId: string;
};

/** The upstream's answer, whatever its status. Refuses with `proxy.unavailable` or `proxy.answer`. */
export async function forward(
  { request, target, upstream, token, traceId }: Forwarding,
  { fetch: guarded, now }: Pick<Broker, 'fetch' | 'now'>,
): Promise<FetchAnswer> {
  const url = `${upstream.origin}${target.path}`;
  const method = proxiedMethod(request.method) ?? 'GET';
  const send = (nonce?: string) =>
    guarded(`${url}${target.query}`, {
      method,
      headers: {
        ...forwarded(request.headers),
        authorization: `${token.tokenType} ${token.token}`,
        'crossgrant-trace-id': traceId,
        ...(token.key && {
          dpop: proveHolding(token.key, { method, url, nonce, accessToken: token.token }, now()),
        }),
      },
      ...(request.body.length > 0 && { body: request.body }),
      accept: ['*/*'],
      limit: limits.proxiedAnswer,
      timeoutMs: limits.proxyMs,
      asItIs: true,
    });
  try {
    const answer = await send();
    const nonce = token.key && nonceAskedFor(answer);
    return nonce === undefined ? answer : await send(nonce);
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error;
    const reason = unusable.has(error.fault) ? 'proxy.answer' : 'proxy.unavailable';
    throw new Refusal(reason, { received: error.message }, {}, error);
  }
}

const unusable: ReadonlySet<string> = new Set(['too_large', 'media_type', 'redirect']);

/** RFC 9449 §9. */
function nonceAskedFor({ status, headers }: FetchAnswer): string | undefined {
  const nonce = headers.get('dpop-nonce');
  const wanted = status === 401 && (headers.get('www-authenticate') ?? '').includes('use_dpop_nonce');
  return wanted && isNonce(nonce) ? nonce : undefined;
}
