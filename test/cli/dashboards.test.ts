// The Grafana dashboard and the Prometheus alerts of fixtures/: their queries parse, and speak of metrics a running broker has.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { processReport } from '../../src/observe/process.ts';
import { metricsText } from '../../src/observe/report.ts';
import { refusals } from '../../src/protocol/refusals.ts';
import { openWorld } from '../support/http.ts';
import { metricTypes, readSamples, type Sample } from '../support/scrape.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const read = (name: string) => readFileSync(join(fixtures, name), 'utf8');

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};
const rules: readonly Rule[] = parse(read('prometheus/crossgrant.rules.yaml')).groups.flatMap(
  (group: { readonly rules: readonly Rule[] }) => group.rules,
);

type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
};
const dashboard: { readonly panels: readonly Panel[]; readonly uid: string } = JSON.parse(
  read('grafana/crossgrant.json'),
);
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

const queries: readonly (readonly [string, string])[] = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets = [] }) =>
    // Variables of Grafana, as it replaces them.
    targets.map(({ expr }) => [title, expr.replaceAll('$__rate_interval', '5m').replace(/\$\w+/g, '.*')] as const),
  ),
];

type Selector = {
  readonly metric: string;
  readonly matchers: readonly { label: string; operator: string; value: string }[];
};

/** The metrics a query selects, or undefined where it cannot be read. */
function selectorsOf(query: string): readonly Selector[] | undefined {
  const selectors: Selector[] = [];
  let readable = true;
  parser.parse(query).iterate({
    enter({ type, node, from, to }) {
      if (type.isError) readable = false;
      if (type.name !== 'VectorSelector') return;
      const name = node.getChild('Identifier');
      const matchers = [...query.slice(from, to).matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)];
      selectors.push({
        metric: name ? query.slice(name.from, name.to) : '',
        matchers: matchers.map(([, label = '', operator = '', value = '']) => ({ label, operator, value })),
      });
    },
  });
  return readable ? selectors : undefined;
}

/** What Prometheus adds to each sample it scrapes, and the metric it makes itself. */
const ofPrometheus = { labels: ['job', 'instance'], metrics: ['up'] };

let samples: readonly Sample[];
let types: ReadonlyMap<string, string>;
beforeAll(async () => {
  const world = await openWorld();
  await world.accessToken();
  const report = processReport(() => world.home.report());
  // A partner whose keys were needed, as after the first token of a day.
  await world.home.broker.domains.get(world.login)?.keys.find(undefined, 'ES256');
  const text = await metricsText([await world.partner.report(), await report()]);
  samples = readSamples(text);
  types = metricTypes(text);
  await world.stop();
});

describe('each query', () => {
  it.each(queries)('%s is PromQL: %s', (_name, query) => expect(selectorsOf(query)).toBeDefined());

  it('asks for metrics that exist', () => {
    const known = new Set([...samples.map(({ name }) => name), ...types.keys(), ...ofPrometheus.metrics]);
    const asked = queries.flatMap(([name, query]) =>
      (selectorsOf(query) ?? []).map(({ metric }) => ({ name, metric })),
    );
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.filter(({ metric }) => !known.has(metric))).toEqual([]);
  });

  it('by labels that these have, and reasons and outcomes there are', () => {
    const closed: Readonly<Record<string, readonly string[]>> = {
      reason: Object.keys(refusals),
      outcome: ['granted', 'refused', 'failed'],
      endpoint: ['token', 'introspect', 'revoke', 'authorize'],
    };
    const wrong = queries.flatMap(([name, query]) =>
      (selectorsOf(query) ?? []).flatMap(({ metric, matchers }) => {
        const labels = samples.filter((one) => one.name === metric).flatMap((one) => Object.keys(one.labels));
        return matchers
          .filter(({ label }) => !ofPrometheus.labels.includes(label))
          .filter(({ label, value, operator }) => {
            const values = closed[label] ?? [];
            const alternatives = operator.includes('~') ? value.split('|') : [value];
            const each = alternatives.every((one) => values.some((known) => new RegExp(`^(?:${one})$`).test(known)));
            return !labels.includes(label) || !each;
          })
          .map((matcher) => ({ name, metric, ...matcher }));
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('rates are taken of what only grows', () => {
    for (const [name, query] of queries) {
      for (const [, metric = ''] of query.matchAll(/\b(?:rate|increase)\((\w+)/g)) {
        expect({ name, metric }).toEqual({ name, metric: expect.stringMatching(/_(total|count|sum|bucket)$/) });
      }
    }
  });
});

describe('the alerts', () => {
  it('say what is wrong and what to do, once each', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Crossgrant[A-Z]\w+$/);
      expect(labels['severity']).toMatch(/^(warning|critical)$/);
      expect(Object.keys(annotations)).toEqual(['summary', 'remedy']);
    }
  });

  it('are loaded by the example beside them, which scrapes the default address', () => {
    const prometheus = parse(read('prometheus/prometheus.yaml'));
    expect(prometheus.rule_files).toEqual(['crossgrant.rules.yaml']);
    expect(prometheus.scrape_configs[0]).toEqual({
      job_name: 'crossgrant',
      static_configs: [{ targets: ['127.0.0.1:8701'] }],
    });
  });
});

describe('the dashboard', () => {
  it('can be imported anywhere: its data source is chosen there', () => {
    const sources = [...read('grafana/crossgrant.json').matchAll(/"uid": "([^"]*)"/g)].map(([, uid]) => uid);
    expect(new Set(sources)).toEqual(new Set([`\${datasource}`, dashboard.uid]));
  });

  it('has no two panels in one place', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

it('each metric of ours is in the dashboard or in an alert', () => {
  const asked = queries.map(([, query]) => query).join('\n');
  const ours = [...types.keys()].filter((name) => name.startsWith('crossgrant_'));
  expect(ours.filter((name) => !asked.includes(name))).toEqual([]);
});
