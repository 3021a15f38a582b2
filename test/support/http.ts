// Contoso's broker as strangers, clients and operators see it: raw requests in, whole answers out, and what was kept of each.

import { randomUUID } from 'node:crypto';
import { request as openRequest } from 'node:http';
import { afterAll, beforeAll, expect } from 'vitest';
import type { AuditRecord } from '../../src/audit/record.ts';
import type { Log } from '../../src/broker.ts';
import type { Reason } from '../../src/protocol/refusal.ts';
import { refusals } from '../../src/protocol/refusals.ts';
import { clientAssertionType, grantTypes, joseTypes } from '../../src/protocol/urns.ts';
import { type Exchanged, httpChannel } from '../../src/testkit/channels.ts';
import { encodeForm, type FormFields, type HttpAnswer } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { type Changes, craftJwt, dpopProof, idJag } from '../../src/testkit/tokens.ts';
import { names, type Places, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';

/** Seconds: where the clock of a world stands until a test moves it. */
export const start = 1_795_000_000;

export type WorldOptions = {
  /** Laid over contoso's crossgrant.yaml. */
  readonly main?: (places: Places) => Settings;
  /** Laid over `accept` of contoso's domain acme. */
  readonly accept?: (places: Places) => Settings;
  /** Further domains of contoso, by name. */
  readonly domains?: (places: Places) => Readonly<Record<string, Settings>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: one that fills `logged`. */
  readonly log?: Log;
};

export type Logged = { readonly message: string; readonly fields: Readonly<Record<string, unknown>> };

export type World = TrustDomains & {
  /** The key acme signs its grants with. */
  readonly acmeKey: TestKey;
  readonly logged: readonly Logged[];
  /** Seconds. */
  now(): number;
  pass(seconds: number): void;
  /** A client assertion of the agent. */
  assertion(changes?: Changes, header?: Changes, key?: TestKey): string;
  /** The parameters around it. */
  credentials(assertion?: string): FormFields;
  /** A grant of acme for the agent, in alice's name. */
  grant(changes?: Changes, header?: Changes): string;
  /** A request at contoso's token endpoint that would succeed. */
  form(changes?: FormFields): FormFields;
  proof(key: TestKey, changes?: Changes): string;
  /** A token of contoso for its calendar, bound when a key is given. */
  accessToken(key?: TestKey, changes?: FormFields): Promise<string>;
  records(answer: HttpAnswer): Promise<readonly AuditRecord[]>;
};

/** Opens a world before the tests of a file and closes it after them. */
export function useWorld(options: WorldOptions = {}): () => World {
  let world: World | undefined;
  beforeAll(async () => {
    world = await openWorld(options);
  });
  afterAll(() => world?.stop());
  return () => {
    if (world === undefined) throw new Error('the world is there only while the tests run');
    return world;
  };
}

export async function openWorld({ main, accept, domains: more, env = {}, log }: WorldOptions = {}): Promise<World> {
  let at = start;
  const acmeKey = testKey('ES256', 'acme-1');
  const logged: Logged[] = [];
  const keep = (fields: object, message: string) => void logged.push({ message, fields: { ...fields } });
  const domains = await trustDomains({
    env,
    now: () => at * 1000,
    log: log ?? { info: keep, warn: keep, error: keep },
    contoso: (places) => ({
      main: main?.(places) ?? {},
      domains: { acme: { keys: acmeKey.jwks, accept: accept?.(places) ?? {} }, ...more?.(places) },
    }),
  });
  const { partner, contoso, acme, agentKey } = domains;
  const assertion: World['assertion'] = (changes = {}, header = {}, key = agentKey) => {
    const id = names.agentAtContoso;
    const claims = { iss: id, sub: id, aud: contoso, jti: randomUUID(), iat: at, exp: at + 60 };
    return craftJwt({ typ: joseTypes.clientAssertion, ...header }, { ...claims, ...changes }, key);
  };
  const credentials: World['credentials'] = (client_assertion = assertion()) => ({
    client_assertion_type: clientAssertionType,
    client_assertion,
  });
  const grant: World['grant'] = (changes = {}, header = {}) => {
    const parties = { issuer: acme, audience: contoso, clientId: names.agentAtContoso, sub: 'alice' };
    return idJag(parties, acmeKey, at, { scope: 'events:read', ...changes }, header);
  };
  const form: World['form'] = (changes = {}) => ({
    grant_type: grantTypes.jwtBearer,
    assertion: grant(),
    ...credentials(),
    ...changes,
  });
  const proof: World['proof'] = (key, changes = {}) => {
    const nonce = partner.broker.nonces.current(at);
    return dpopProof(key, { url: `${contoso}/token`, nonce }, at, changes);
  };
  return {
    ...domains,
    acmeKey,
    logged,
    assertion,
    credentials,
    grant,
    form,
    proof,
    now: () => at,
    pass: (seconds) => {
      at += seconds;
    },
    async accessToken(key, changes) {
      const answer = await partner.token(form(changes), key && { DPoP: proof(key) });
      expect(answer.body).toMatchObject({ token_type: key ? 'DPoP' : 'Bearer' });
      return String(answer.body['access_token']);
    },
    records: async ({ headers }) => {
      const found = await partner.broker.store.findAudit(headers.get('crossgrant-trace-id') ?? 'none');
      return found.map(({ record }) => record);
    },
  };
}

export type RawRequest = {
  readonly method?: string;
  /** A list sends the header as often. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** Sends the body in pieces, without a Content-Length. */
  readonly chunks?: readonly (string | Uint8Array)[];
};

export const formType = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** Sends exactly these headers and bytes, which `fetch` would tidy up. */
export function raw(url: string, { method = 'POST', headers = formType, body, chunks = [] }: RawRequest) {
  return new Promise<HttpAnswer & { readonly text: string }>((resolve, reject) => {
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, values]) => [name, typeof values === 'string' ? values : [...values]]),
    );
    const request = openRequest(url, { method, headers: sent, agent: false }, (response) => {
      const parts: Buffer[] = [];
      // A server that refuses a long body may close while we still send; what it answered counts.
      response.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        httpChannel.publish({
          url,
          headers: flat(sent),
          sent: String(body ?? chunks.join('')),
          received: text,
        } satisfies Exchanged);
        const answered = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        resolve({ status: response.statusCode ?? 0, headers: new Headers(answered), body: objectOf(text), text });
      });
    });
    request.on('error', reject);
    for (const chunk of chunks) request.write(chunk);
    request.end(body);
  });
}

