// What the doctor found, for people: the gravest first, each with what to do.

import { printableText } from '../audit/printable.ts';
import { type Ink, wrapText } from '../demo/ink.ts';
import { counted } from '../doctor/say.ts';
import type { Finding, Level } from '../doctor/types.ts';
import { limits } from '../protocol/limits.ts';

export type Rendering = { readonly all: boolean; readonly ink: Ink };

const width = 8;
const indent = ' '.repeat(width);

export function renderFindings(findings: readonly Finding[], { all, ink }: Rendering): string {
  const wrong = findings.filter(({ level }) => level !== 'ok').map((finding) => block(finding, ink));
  const good = all ? findings.filter(({ level }) => level === 'ok').map((finding) => block(finding, ink)) : [];
  const changes = findings.flatMap(({ change }) =>
    change && change.lines.length > 0 ? [`${change.file}\n${change.lines.join('\n')}`] : [],
  );
  return [...wrong, ...changes, ...(good.length > 0 ? [good.join('\n')] : []), summary(findings, all)].join('\n\n');
}

function block(finding: Finding, ink: Ink): string {
  const { level, about, found } = finding;
  const paints = { error: ink.red, warning: ink.yellow, notice: ink.cyan, ok: ink.green };
  const text = `${paints[level](level.padEnd(width))}${wrapped(`${about}: ${found}`).trimStart()}`;
  return finding.level === 'ok' ? text : `${text}\n${ink.dim(wrapped(`→ ${finding.remedy}`))}`;
}

/** What partners say of themselves is in it: nothing of that may steer a terminal. */
const wrapped = (text: string) => wrapText(printableText(text, limits.requestBody), 110, indent);

function summary(findings: readonly Finding[], all: boolean): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const told = (['error', 'warning', 'notice'] as const)
    .filter((level) => count(level) > 0)
    .map((level) => counted(count(level), level));
  const good = count('ok') === 1 ? '1 thing as it should be' : `${count('ok')} things as they should be`;
  return `${told.length > 0 ? told.join(', ') : 'nothing to do'}; ${good}${all ? '' : ' (--all shows)'}`;
}
