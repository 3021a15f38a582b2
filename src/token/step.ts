// Steps as spans (OpenTelemetry): seen by whoever preloads an SDK, and the bare functions for everybody else.

import { ProxyTracerProvider, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { Refusal } from '../protocol/refusal.ts';

/** Whether somebody registered a provider before this program was loaded, as `node --import ./otel.mjs` does. Looked at once. */
export const tracing = isRegistered();

function isRegistered(): boolean {
  const provider = trace.getTracerProvider();
  const found = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  return found !== new ProxyTracerProvider().getDelegate();
}

export const tracer = trace.getTracer('crossgrant');

/** `work` itself, or when somebody traces: `work` within a span that ends with it and says why it refused. */
export function step<Args extends readonly unknown[], Result>(
  name: string,
  work: (...args: Args) => Result,
): (...args: Args) => Result {
  if (!tracing) return work;
  return (...args) => tracer.startActiveSpan(name, (span) => within(span, () => work(...args)));
}

/** Ends the span when the work has ended, now or later. */
export function within<Result>(span: Span, work: () => Result): Result {
  try {
    const result = work();
    if (result instanceof Promise) {
      result.then(
        () => span.end(),
        (error: unknown) => fail(span, error),
      );
    } else span.end();
    return result;
  } catch (error) {
    fail(span, error);
    throw error;
  }
}

/** The reason or the name of the error. Never its message or stack: who collects spans is not who may read our log. */
function fail(span: Span, error: unknown): void {
  const kind = error instanceof Refusal ? error.reason : error instanceof Error ? error.name : typeof error;
  span.setAttribute(error instanceof Refusal ? 'crossgrant.reason' : 'error.type', kind);
  span.setStatus({ code: SpanStatusCode.ERROR, message: kind });
  span.end();
}
