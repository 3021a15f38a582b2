// Every reason for a refusal with its cause and remedy: to look one up, and as the tables of the README.

import type { Party, Reason, RefusalRow } from '../protocol/refusal.ts';
import { refusals } from '../protocol/refusals.ts';
import { markdownTable } from './markdown.ts';

/** A row of the table of refusals, with its name. */
export type ExplainedReason = RefusalRow & { readonly reason: string };

/** All of them, in the order of the table. */
export const explainedReasons: readonly ExplainedReason[] = Object.entries<RefusalRow>(refusals).map(
  ([reason, row]) => ({ reason, ...row }),
);

/** The reason of that name, or all whose name begins with it: `grant` finds `grant.audience` and its neighbours. */
export function reasonsNamed(name: string): readonly ExplainedReason[] {
  const exact = explainedReasons.filter(({ reason }) => reason === name);
  const beginning = name.includes('.') ? name : `${name}.`;
  return exact.length > 0 ? exact : explainedReasons.filter(({ reason }) => reason.startsWith(beginning));
}

/** What the caller gets: `400 invalid_request, for an ID-JAG invalid_grant`. */
export function answerOf({ status, error, errorInGrantProfile: inProfile }: RefusalRow): string {
  return `${status} ${error}${inProfile === undefined ? '' : `, for an ID-JAG ${inProfile}`}`;
}

const partyNames: Readonly<Record<Party, string>> = {
  caller: 'the caller',
  us: 'us',
  partner: 'the other domain',
};

/** Who can put it right, likeliest first. */
export function whoCan({ by }: RefusalRow): string {
  return by.map((party) => partyNames[party]).join(' or ');
}

/** The table of refusals as Markdown: what all kinds of token have in common is said once. */
export function refusalReference(): string {
  const shared = explainedReasons.filter(isShared);
  const faults = [...new Set(shared.map(({ reason }) => faultOf(reason)))];
  const kinds = [...new Set(shared.map(({ reason }) => kindOf(reason)))];
  return [
    `A token that is not acceptable is refused as \`<kind>.<fault>\`, such as \`${shared[0]?.reason}\`:`,
    markdownTable(
      ['kind', 'the caller gets'],
      kinds.map((kind) => [`\`${kind}\``, answerOf(refusals[firstOf(kind)])]),
    ),
    markdownTable(
      ['fault', 'of', 'cause', 'remedy', 'who', 'section'],
      faults.flatMap((fault) => faultRows(fault, shared, kinds)),
    ),
    'Everything else:',
    markdownTable(
      ['reason', 'the caller gets', 'cause', 'remedy', 'who', 'section'],
      explainedReasons
        .filter((row) => !isShared(row))
        .map((row) => [`\`${row.reason}\``, answerOf(row), row.cause, row.remedy, whoCan(row), row.section]),
    ),
  ].join('\n\n');
}

const kindOf = (reason: string) => reason.slice(0, reason.lastIndexOf('.'));
const faultOf = (reason: string) => reason.slice(reason.lastIndexOf('.') + 1);
const firstOf = (kind: string) => `${kind}.malformed` as Reason;

/** True for what can be wrong with several kinds of token, and is answered as whatever else is wrong with that kind. */
function isShared(row: ExplainedReason): boolean {
  const first = explainedReasons.find(({ reason }) => reason === firstOf(kindOf(row.reason)));
  return first !== undefined && answerOf(first) === answerOf(row) && twins(row).length > 1;
}

function twins({ reason, cause, remedy }: ExplainedReason): readonly ExplainedReason[] {
  const sameFault = explainedReasons.filter((other) => faultOf(other.reason) === faultOf(reason));
  return sameFault.filter((other) => other.cause === cause && other.remedy === remedy);
}

function faultRows(fault: string, shared: readonly ExplainedReason[], kinds: readonly string[]) {
  const rows = shared.filter(({ reason }) => faultOf(reason) === fault);
  const [first] = rows;
  if (first === undefined) return [];
  const of = rows.map(({ reason }) => `\`${kindOf(reason)}\``);
  const whose = of.length === kinds.length ? 'all' : of.join(', ');
  return [[`\`${fault}\``, whose, first.cause, first.remedy, whoCan(first), first.section]];
}
