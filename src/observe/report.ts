// What a process tells of itself to whoever watches: plain data, so that the primary of several processes can join it.

import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import type { HealthCheck, Readiness } from './health.ts';

export type Report = {
  readonly metrics: readonly MetricObjectWithValues<MetricValue<string>>[];
  readonly readiness: Readiness;
};

export const metricsType = Registry.PROMETHEUS_CONTENT_TYPE;

/** The metrics of all processes in the text format of Prometheus: counters added up, of states the worst. */
export function metricsText(reports: readonly Report[]): Promise<string> {
  return AggregatorRegistry.aggregate(reports.map(({ metrics }) => [...metrics])).metrics();
}

/**
 * Ready iff every process is that shall go on; of each check the first that failed is told. A process that finishes while
 * another one has taken its place does not count. Nobody answering is not ready.
 */
export function joinReadiness(reports: readonly Report[]): Readiness {
  const all = reports.map(({ readiness }) => readiness);
  const staying = all.filter(({ checks }) => !checks.some(({ name, ok }) => name === 'running' && !ok));
  const told = staying.length > 0 ? staying : all;
  const checks = new Map<string, HealthCheck>();
  for (const check of told.flatMap((readiness) => readiness.checks)) {
    if (checks.get(check.name)?.ok !== false) checks.set(check.name, check);
  }
  const warnings = new Map(
    told
      .flatMap((readiness) => readiness.warnings)
      .map((warning) => [`${warning.domain}: ${warning.problem}`, warning]),
  );
  return {
    ready: told.length > 0 && told.every(({ ready }) => ready),
    checks: [...checks.values()],
    warnings: [...warnings.values()],
  };
}
