// A plan as text: what belongs together under one heading, the riskiest first, with whom it would concern.

import type { Ink } from '../demo/ink.ts';
import { type RiskClass, riskClasses } from '../versions/diff/types.ts';
import type { WeighedLine } from '../versions/evidence.ts';
import type { InForce } from '../versions/in-force.ts';
import type { Plan } from '../versions/plan.ts';
import { counted } from './allowed.ts';
import { date } from './output.ts';
import { replayBlock } from './replay-text.ts';

/** Blocks of lines. */
export function renderPlan({ against, same, lines, replay }: Plan, ink: Ink): string {
  const head = comparedWith(against);
  if (same) return `${head}\nno difference`;
  const days = replay?.days;
  const groups = [...new Set(lines.map(({ group }) => group))].map((name) => {
    const own = lines.filter(({ group }) => group === name).map((line) => renderLine(line, days, ink));
    return [ink.bold(name), ...own].join('\n');
  });
  return [head, ...groups, ...(replay ? replayBlock(replay, ink) : []), summary(lines)].join('\n\n');
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
export function named({ version, author, at, note }: Omit<InForce['version'], 'files' | 'digest'>): string {
  return `version ${version}, by ${author} at ${date(Math.floor(at / 1000))} UTC${note === null ? '' : `: ${note}`}`;
}

const width = Math.max(...riskClasses.map(({ length }) => length));

function renderLine(line: WeighedLine, days: number | undefined, ink: Ink): string {
  const { class: risk, says, at, needsRestart } = line;
  const restart = needsRestart ? '; needs a restart: each process takes it from the file of its machine' : '';
  const evidence = days === undefined ? [] : evidenceOf(line, days).map((text) => `${' '.repeat(width + 4)}${text}`);
  return [`  ${painted(risk, ink)}  ${says}${restart}  ${ink.dim(at)}`, ...evidence].join('\n');
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

/** Who would notice; of what nobody used lately that, too. */
function evidenceOf({ evidence, class: risk }: WeighedLine, days: number): readonly string[] {
  if (evidence === undefined || risk === 'cosmetic') return [];
  const { used, clients, lastUsed, changed, shown } = evidence;
  const period = `in ${counted(days, 'day')}`;
  if (changed.length > 0) {
    const times = changed.reduce((sum, answer) => sum + answer.times, 0);
    const who = [...new Set(changed.map(({ client }) => client))].join(', ');
    return [`${counted(times, 'request')} of ${who} ${period} would be answered otherwise, see below`];
  }
  if (risk === 'widens access') return [];
  if (used === 0) return [`not used ${period}`];
  const otherwise = shown ? 'none would be answered otherwise' : 'records do not tell who would be answered otherwise';
  return [`used ${counted(used, 'time')} ${period} by ${clients.join(', ')}, last ${time(lastUsed)}; ${otherwise}`];
}

/** Milliseconds as people read them. */
export const time = (ms: number) => date(Math.floor(ms / 1000));

/** `4 changes: 1 widens access, 1 breaks callers, 2 cosmetic` */
export function summary(lines: readonly Pick<WeighedLine, 'class'>[]): string {
  const counts = riskClasses.map((risk) => [lines.filter((line) => line.class === risk).length, risk] as const);
  const told = counts.filter(([count]) => count > 0).map(([count, risk]) => `${count} ${risk}`);
  return `${counted(lines.length, 'change')}: ${told.join(', ')}`;
}
