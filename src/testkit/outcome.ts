// What came of one request to an authorization server: the answer as its caller saw it, and why, where a broker of ours gave it.

import type { AuditRecord, Check } from '../audit/record.ts';
import type { JsonObject } from '../jose/json.ts';
import { decodeJws } from '../jose/jws.ts';
import { traceHeader } from '../token/respond.ts';
import { type HttpAnswer, parseObject } from './http.ts';

export type Outcome = HttpAnswer & {
  /** Who answered: an issuer identifier, or an address. */
  readonly server: string;
  /** A token came out. */
  readonly granted: boolean;
  /** That token; undefined when there is none. */
  readonly token: string | undefined;
  /** What is written in it; empty for an opaque token, and where there is none. */
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** By which an operator of a broker finds the request. */
  readonly traceId: string | undefined;
  /** What the broker recorded. Undefined where it is not one of this world, and for callers it does not know. */
  readonly record: AuditRecord | undefined;
  /** The check that failed, from the record, or from the log where there is none. */
  readonly failed: Check | undefined;
};

/** What a broker kept of a request. */
export type Kept = Pick<Outcome, 'record' | 'failed'>;

/** How to look up what was kept by trace id. */
export type Recall = (traceId: string) => Promise<Kept>;

export const nothingKept: Recall = async () => ({ record: undefined, failed: undefined });

/** An answer with everything that can be known of it. */
export async function outcomeOf(answer: HttpAnswer, server: string, recall: Recall): Promise<Outcome> {
  const { status, body, headers } = answer;
  const token = tokenIn(body);
  const traceId = headers.get(traceHeader) ?? textIn(body, 'trace_id');
  const granted = status >= 200 && status < 300 && body['error'] === undefined;
  const kept = traceId === undefined ? await nothingKept('') : await recall(traceId);
  return { ...answer, server, granted, token, ...readToken(token), traceId, ...kept };
}

const textIn = (body: HttpAnswer['body'], name: string) => {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
};

/** Grants travel in `access_token` too (RFC 8693 §2.2.1). */
const tokenIn = (body: HttpAnswer['body']) => textIn(body, 'access_token') ?? textIn(body, 'id_token');

/** Header and claims of a JWT, believed as they stand; empty for anything else. */
export function readToken(token: string | undefined): { readonly header: JsonObject; readonly claims: JsonObject } {
  try {
    const { header, claims } = decodeJws(token ?? '');
    return { header, claims };
  } catch {
    return { header: {}, claims: {} };
  }
}

/** Whatever an HTTP client hands to who uses it: a Response, an answer of this kit, or an error that carries a Response. */
export type Answered = Response | HttpAnswer | Error;

/** The answer in it. The body of a Response must not have been read. Throws a TypeError when there is none. */
export async function answerIn(answered: Answered): Promise<HttpAnswer> {
  if (answered instanceof Response) return read(answered);
  if (!(answered instanceof Error)) return answered;
  const { response, cause } = answered as { readonly response?: unknown; readonly cause?: unknown };
  if (response instanceof Response) return response.bodyUsed ? fromError(answered, response) : read(response);
  if (cause instanceof Error) return answerIn(cause);
  throw new TypeError(`no answer hangs on this error: ${answered.message}`, { cause: answered });
}

async function read(response: Response): Promise<HttpAnswer> {
  const { status, headers } = response;
  return { status, headers, body: parseObject(await response.clone().text()) };
}

/** Client libraries put the members of an error answer on the error (RFC 6749 §5.2), or the whole of it into its cause. */
function fromError(error: Error, { status, headers }: Response): HttpAnswer {
  const { cause, error: code, error_description: text } = { ...error, cause: error.cause } as Record<string, unknown>;
  const whole = typeof cause === 'object' && cause !== null && !(cause instanceof Error) ? cause : {};
  return { status, headers, body: { ...whole, ...(code !== undefined && { error: code, error_description: text }) } };
}
