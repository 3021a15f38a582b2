// Puts together what a process tells of itself to whoever watches.

import type { Lasting, Serving } from '../app.ts';
import type { Follower } from '../versions/follow.ts';
import { registerGauges } from './gauges.ts';
import { readiness, storeProbe } from './health.ts';
import type { Report } from './report.ts';

/** Registers what is read when somebody asks, and answers how to ask. */
export function openReport(
  { signer, store, suspensions, now, metrics, standing }: Lasting & Pick<Follower, 'standing'>,
  serving: () => Serving,
): (stopping?: boolean) => Promise<Report> {
  const { registry } = metrics;
  const storeUp = storeProbe(store);
  const keyHealth = () => serving().broker.keyHealth;
  const domains = () => serving().broker.domains;
  const certificates = () => {
    const { listen, network } = serving().loaded.settings;
    return { listener: listen.tls?.cert, trusted: network.ca };
  };
  const { rotateEvery } = serving().loaded.settings.keys;
  const behind = () => standing().problem;
  registerGauges(registry, {
    signer,
    keyHealth,
    domains,
    suspensions,
    certificates,
    rotateEvery,
    storeUp,
    standing,
    now,
  });
  return async (stopping = false) => ({
    readiness: await readiness({ signer, storeUp, keyHealth, domains, behind, now, stopping }),
    metrics: await registry.getMetricsAsJSON(),
  });
}