const flat = (headers: Readonly<Record<string, string | readonly string[]>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, String(values)]));

/** POSTs a form with further headers, each as often as listed. */
export const rawForm = (url: string, fields: FormFields, headers: NonNullable<RawRequest['headers']> = {}) =>
  raw(url, { headers: { ...formType, ...headers }, body: encodeForm(fields) });

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Credentials as RFC 6749 §2.3.1 wants them, or plainly joined as many clients do. */
export const basic = (id: string, secret: string, encode: (text: string) => string = encodeURIComponent) => ({
  Authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`,
});

export type Refused = {
  readonly reason: Reason;
  readonly status: number;
  readonly error: string;
};

/** Outside: status, code, fixed words, every header an answer of this kind needs, and not a member more. */
export function expectRefusal(answer: HttpAnswer, { reason, status, error }: Refused): void {
  const trace_id = answer.headers.get('crossgrant-trace-id');
  expect(answer.body).toEqual({ error, error_description: refusals[reason].text, trace_id });
  expect(answer.status).toBe(status);
  expect(trace_id).toMatch(/^[0-9a-f]{32}$/);
  // RFC 6749 §5.2: what may stand in an error.
  for (const text of [error, answer.body['error_description']]) expect(text).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(headersOf(answer)).toEqual({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'www-authenticate': status === 401 ? expect.stringMatching(/^Basic realm="[^"\\]+", charset="UTF-8"$/) : null,
    allow: status === 405 ? 'POST' : null,
    'retry-after': status === 503 ? '5' : status === 429 ? '1' : null,
    'dpop-nonce': error === 'use_dpop_nonce' ? expect.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]+$/) : null,
  });
}

function headersOf({ headers }: HttpAnswer) {
  const told = ['content-type', 'cache-control', 'pragma', 'www-authenticate', 'allow', 'retry-after', 'dpop-nonce'];
  return Object.fromEntries(told.map((name) => [name, headers.get(name)]));
}

/** A refusal of a client that authenticated: one record, which gives the reason. */
export async function expectRecorded(world: World, answer: HttpAnswer, refused: Refused): Promise<AuditRecord> {
  expectRefusal(answer, refused);
  const [record, ...more] = await world.records(answer);
  expect(more).toEqual([]);
  expect(record).toMatchObject({
    decision: 'refused',
    reason: refused.reason,
    failed: { reason: refused.reason },
    issued: null,
  });
  if (record === undefined) throw new Error('a refusal without a record');
  return record;
}

/** A refusal of a caller nobody knows: a line in the log, nothing in the store (whoever fills our tables must be known). */
export async function expectLoggedOnly(world: World, answer: HttpAnswer, refused: Refused): Promise<Logged> {
  expectRefusal(answer, refused);
  expect(await world.records(answer)).toEqual([]);
  const lines = world.logged.filter(({ fields }) => fields['trace'] === answer.headers.get('crossgrant-trace-id'));
  expect(lines).toMatchObject([{ message: 'refused', fields: { reason: refused.reason } }]);
  const [line] = lines;
  if (line === undefined) throw new Error('a refusal without a line in the log');
  return line;
}
