// An answer in a few lines for people: what was said outside, which check failed inside, and by which id an operator finds it.

import type { Reason } from '../../protocol/refusal.ts';
import { refusals } from '../../protocol/refusals.ts';
import type { Outcome } from '../outcome.ts';

export const isReason = (text: string): text is Reason => Object.hasOwn(refusals, text);

/** Never a token: those of a failing test end in the log of a build. */
export function about(outcome: Outcome): readonly string[] {
  const { server, record, failed, traceId } = outcome;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['answer', said(outcome)],
    ['by', server || undefined],
    ['check', failed && failedCheck(failed)],
    ['section', failed && isReason(failed.reason) ? refusals[failed.reason].section : undefined],
    ['remedy', failed && isReason(failed.reason) ? refusals[failed.reason].remedy : undefined],
    ['rule', record?.rule ?? undefined],
    ['trace', traceId],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(8)} ${value}`]));
}

function said({ status, body, granted }: Outcome): string {
  const { error, error_description: text, token_type: type, scope } = body;
  if (granted) return `${status} ${[type, scope].filter((part) => part !== undefined).join(', scope ')}`.trim();
  if (error === undefined) return `${status} without an OAuth error`;
  return `${status} ${error}${text === undefined ? '' : `: ${text}`}`;
}

function failedCheck({ reason, expected, received }: NonNullable<Outcome['failed']>): string {
  const told = (name: string, value: unknown) => (value === undefined ? '' : `, ${name} ${JSON.stringify(value)}`);
  return `${reason}${told('expected', expected)}${told('received', received)}`;
}
