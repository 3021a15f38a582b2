// Answers of a token endpoint that may be anybody's: what was said, and what it means for an entry.

import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { encodeForm, type TokenRequest } from './request.ts';
import type { Entry, Outcome, Target } from './types.ts';

export type Answer = {
  readonly status: number | null;
  /** `error` of the body. */
  readonly error: string | null;
  readonly body: JsonObject;
  /** Why there is no answer. */
  readonly failure?: string;
  readonly nonce?: string;
  readonly trace?: string;
  /** Given with a refusal for now (RFC 9110 §10.2.3). */
  readonly retryAfterMs?: number;
};

type Judgement = { readonly outcome: Outcome; readonly why?: string };

/** Sends a request; never rejects for what the network or the server does. */
export async function ask({ form, headers }: TokenRequest, target: Target): Promise<Answer> {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' };
  const request = {
    method: 'POST',
    headers: { ...type, ...headers },
    body: encodeForm(form),
    redirect: 'manual',
  } as const;
  try {
    const response = await target.fetch(target.server.tokenEndpoint, request);
    return read(response.status, (name) => response.headers.get(name) ?? undefined, await response.text());
  } catch (error) {
    return { status: null, error: null, body: {}, failure: error instanceof Error ? messageOf(error) : String(error) };
  }
}

/** Of `fetch failed` the cause says more. Some errors quote what was sent, and no token may stand in a report. */
function messageOf({ message, cause }: Error): string {
  const text = cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
  return text.replace(/[\w-]{20,}\.\S*/g, '…');
}

function read(status: number, header: (name: string) => string | undefined, text: string): Answer {
  const body = parsed(text);
  const { error } = body;
  const [nonce, trace] = [header('dpop-nonce'), header('crossgrant-trace-id')];
  const seconds = status === 429 || status === 503 ? Number(header('retry-after')) : Number.NaN;
  return {
    status,
    error: typeof error === 'string' ? error : null,
    body,
    ...(nonce !== undefined && { nonce }),
    ...(trace !== undefined && { trace }),
    ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
  };
}

function parsed(text: string): JsonObject {
  try {
    return parseJsonObject(text);
  } catch (error) {
    if (error instanceof JsonError) return {};
    throw error;
  }
}

/** RFC 6749 §5.1. */
export const isGranted = ({ status, body }: Answer): boolean =>
  status !== null && status >= 200 && status < 300 && typeof body['access_token'] === 'string';

/** What an answer means for the entry it is about. */
export function judge(entry: Entry, answer: Answer): Judgement {
  const { status, error, failure } = answer;
  if (status === null) return { outcome: 'failed', why: failure ?? 'no answer' };
  if (isGranted(answer)) return granted(entry, answer);
  if (status < 400) return { outcome: 'failed', why: `it answered ${status}, neither a token nor an error` };
  if (status === 429 || status >= 500) return { outcome: 'failed', why: `it answered ${status}` };
  if (entry.expect === 'accept' || entry.errors.some((code) => code === error)) return { outcome: 'refused' };
  const expected = entry.errors.join(' or ');
  return {
    outcome: 'refused_otherwise',
    why: `it answered ${error ?? 'without an OAuth error'} instead of ${expected}`,
  };
}

function granted(entry: Entry, { body }: Answer): Judgement {
  if (entry.expect === 'refuse' && entry.harmless?.(body)) {
    return { outcome: 'refused', why: 'it granted, without what was asked beyond' };
  }
  return { outcome: 'accepted' };
}
