// Results as JUnit XML, which every CI shows.

import type { ChainResult, HopResult } from './run.ts';

/** One suite for each chain, one case for each hop. */
export function junit(results: readonly ChainResult[]): string {
  const suites = results.map(({ chain, file, ms, hops }) => {
    const failures = hops.filter(({ ok, skipped }) => !ok && !skipped).length;
    const skipped = hops.filter((hop) => hop.skipped).length;
    const head = `name="${xml(chain)}" file="${xml(file)}" tests="${hops.length}" failures="${failures}" skipped="${skipped}" time="${seconds(ms)}"`;
    return [`  <testsuite ${head}>`, ...hops.map((hop) => caseOf(hop, chain)), '  </testsuite>'].join('\n');
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
}

function caseOf({ name, ok, skipped, ms, told, problems }: HopResult, chain: string): string {
  const head = `    <testcase classname="${xml(chain)}" name="${xml(name)}" time="${seconds(ms)}"`;
  if (ok) return `${head}/>`;
  const inner = skipped
    ? `<skipped message="${xml(told)}"/>`
    : `<failure message="${xml(told)}">${xml(problems.join('\n'))}</failure>`;
  return `${head}>${inner}</testcase>`;
}

const seconds = (ms: number) => (ms / 1000).toFixed(3);

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text of strangers among it: what XML 1.0 has no way to write is left out. */
const xml = (text: string) =>
  text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}]/gu, '').replace(/[&<>"]/g, (one) => entities[one] ?? '');
