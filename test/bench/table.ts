// The result for people: aligned columns, one line per measurement.

import type { Figures, Goal, Result, Row } from './result.ts';

type Column<Line> = readonly [string, (line: Line) => string];

/** The whole result as text. */
export function renderTable({ machine, rows, peers, growth, slow_disk: slow, processes, goals }: Result): string {
  const parts = [
    Object.entries(machine)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', '),
    titled('ours, durable on disk', rows, rowColumns),
    titled('peers, in memory', peers, peerColumns),
    titled('growth', growth, growthColumns),
    typeof slow === 'string' ? `slow disk: ${slow}` : titled('with every fsync 2 ms slower', slow, rowColumns),
    processes === null
      ? ''
      : `two processes on two cores: ${processes.per_second} per s, ${processes.ratio} ±${processes.spread / 2} × one`,
    table(goals, goalColumns),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const figures: readonly Column<Figures>[] = [
  ['÷ floor', ({ ratio_to_floor, spread }) => `${ratio_to_floor.toFixed(2)} ±${(spread / 2).toFixed(2)}`],
  ['floor', ({ floor_operations }) => floor_operations],
  ['floor µs', ({ floor_us }) => floor_us.toFixed(0)],
  ['CPU µs', ({ cpu_us }) => cpu_us.toFixed(0)],
  ['per s', ({ per_second }) => per_second.toFixed(0)],
  ['p50 ms', ({ p50_ms }) => milliseconds(p50_ms)],
  ['p99 ms', ({ p99_ms }) => milliseconds(p99_ms)],
];

const roundColumns: readonly Column<Figures>[] = [
  [
    'rounds',
    ({ rounds, rounds_discarded, disturbed }) => `${rounds} (−${rounds_discarded})${disturbed ? ' disturbed' : ''}`,
  ],
];

const rowColumns: readonly Column<Row>[] = [
  ['flow', ({ flow }) => flow],
  ['variant', ({ variant }) => variant],
  ['alg', ({ alg }) => alg],
  ...figures,
  ['p99 no store', ({ storeless_p99_ms }) => milliseconds(storeless_p99_ms)],
  ['÷ own', ({ ratio_to_own_operations }) => ratio_to_own_operations.toFixed(2)],
  ...roundColumns,
];

const peerColumns: readonly Column<Result['peers'][number]>[] = [
  ['peer', ({ peer }) => peer],
  ['flow', ({ flow }) => flow],
  ...figures,
  ['ours per CPU s ÷ theirs', ({ ours_per_cpu_second }) => ours_per_cpu_second?.toFixed(1) ?? '–'],
  ['their ÷ floor over ours', ({ overhead_to_ours }) => overhead_to_ours?.toFixed(1) ?? '–'],
  ...roundColumns,
];

const growthColumns: readonly Column<Result['growth'][number]>[] = [
  ['what', ({ what }) => what],
  ['from', ({ from }) => String(from)],
  ['to', ({ to }) => String(to)],
  ['flow', ({ flow }) => flow],
  ['CPU ratio', ({ ratio, spread }) => `${ratio.toFixed(3)} ±${(spread / 2).toFixed(3)}`],
  ['file bytes each', ({ file_bytes_each: bytes }) => bytes?.toFixed(0) ?? '–'],
  ['memory bytes each', ({ memory_bytes_each: bytes }) => bytes?.toFixed(0) ?? '–'],
];

const goalColumns: readonly Column<Goal>[] = [
  ['goal', ({ goal }) => goal],
  ['target', ({ target }) => target],
  ['measured', ({ measured }) => (measured === null ? '–' : String(measured))],
  ['met', ({ met }) => (met === null ? 'not measured' : met ? 'yes' : 'NO')],
];

const milliseconds = (value: number | null) => (value === null ? '–' : value.toFixed(1));

function titled<Line>(title: string, lines: readonly Line[], columns: readonly Column<Line>[]): string {
  return lines.length === 0 ? '' : `${title}\n${table(lines, columns)}`;
}

function table<Line>(lines: readonly Line[], columns: readonly Column<Line>[]): string {
  const cells = [columns.map(([title]) => title), ...lines.map((line) => columns.map(([, render]) => render(line)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
