// An explanation as text: the outcome first, then what stands in the way or what would come out, then every check.

import { printable } from '../audit/printable.ts';
import type { Ink } from '../demo/ink.ts';
import { wrapText } from '../demo/ink.ts';
import type { Explained, ExplainedCheck, NearRule, PartnerSays, ReportOnly, SecondLeg } from '../explain/explained.ts';
import type { ExplainedPast } from '../explain/past.ts';
import { explainedReasons, whoCan } from '../explain/reasons.ts';
import { refusalRow } from '../protocol/refusals.ts';
import { table } from './output.ts';

const width = 100;

/** Blocks of lines, the most telling first. */
export function renderExplained(explained: Explained | ExplainedPast, ink: Ink): string {
  const { outcome, refused } = explained;
  const head = outcome === 'granted' ? ink.green('would be granted') : ink.red('would be refused');
  const past = 'recorded' in explained ? [...recordedLine(explained.recorded), ...dayLine(explained.thatDay)] : [];
  return [
    [`${ink.bold(head)}  ${who(explained)}`, ...past].join('\n'),
    ...('redeemed' in explained ? redeemed(explained.redeemed, ink) : []),
    ...(refused ? [refusal(explained, ink)] : []),
    ...nearRules(explained.near, ink),
    ...mapped(explained, ink),
    ...token(explained, ink),
    ...leg(explained.secondLeg, ink),
    ...reportOnly(explained.reportOnly, ink),
    checks(explained.checks, ink),
    ...(explained.unchecked.length > 0 ? [`not looked at: ${explained.unchecked.join('; ')}`] : []),
  ].join('\n\n');
}

function who({ action, client, agent, subject, domain, rule }: Explained): string {
  const parts = [
    action,
    client === null ? null : `by ${client}${agent === null ? '' : ` (${agent})`}`,
    subject && `for ${subject.sub} of ${subject.issuer}`,
    domain && `at ${domain}`,
    rule && `by rule ${rule}`,
  ];
  return parts.filter((part) => part !== null).join(' ');
}

function recordedLine({ at, decision, rule, reason }: ExplainedPast['recorded']): readonly string[] {
  const then = new Date(at).toISOString().replace('T', ' ').slice(0, 19);
  const how = decision === 'granted' ? `granted by ${rule}` : `refused with ${reason}`;
  return [`then, ${then} UTC: ${how}`];
}

function dayLine(thatDay: ExplainedPast['thatDay']): readonly string[] {
  if (thatDay === null) return ['no version had been applied by then: only the rules of today can be asked'];
  const { version } = thatDay;
  if ('problem' in thatDay)
    return [`version ${version}, in force then, cannot be read here any more: ${thatDay.problem}`];
  const { outcome, rule, refused } = thatDay.explained;
  const how = outcome === 'granted' ? `granted by ${rule}` : `refused with ${refused?.reason}`;
  return [`by version ${version}, in force then: ${how}`];
}

/** What came of both legs then: the partner is not asked again. */
function redeemed(second: ExplainedPast['redeemed'], ink: Ink): readonly string[] {
  if (second === null) return [];
  const { decision, reason, failed, issued } = second;
  const head = ink.bold('then, at the partner');
  if (decision === 'granted') return [`${head}: granted${issued === null ? '' : `, ${issued.kind} to the caller`}`];
  const row = explainedReasons.find((one) => one.reason === reason);
  const why = rows([
    ['reason', reason ?? undefined],
    ['because', row?.cause],
    ['expected', shown(failed?.expected)],
    ['received', shown(failed?.received)],
    ['to do', row?.remedy],
    ['who', row && whoCan(row)],
  ]);
  return [`${head}: refused\n${why}`];
}

function refusal({ refused, checks: made }: Explained, ink: Ink): string {
  if (refused === null) return '';
  const failed = made.find(({ held }) => !held);
  const { status, error, text } = refused.answer;
  return rows([
    ['reason', ink.bold(refused.reason)],
    ['because', refused.cause],
    ['expected', shown(failed?.expected)],
    ['received', shown(failed?.received)],
    ['nearest', refused.nearest === undefined ? undefined : `${refused.nearest}  (compared byte for byte)`],
    ['to do', refused.remedy],
    ['who', whoCan(refusalRow(refused.reason))],
    ['answer', `${status} ${error}: ${text}`],
  ]);
}

