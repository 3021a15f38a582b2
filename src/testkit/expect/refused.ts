// "It was refused, for this reason": what the caller saw must fit, and so must what the broker wrote down.

import { suggest } from '../../config/nearest.ts';
import type { OAuthError, Reason, RefusalRow } from '../../protocol/refusal.ts';
import { refusals } from '../../protocol/refusals.ts';
import type { Outcome } from '../outcome.ts';
import { about, isReason } from './about.ts';
import { type Difference, type Equals, side, tell, type Verdict } from './verdict.ts';

/** A reason of ours such as `grant.replayed`, or an OAuth error code such as `invalid_grant`, which any server may give. */
export type RefusedFor = Reason | OAuthError | (string & {});

/** What is said beside the reason; what is left out may be anything. */
export type RefusedAs = {
  readonly status?: number;
  readonly error?: string;
  /** What the failed check expected and received, by the record. */
  readonly expected?: unknown;
  readonly received?: unknown;
};

/**
 * A reason of ours is looked up in the record, or in the log where there is none, and the answer must be the one that belongs
 * to it. A server that tells no reason must at least give one of the codes the reason has.
 */
export function judgeRefused(
  outcome: Outcome,
  reason: RefusedFor | undefined,
  expected: RefusedAs,
  equals: Equals,
): Verdict {
  const differences = outcome.granted ? [] : [...checks(outcome, reason, expected)].filter(differs(equals));
  const pass = !outcome.granted && differences.length === 0;
  const wanted = reason === undefined ? 'a refusal' : `a refusal for ${reason}`;
  const sentence = outcome.granted
    ? `expected ${wanted}, but a token came out`
    : `expected ${wanted}, but it is another`;
  return {
    pass,
    expected: outcome.granted ? 'refused' : side(differences, 'expected'),
    actual: outcome.granted ? 'granted' : side(differences, 'received'),
    message: () =>
      tell(pass ? `expected no ${wanted.slice(2)}, but there is one` : sentence, differences, about(outcome)),
  };
}

const differs = (equals: Equals) => (difference: Difference) => !equals(difference.received, difference.expected);

function* checks(outcome: Outcome, reason: RefusedFor | undefined, expected: RefusedAs): Generator<Difference> {
  const { status, body, failed, record, token } = outcome;
  if (reason !== undefined) yield* reasonChecks(outcome, reason);
  for (const name of ['expected', 'received'] as const) {
    if (expected[name] !== undefined)
      yield { what: `${name} by the check`, expected: expected[name], received: failed?.[name] };
  }
  if (expected.status !== undefined) yield { what: 'status', expected: expected.status, received: status };
  if (expected.error !== undefined) yield { what: 'error', expected: expected.error, received: body['error'] };
  // RFC 6749 §5.2: an error brings nothing else.
  yield { what: 'token in the answer', expected: false, received: token !== undefined };
  if (record) yield { what: 'record', expected: 'refused', received: record.decision };
}

/** Reasons of ours have a dot in them, and OAuth error codes have none. */
function notAReason(reason: string): string {
  if (!reason.includes('.')) return '';
  const near = suggest(reason, Object.keys(refusals));
  return ` (there is no reason of this name${near ? `; ${near}` : ''})`;
}

function* reasonChecks({ status, body, failed }: Outcome, reason: RefusedFor): Generator<Difference> {
  if (!isReason(reason)) {
    yield { what: `error${notAReason(reason)}`, expected: reason, received: body['error'] };
    return;
  }
  const row: RefusalRow = refusals[reason];
  if (failed) yield { what: 'reason', expected: reason, received: failed.reason };
  const codes = [row.error, row.errorInGrantProfile].filter((code) => code !== undefined);
  const fits = codes.some((code) => code === body['error']);
  yield { what: 'error', expected: fits ? body['error'] : codes.join(' or '), received: body['error'] };
  if (failed) yield { what: 'status', expected: row.status, received: status };
  if (failed) yield { what: 'text', expected: row.text, received: body['error_description'] };
}
