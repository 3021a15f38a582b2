// A program of its own for test/path/tracing.test.ts: a chain and some refusals under a tracer; prints what was exported.

import { clientAssertionType, grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { names, trustDomains } from '../../src/testkit/trust-domains.ts';
import { exporter } from './otel.ts';

/** What is printed. Spans in the order in which they ended. */
export type Traced = {
  readonly spans: readonly {
    readonly name: string;
    readonly kind: number;
    readonly traceId: string;
    readonly spanId: string;
    readonly parent: string | undefined;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly status: { readonly code: number; readonly message?: string };
    readonly events: number;
  }[];
  /** Requests at the identity provider: the headers that concern tracing. */
  readonly fetched: readonly { readonly traceparent: string | null; readonly others: readonly string[] }[];
  /** Trace ids of ours, by what was asked. */
  readonly ours: Readonly<Record<string, string | null>>;
  /** Everything confidential that was sent or received. */
  readonly secrets: readonly string[];
};

const world = await trustDomains();
const { home, partner, idp, agentKey } = world;
const now = Math.floor(Date.now() / 1000);
const secrets: string[] = [String(agentKey.privateJwk['d']), names.calendarSecret];
const fetched: Traced['fetched'][number][] = [];
const serve = idp.http.fetch;
idp.http.fetch = (request, ...rest) => {
  const { headers } = request;
  const others = ['tracestate', 'baggage'].filter((name) => headers.has(name));
  fetched.push({ traceparent: headers.get('traceparent'), others });
  return serve(request, ...rest);
};

const assertion = (audience: string, clientId: string): FormFields => {
  const client_assertion = clientAssertion(clientId, audience, agentKey, now);
  secrets.push(client_assertion);
  return { client_assertion_type: clientAssertionType, client_assertion };
};
const exchange = () => {
  const subject_token = idp.idToken(names.agentAtLogin);
  secrets.push(subject_token);
  return {
    grant_type: grantTypes.tokenExchange,
    requested_token_type: tokenTypes.idJag,
    audience: world.contoso,
    subject_token_type: tokenTypes.idToken,
    subject_token,
    ...assertion(world.acme, names.agent),
  };
};
const caller = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=inside',
  baggage: 'user=alice',
};
const sent = await home.token(exchange(), caller);
const grant = String(sent.body['access_token']);
const redeemed = await partner.token({
  grant_type: grantTypes.jwtBearer,
  assertion: grant,
  ...assertion(world.contoso, names.agentAtContoso),
});
secrets.push(grant, String(redeemed.body['access_token']));
const refused = await home.token({ ...exchange(), audience: 'https://nobody.example' });
const stranger = await home.token({ ...exchange(), client_assertion: 'a-guess', client_id: 'mallory' });
const inactive = await partner.post('introspect', { token: grant, ...assertion(world.contoso, names.agentAtContoso) });
await partner.broker.store.close();
const broken = await partner.token({
  grant_type: grantTypes.jwtBearer,
  assertion: grant,
  ...assertion(world.contoso, names.agentAtContoso),
});
await world.stop();

const id = ({ headers }: typeof sent) => headers.get('crossgrant-trace-id');
const traced: Traced = {
  spans: exporter.getFinishedSpans().map((span) => ({
    name: span.name,
    kind: span.kind,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId,
    attributes: span.attributes,
    status: span.status,
    events: span.events.length,
  })),
  fetched,
  ours: {
    sent: id(sent),
    redeemed: id(redeemed),
    refused: id(refused),
    stranger: id(stranger),
    inactive: id(inactive),
    broken: id(broken),
  },
  secrets,
};
process.stdout.write(JSON.stringify(traced));