function nearRules(near: readonly NearRule[], ink: Ink): readonly string[] {
  if (near.length === 0) return [];
  const lines = near.map(({ rule, reason, expected, received }) => {
    if (reason === undefined) return [rule, 'fits as well, and comes later'];
    const evidence = [
      expected === undefined ? '' : `expects ${shown(expected)}`,
      received === undefined ? '' : `got ${shown(received)}`,
    ];
    return [rule, [reason, ...evidence.filter((each) => each !== '')].join(', ')];
  });
  return [`${ink.bold('rules that nearly matched')}\n${table(['rule', 'what stands in its way'], lines)}`];
}

const yes = (value: boolean | null) => (value === null ? 'not said' : value ? 'yes' : 'no');

function mapped({ scopes, claims, left }: Explained, ink: Ink): readonly string[] {
  const scopeRows = scopes.map(({ scope, asked, held, becomes, granted }) => [
    scope,
    yes(asked),
    yes(held),
    becomes ?? '(unknown to the rule)',
    granted ? ink.green('yes') : 'no',
  ]);
  const claimRows = claims.map(({ claim, value, from }) => [claim, cut(shown(value) ?? ''), from]);
  const leaves = left.length > 0 ? `\nstays here: ${left.join(', ')}` : '';
  return [
    ...(scopeRows.length > 0
      ? [`${ink.bold('scopes')}\n${table(['scope', 'asked', 'held', 'there it is', 'granted'], scopeRows)}`]
      : []),
    ...(claimRows.length > 0
      ? [`${ink.bold('claims')}\n${table(['claim', 'value', 'from'], claimRows)}${leaves}`]
      : []),
  ];
}

function token({ token: made }: Explained, ink: Ink): readonly string[] {
  if (made === null) return [];
  const { exp, iat } = made.claims;
  const seconds = typeof exp === 'number' && typeof iat === 'number' ? `, for ${exp - iat} s` : '';
  return [`${ink.bold('the token')} ${made.kind}, typ ${made.typ ?? '(none)'}${seconds}, unsigned: nothing was issued`];
}

function leg(second: SecondLeg | null, ink: Ink): readonly string[] {
  if (second === null) return [];
  const { domain, told, outcome, notes, partner } = second;
  const head = `${ink.bold('at the partner')} ${domain}, ${told}: ${verdicts[outcome]}`;
  return [
    [head, ...notes.map((note) => wrapText(note, width, '  ')), ...(partner ? partnerLines(partner) : [])].join('\n'),
  ];
}

const verdicts: Readonly<Record<SecondLeg['outcome'], string>> = {
  granted: 'would be granted',
  refused: 'would be refused',
  unknown: 'nothing speaks against it',
};

function reportOnly(tried: ReportOnly | null, ink: Ink): readonly string[] {
  if (tried === null) return [];
  const { outcome, rule, refused, failed } = tried;
  if (outcome === 'unknown')
    return [
      `${ink.bold('if what is in report-only counted')} nobody can tell: no issuer is asked about a token for it`,
    ];
  const head = `${ink.bold('if what is in report-only counted')} ${outcome}${rule === null ? '' : ` by rule ${rule}`}`;
  if (refused === null) return [head];
  const because = rows([
    ['reason', refused.reason],
    ['because', refused.cause],
    ['expected', shown(failed?.expected)],
    ['received', shown(failed?.received)],
    ['to do', refused.remedy],
  ]);
  return [`${head}\n${because}`];
}

function partnerLines({ refused, token: made }: PartnerSays): readonly string[] {
  if (refused)
    return [`  ${refused.reason}: ${refused.cause}`, `  to do: ${refused.remedy} (${refused.by.join(' or ')})`];
  if (made === null) return [];
  const scope = made.scope === null ? 'without scopes' : `with ${made.scope}`;
  return [`  an access token for ${made.sub} at ${made.aud} ${scope}, for ${made.lifetime} s`];
}

function checks(made: readonly ExplainedCheck[], ink: Ink): string {
  const lines = made.map(({ reason, section, held, expected, received }) => [
    held ? ink.green('ok') : ink.red('no'),
    reason,
    section,
    cut(shown(expected) ?? ''),
    cut(shown(received) ?? ''),
  ]);
  return `${ink.bold('checks, in order')}\n${table(['', 'would refuse with', 'section', 'expected', 'received'], lines)}`;
}

/** Names and values, those without a value left out; long values wrapped behind their name. */
function rows(lines: readonly (readonly [string, string | undefined])[]): string {
  const told = lines.filter((line): line is readonly [string, string] => line[1] !== undefined);
  const indent = ' '.repeat(10);
  return told.map(([name, value]) => `${name.padEnd(10)}${wrapText(value, width, indent).trimStart()}`).join('\n');
}

/** What came from strangers is made fit for a terminal. */
function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return String(printable(value));
}

const longest = 60;
const cut = (text: string) => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
