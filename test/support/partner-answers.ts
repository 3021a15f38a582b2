// What a test demands of an answer of the token endpoint: everything outside, and the audit record inside.

import { expect } from 'vitest';
import type { AuditRecord } from '../../src/audit/record.ts';
import type { JsonObject } from '../../src/jose/json.ts';
import { decodeJws } from '../../src/jose/jws.ts';
import type { Reason } from '../../src/protocol/refusal.ts';
import { refusals } from '../../src/protocol/refusals.ts';
import type { HttpAnswer } from '../../src/testkit/http.ts';
import type { Partner } from './partner.ts';

export type Expected = {
  readonly reason: Reason;
  /** Default: invalid_grant with status 400. */
  readonly error?: string;
  readonly status?: number;
  /** `expected` and `received` of the record; default: whatever they are. */
  readonly failed?: { readonly expected?: unknown; readonly received?: unknown };
  /** Further members of the answer; default: none. */
  readonly extra?: Readonly<Record<string, unknown>>;
};

/** One refusal: fixed words outside, the reason and its evidence in exactly one record. Returns the record. */
export async function expectRefused(
  { audit }: Partner,
  answer: HttpAnswer,
  { reason, error = 'invalid_grant', status = 400, failed, extra = {} }: Expected,
): Promise<AuditRecord> {
  expectRefusedOutside(answer, { reason, error, status, extra });
  const records = await audit(answer);
  expect(records).toHaveLength(1);
  const [record] = records;
  if (record === undefined) throw new Error('no record');
  expect(record).toMatchObject({ decision: 'refused', reason, issued: null });
  expect(record.failed).toEqual(failed ? { reason, ...failed } : expect.objectContaining({ reason }));
  return record;
}

/** A caller nobody could authenticate leaves a line in the log and nothing in the store (design §2.12). */
export async function expectTurnedAway({ audit, logged }: Partner, answer: HttpAnswer, expected: Expected) {
  const { reason, error = 'invalid_client', status = 401, extra = {} } = expected;
  expectRefusedOutside(answer, { reason, error, status, extra });
  expect(await audit(answer)).toEqual([]);
  const trace = answer.headers.get('crossgrant-trace-id');
  expect(logged).toContainEqual({ message: 'refused', fields: expect.objectContaining({ trace, reason }) });
}

/** RFC 6749 §5.2, and not a member more. */
function expectRefusedOutside(
  answer: HttpAnswer,
  { reason, error, status, extra }: Required<Omit<Expected, 'failed'>>,
) {
  const trace_id = answer.headers.get('crossgrant-trace-id');
  expect(trace_id).toMatch(/^[0-9a-f]{32}$/);
  expect(answer.body).toEqual({ error, error_description: refusals[reason].text, ...extra, trace_id });
  expect(answer.status).toBe(status);
  expect(answer.headers.has('www-authenticate')).toBe(status === 401);
  expectNeverCached(answer);
}

/** RFC 6749 §5.1. */
export function expectNeverCached({ headers }: HttpAnswer) {
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('cache-control')).toBe('no-store');
}

/** A granted request: what the access token says. */
export function granted(answer: HttpAnswer): JsonObject {
  expect(answer.body).toEqual(expect.objectContaining({ access_token: expect.any(String) }));
  expect(answer.status).toBe(200);
  return decodeJws(String(answer.body['access_token'])).claims;
}
