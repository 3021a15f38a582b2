// The report of a probe as text: what is wrong first, then what to tell the partner, then everything that was looked at.

import { printable } from '../audit/printable.ts';
import { type Ink, wrapText } from '../demo/ink.ts';
import type { RecordedReport } from '../probe/recorded.ts';
import type { Line, Verdict } from '../probe/types.ts';
import type { Quirks } from '../trust/quirks.ts';
import { counted } from './allowed.ts';
import { table } from './output.ts';
import { shortName } from './partner-text.ts';

const width = 100;

/** The report and, at its end, where it is recorded. */
export function renderProbe(report: RecordedReport, ink: Ink): string {
  const { domain, issuer, lines, counts, refused, requests, latencyMs } = report;
  const good = counts.problem === 0;
  const verdict = good
    ? ink.green('nothing is wrong')
    : ink.red(`${counts.problem} ${counts.problem === 1 ? 'thing is' : 'things are'} wrong`);
  const areas = [...new Set(lines.map(({ area }) => area))];
  const told = lines.filter(({ tell, verdict: judged }) => tell !== undefined && judged !== 'ok');
  return [
    [
      `${ink.bold(domain)}  ${issuer}: ${verdict}`,
      `${refused.of === 0 ? 'no bad grant was tried' : `${refused.count} of ${refused.of} bad grants refused`}; ${counts.ok} ok, ${counts.notice} to note, ${counts.skipped} not tried`,
      `${counted(requests, 'request')} to ${report.tokenEndpoint}${latencyMs === null ? '' : `, the middle answer after ${latencyMs} ms`}`,
    ].join('\n'),
    ...areas.map((area) => section(area, lines, ink)),
    ...(told.length > 0 ? [`${ink.bold('what to tell them')}\n${advice(told).join('\n')}`] : []),
    `${ink.bold('how it takes grants')}\n${quirksText(report.quirks)}`,
    `record  trace ${report.traceId}`,
  ].join('\n\n');
}

const marks: Readonly<Record<Verdict, string>> = { ok: 'ok', notice: 'note', problem: 'NO', skipped: '–' };

function section(area: Line['area'], lines: readonly Line[], ink: Ink): string {
  const colour: Readonly<Record<Verdict, (text: string) => string>> = {
    ok: ink.green,
    notice: ink.yellow,
    problem: ink.red,
    skipped: ink.dim,
  };
  const rows = lines
    .filter((line) => line.area === area)
    .map(({ verdict, what, found, section: spec = '' }) => [
      colour[verdict](marks[verdict].padEnd(4)),
      what,
      plain(found).split(' ').map(shortName).join(' '),
      spec,
    ]);
  return `${ink.bold(area)}\n${table(['', 'what', 'found', 'section'], rows)}`;
}

/** Each advice once, with all that it would mend. */
function advice(told: readonly Line[]): readonly string[] {
  const tells = [...new Set(told.map(({ tell = '' }) => tell))];
  return tells.map((tell) => {
    const lines = told.filter((line) => line.tell === tell);
    const traces = lines.flatMap(({ trace }) => trace ?? []);
    const shown = traces.length > 0 ? ` (trace ${traces.slice(0, 2).join(', ')}${traces.length > 2 ? ', …' : ''})` : '';
    return [
      wrapText(`- ${plain(tell)}`, width, '  ').trimStart(),
      wrapText(`for: ${lines.map(({ what }) => what).join('; ')}${shown}`, width, '    '),
    ].join('\n');
  });
}

/** What a partner said is a stranger's text. */
const plain = (text: string) => String(printable(text));

/** As it would stand in the domain file. */
export function quirksText(quirks: Quirks): string {
  const entries = Object.entries(quirks).map(([name, value]) => `${name}: ${value}`);
  return entries.length > 0
    ? `quirks: { ${entries.join(', ')} }`
    : 'as the specifications have it: no quirks to write down';
}
