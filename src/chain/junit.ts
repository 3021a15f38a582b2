// Results as JUnit XML, which every CI shows.

import type { ChainResult, HopResult } from './run.ts';

/** One suite for each chain, one case for each hop; a chain that never began has a case that says why. */
export function junit(results: readonly ChainResult[]): string {
  const suites = results.map(({ chain, file, ms, hops, problem }) => {
    const never =
      problem === undefined ? [] : [failed({ name: 'the parties', ms: 0, told: problem, problems: [] }, chain)];
    const cases = [...never, ...hops.map((hop) => caseOf(hop, chain))];
    const failures = never.length + hops.filter(({ ok, skipped }) => !ok && !skipped).length;
    const skipped = hops.filter((hop) => hop.skipped).length;
    const head = `name="${xml(chain)}" file="${xml(file)}" tests="${cases.length}" failures="${failures}" skipped="${skipped}" time="${seconds(ms)}"`;
    return [`  <testsuite ${head}>`, ...cases, '  </testsuite>'].join('\n');
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
}

type Case = Pick<HopResult, 'name' | 'ms' | 'told' | 'problems' | 'trace'>;

const headOf = ({ name, ms }: Case, chain: string) =>
  `    <testcase classname="${xml(chain)}" name="${xml(name)}" time="${seconds(ms)}"`;

function caseOf(hop: HopResult, chain: string): string {
  if (hop.ok) return `${headOf(hop, chain)}/>`;
  return hop.skipped ? `${headOf(hop, chain)}><skipped message="${xml(hop.told)}"/></testcase>` : failed(hop, chain);
}

function failed(hop: Case, chain: string): string {
  const text = [...hop.problems, ...untold(hop.trace, hop.problems)].join('\n');
  return `${headOf(hop, chain)}><failure message="${xml(hop.told)}">${xml(text)}</failure></testcase>`;
}

/** The trace id, unless what is told has it already. */
export const untold = (trace: string | undefined, problems: readonly string[]): readonly string[] =>
  trace === undefined || problems.some((problem) => problem.includes(trace)) ? [] : [`trace    ${trace}`];

const seconds = (ms: number) => (ms / 1000).toFixed(3);

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // In an attribute a line break would be read as a space.
  '\n': '&#10;',
  '\t': '&#9;',
};

/** Text of strangers among it: what XML 1.0 has no way to write is left out. */
const xml = (text: string) =>
  text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"\n\t]/g, (one) => entities[one] ?? '');
