// A plan as text: what belongs together under one heading, the riskiest first, and what it comes to.

import type { Ink } from '../demo/ink.ts';
import type { Line } from '../versions/diff/parts.ts';
import { type RiskClass, riskClasses } from '../versions/diff/types.ts';
import type { InForce } from '../versions/in-force.ts';
import type { Plan } from '../versions/plan.ts';
import { counted } from './allowed.ts';
import { date } from './output.ts';

/** Blocks of lines. */
export function renderPlan({ against, same, lines }: Plan, ink: Ink): string {
  const head = comparedWith(against);
  if (same) return `${head}\nno difference`;
  const groups = [...new Set(lines.map(({ group }) => group))];
  const blocks = groups.map((name) =>
    renderGroup(
      name,
      lines.filter(({ group }) => group === name),
      ink,
    ),
  );
  return [head, ...blocks, summary(lines)].join('\n\n');
}

function comparedWith(against: InForce | undefined): string {
  if (against === undefined)
    return 'no version has been applied to this store: processes serve by the files of their machine, and everything here is new';
  const { version, problems, loaded } = against;
  const lines = [`compared with ${named(version)}`];
  if (loaded === undefined) lines.push('this program cannot read that version, so everything here is new:');
  else if (problems.length > 0) lines.push('on this machine that version could not serve:');
  return [...lines, ...problems.map(({ file, line, message }) => `  ${file}:${line} ${message}`)].join('\n');
}

/** `version 4, by ann at 2026-07-01 10:12 UTC: contoso may write` */
export function named({ version, author, at, note }: InForce['version']): string {
  return `version ${version}, by ${author} at ${date(Math.floor(at / 1000))} UTC${note === null ? '' : `: ${note}`}`;
}

const width = Math.max(...riskClasses.map(({ length }) => length));

function renderGroup(group: string, lines: readonly Line[], ink: Ink): string {
  const told = lines.map(({ class: risk, says, at, needsRestart }) => {
    const restart = needsRestart ? '; needs a restart: each process takes it from the file of its machine' : '';
    return `  ${painted(risk, ink)}  ${says}${restart}  ${ink.dim(at)}`;
  });
  return [ink.bold(group), ...told].join('\n');
}

function painted(risk: RiskClass, ink: Ink): string {
  const paints = {
    'widens access': ink.red,
    'breaks callers': ink.yellow,
    'narrows access': ink.cyan,
    cosmetic: ink.dim,
  };
  return paints[risk](risk.padEnd(width));
}

/** `4 changes: 1 widens access, 1 breaks callers, 2 cosmetic` */
export function summary(lines: readonly Pick<Line, 'class'>[]): string {
  const counts = riskClasses.map((risk) => [lines.filter((line) => line.class === risk).length, risk] as const);
  const told = counts.filter(([count]) => count > 0).map(([count, risk]) => `${count} ${risk}`);
  return `${counted(lines.length, 'change')}: ${told.join(', ')}`;
}
