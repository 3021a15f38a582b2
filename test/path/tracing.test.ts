// OpenTelemetry, with the real SDK preloaded as an operator would: a span for each step, trace context in and out, no secret.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { beforeAll, describe, expect, it } from 'vitest';
import { names } from '../../src/testkit/trust-domains.ts';
import { step, tracing } from '../../src/token/step.ts';
import { bundledTogether } from '../support/program.ts';
import type { Traced } from '../support/traced.ts';

let traced: Traced;
beforeAll(async () => {
  const [sdk = '', program = ''] = await bundledTogether(['test/support/otel.ts', 'test/support/traced.ts']);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', sdk, program]);
  traced = JSON.parse(stdout);
});

type Span = Traced['spans'][number];

/** The span of a request, by our own trace id. */
function requestSpan(name: string): Span {
  const span = traced.spans.find(({ attributes }) => attributes['crossgrant.trace_id'] === traced.ours[name]);
  if (span === undefined) throw new Error(`no span of ${name}`);
  return span;
}
const stepsOf = (name: string) => traced.spans.filter(({ parent }) => parent === requestSpan(name).spanId);

describe('a request', () => {
  it('is a span that says what was asked, by whom, and by which rule it was answered', () => {
    expect(requestSpan('sent')).toMatchObject({
      name: 'POST /token',
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/token',
        'http.response.status_code': 200,
        'crossgrant.action': 'token-exchange',
        'crossgrant.client': names.agent,
        'crossgrant.domain': 'contoso',
        'crossgrant.rule': 'contoso.send',
      },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(requestSpan('inactive')).toMatchObject({ name: 'POST /introspect' });
  });

  it('has the steps of the path under it, in their order', () => {
    expect(stepsOf('redeemed').map(({ name }) => name)).toEqual([
      'read request',
      'find grant',
      'read proof',
      'authenticate client',
      'check registration',
      'read authority',
      'decide',
      'draft token',
      'sign',
      'commit',
    ]);
  });

  it('W3C trace context: hangs under the span of its caller, and a request without one begins a trace', () => {
    expect(requestSpan('sent')).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parent: 'b7ad6b7169203331',
    });
    expect(requestSpan('redeemed').parent).toBeUndefined();
    expect(requestSpan('redeemed').traceId).not.toBe(requestSpan('sent').traceId);
  });
});

describe('a refusal', () => {
  it('says its reason, at the request and at the step that refused', () => {
    const { attributes, status } = requestSpan('refused');
    expect(attributes).toMatchObject({ 'crossgrant.reason': 'target.unknown', 'crossgrant.client': names.agent });
    // It is what the server should do: errors of a server span are ours.
    expect(status.code).toBe(SpanStatusCode.UNSET);
    expect(stepsOf('refused').slice(-2)).toMatchObject([
      {
        attributes: { 'crossgrant.reason': 'target.unknown' },
        status: { code: SpanStatusCode.ERROR, message: 'target.unknown' },
      },
      { name: 'record refusal', status: { code: SpanStatusCode.UNSET } },
    ]);
  });

  it('attack: a stranger cannot put his words into a trace as a client', () => {
    expect(requestSpan('stranger').attributes).not.toHaveProperty('crossgrant.client');
  });

  it('for which we are to blame is an error', () => {
    expect(requestSpan('broken')).toMatchObject({
      attributes: { 'http.response.status_code': 503, 'crossgrant.reason': 'store.unavailable' },
      status: { code: SpanStatusCode.ERROR },
    });
  });
});

describe('a fetch', () => {
  it('is a span of its own under the step that needed it, and carries its context to the partner', () => {
    const fetches = traced.spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    const parents = new Set(traced.spans.filter(({ name }) => name === 'read authority').map(({ spanId }) => spanId));
    expect(fetches.length).toBeGreaterThanOrEqual(2);
    for (const fetch of fetches) {
      expect(fetch.name).toBe('GET');
      expect(parents).toContain(fetch.parent);
    }
    expect(fetches.map(({ attributes }) => attributes['http.response.status_code'])).toContain(200);
    const carried = fetches.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`);
    expect(traced.fetched.length).toBeGreaterThan(0);
    for (const { traceparent } of traced.fetched) expect(carried).toContain(traceparent);
  });

  it('attack: what others inside told us in baggage and trace state does not leave for a partner', () => {
    expect(traced.fetched.flatMap(({ others }) => others)).toEqual([]);
  });
});

describe('what is exported', () => {
  it('holds no token, secret or key, no subject, and no message of an error', () => {
    const text = JSON.stringify(traced.spans);
    const parts = traced.secrets.flatMap((secret) => [secret, ...secret.split('.')]).filter((part) => part.length > 16);
    expect(parts.length).toBeGreaterThan(20);
    expect(parts.filter((part) => text.includes(part))).toEqual([]);
    expect(text).not.toMatch(/alice|mallory|nobody\.example/);
    expect(traced.spans.filter(({ events }) => events > 0)).toEqual([]);
  });
});

describe('without an SDK', () => {
  it('a step is the function itself', () => {
    const work = () => 1;
    expect(tracing).toBe(false);
    expect(step('anything', work)).toBe(work);
  });
});
