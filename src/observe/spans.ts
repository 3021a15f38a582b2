// The span around a request and around a fetch: W3C trace context in and out, and what may be told to who collects spans.

import { context, propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Room } from '../token/lane.ts';
import type { Answer } from '../token/respond.ts';
import { tracer, tracing, within } from '../token/step.ts';
import type { Incoming } from '../token/types.ts';
import type { GuardedFetch } from '../trust/guarded-fetch.ts';

/** `room` itself, or when somebody traces: within a server span under the caller's own. `path`: where the room is. */
export function tracedRoom(path: string, room: Room): Room {
  if (!tracing) return room;
  return (incoming) => {
    const attributes = { 'http.request.method': incoming.method, 'http.route': path };
    const parent = propagation.extract(ROOT_CONTEXT, incoming.headers, headerGetter);
    return tracer.startActiveSpan(`${incoming.method} ${path}`, { kind: SpanKind.SERVER, attributes }, parent, (span) =>
      within(span, async () => {
        const answer = await room(incoming);
        describe(answer, span);
        return answer;
      }),
    );
  };
}

/** A header that came twice is nobody's word. */
const headerGetter = {
  get: (headers: Incoming['headers'], name: string) => {
    const [value, ...more] = headers.get(name) ?? [];
    return more.length === 0 ? value : undefined;
  },
  keys: (headers: Incoming['headers']) => [...headers.keys()],
};

/** Names and reasons; no subject, no token, and a client only once it has proved to be that. */
function describe({ status, trace, refusal }: Answer, span: Span): void {
  const { action, client, domain, rule } = trace.facts;
  const known = refusal === undefined || trace.spends !== undefined;
  span.setAttributes({
    'http.response.status_code': status,
    'crossgrant.trace_id': trace.id,
    'crossgrant.action': action,
    ...(client !== null && known && { 'crossgrant.client': client }),
    ...(domain !== null && { 'crossgrant.domain': domain }),
    ...(rule !== null && { 'crossgrant.rule': rule }),
    ...(refusal && { 'crossgrant.reason': refusal.reason }),
  });
  // A refusal is an answer that a server is right to give; only what is our fault is an error of its span.
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** `guarded` itself, or when somebody traces: within a client span whose context goes along. */
export function tracedFetch(guarded: GuardedFetch): GuardedFetch {
  if (!tracing) return guarded;
  return (url, request) => {
    const method = request.method ?? 'GET';
    const place = URL.canParse(url) ? new URL(url) : undefined;
    const attributes = {
      'http.request.method': method,
      ...(place && { 'server.address': place.hostname, 'url.full': `${place.origin}${place.pathname}` }),
    };
    return tracer.startActiveSpan(method, { kind: SpanKind.CLIENT, attributes }, (span) =>
      within(span, async () => {
        const answer = await guarded(url, { ...request, headers: { ...request.headers, ...traceparent() } });
        span.setAttribute('http.response.status_code', answer.status);
        return answer;
      }),
    );
  };
}

/** Only that: baggage and trace state are what others inside told us, and a partner is outside. */
function traceparent(): Readonly<Record<string, string>> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  const { traceparent: value } = carrier;
  return value === undefined ? {} : { traceparent: value };
}
