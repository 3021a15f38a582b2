// What apply tells: which version is in force, which processes answer by it, and what to do about those that do not.

import type { Ink } from '../demo/ink.ts';
import type { ProcessReport, VersionEntry } from '../store/store.ts';
import type { Applied } from '../versions/apply.ts';
import type { Arrival } from '../versions/arrival.ts';
import { counted } from './allowed.ts';
import { date, table } from './output.ts';

/** `2 of 3 processes answer by version 5` */
export function tally(version: number, { arrived, unable, waiting }: Arrival): string {
  const all = arrived.length + unable.length + waiting.length;
  return `${arrived.length} of ${counted(all, 'process', 'processes')} ${all === 1 ? 'answers' : 'answer'} by version ${version}`;
}

export function renderApplied({ version, traceId }: Applied, arrival: Arrival, ink: Ink): string {
  const { arrived, unable, waiting } = arrival;
  const all = arrived.length + unable.length + waiting.length;
  const back = version > 1 ? `, or go back with \`crossgrant apply --version ${version - 1}\`` : '';
  return [
    ink.bold(`version ${version} is in force; record ${traceId}`),
    all === 0 ? 'no process runs on this store now; each takes it when it starts' : tally(version, arrival),
    ...unable.map((process) => ink.red(`${placeOf(process)} does not: ${process.problem}`)),
    ...(unable.length > 0 ? [`  these go on as they were: put it right on their machines${back}`] : []),
    ...waiting.map((process) => ink.yellow(`${placeOf(process)} has not said so: last heard ${ago(process)}`)),
    ...(waiting.length > 0
      ? ['  see crossgrant drift in a moment: they may be busy, cut off from the store, or gone']
      : []),
  ].join('\n');
}

export const placeOf = ({ host, pid }: ProcessReport) => `${host} ${pid}`;
const ago = ({ seenAt, version }: ProcessReport) =>
  `${date(Math.floor(seenAt / 1000))} UTC, with ${version === null ? 'the files of its machine' : `version ${version}`}`;

export function renderVersions(versions: readonly VersionEntry[]): string {
  if (versions.length === 0)
    return 'no version has been applied to this store: processes serve by the files of their machine';
  const rows = versions.map(({ version, at, author, digest, note }) => [
    String(version),
    date(Math.floor(at / 1000)),
    author,
    digest.slice(0, 12),
    note ?? '',
  ]);
  return table(['version', 'applied (UTC)', 'by', 'digest', 'note'], rows);
}
