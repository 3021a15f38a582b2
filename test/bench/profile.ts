// Where the CPU goes: a profile of the server under load, and the functions it spends most time in.

import { readFileSync } from 'node:fs';
import type { Candidate } from './candidate.ts';
import { measureCost } from './round.ts';

/** The parts of a .cpuprofile that are read here. */
type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
};

/** Runs `requests` requests under the profiler, writes the profile to `path`, and returns the lines to print. */
export async function profileCandidate(candidate: Candidate, requests: number, path: string): Promise<string> {
  const { server } = candidate;
  const warm = 2000;
  await measureCost(candidate, await candidate.prepare(warm));
  const prepared = await candidate.prepare(requests);
  await server.ask('startProfile');
  await measureCost(candidate, prepared);
  await server.ask('stopProfile', path);
  return [`${candidate.name}: ${requests} requests, profile in ${path}`, ...topFunctions(path, requests)].join('\n');
}

const shown = 45;

function topFunctions(path: string, requests: number): readonly string[] {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
  const names = namesOf(nodes);
  const own = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '?';
    own.set(name, (own.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  }
  own.delete('(idle)');
  const total = [...own.values()].reduce((sum, time) => sum + time, 0);
  const lines = [...own].sort(([, one], [, other]) => other - one).slice(0, shown);
  return [
    '  share   µs per request   function (own time)',
    ...lines.map(([name, time]) => {
      const share = `${((time / total) * 100).toFixed(1)} %`;
      return `${share.padStart(7)} ${(time / requests).toFixed(1).padStart(16)}   ${name}`;
    }),
    `        ${(total / requests).toFixed(1).padStart(16)}   in all`,
  ];
}

/** Functions by node. What is native says nothing by its name alone (`run`), so its caller stands beside it. */
function namesOf(nodes: CpuProfile['nodes']): ReadonlyMap<number, string> {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  return new Map(
    nodes.map(({ id, callFrame }) => {
      const caller = frames.get(callers.get(id) ?? 0);
      const native = callFrame.url === '' && !callFrame.functionName.startsWith('(');
      return [id, native && caller ? `${nameOf(callFrame)}  ← ${nameOf(caller)}` : nameOf(callFrame)];
    }),
  );
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/js\/src\//, 'src/').replace(/^.*\/node_modules\//, '');
  return `${functionName || '(anonymous)'}${place === '' ? '' : `  ${place}:${lineNumber + 1}`}`;
}
