// What is read when somebody asks: our signing keys, the keys of partners, certificates, and whether the store can be written.

import { X509Certificate } from 'node:crypto';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Signer } from '../keys/signer.ts';
import type { Domain } from '../trust/domain.ts';
import type { KeyHealth } from '../trust/remote-keys.ts';
import type { SuspensionView } from '../trust/suspensions.ts';
import type { Follower } from '../versions/follow.ts';

/** Where the values come from; read anew each time, because a reload changes domains. */
export type GaugeSources = {
  readonly signer: Signer;
  /** By name of the domain. */
  readonly keyHealth: () => ReadonlyMap<string, () => KeyHealth>;
  /** By issuer identifier. */
  readonly domains: () => ReadonlyMap<string, Domain>;
  readonly suspensions: Pick<SuspensionView, 'list'>;
  /** PEM by what it is used for. */
  readonly certificates: () => Readonly<Record<'listener' | 'trusted', string | undefined>>;
  /** Seconds. */
  readonly rotateEvery: number;
  readonly storeUp: () => Promise<boolean>;
  readonly standing: Follower['standing'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Of several processes the worst value counts, since they share what is measured. */
export function registerGauges(registry: Registry, sources: GaugeSources): void {
  registerStore(registry, sources);
  registerSigningKeys(registry, sources);
  registerPartnerKeys(registry, sources);
  registerTrusts(registry, sources);
  registerSuspensions(registry, sources);
  registerCertificates(registry, sources);
  registerVersion(registry, sources);
}

function registerStore(registry: Registry, { storeUp }: GaugeSources): void {
  const up: Gauge = new Gauge({
    name: 'crossgrant_store_up',
    help: '1 while the store can be written',
    registers: [registry],
    aggregator: 'min',
    collect: async () => up.set((await storeUp()) ? 1 : 0),
  });
}

function registerVersion(registry: Registry, { standing }: GaugeSources): void {
  const version: Gauge = new Gauge({
    name: 'crossgrant_config_version',
    help: 'The version of the configuration in force; 0 while the files of the machine are',
    registers: [registry],
    aggregator: 'min',
    collect: () => version.set(standing().version ?? 0),
  });
  const behind: Gauge = new Gauge({
    name: 'crossgrant_config_behind',
    help: '1 while a newer version of the configuration cannot be used on this machine',
    registers: [registry],
    aggregator: 'max',
    collect: () => behind.set(standing().problem === null ? 0 : 1),
  });
}

function registerSigningKeys(registry: Registry, { signer, rotateEvery }: GaugeSources): void {
  const states = ['published', 'active', 'retired'] as const;
  const keys: Gauge<'state'> = new Gauge({
    name: 'crossgrant_signing_keys',
    help: 'Our signing keys, by state; exactly one is active',
    labelNames: ['state'],
    registers: [registry],
    aggregator: 'min',
    collect() {
      for (const state of states) keys.set({ state }, signer.list().filter((key) => key.state === state).length);
    },
  });
  const due: Gauge = new Gauge({
    name: 'crossgrant_signing_key_expires_timestamp_seconds',
    help: 'When the next signing key is to take over from the active one',
    registers: [registry],
    aggregator: 'min',
    collect() {
      const active = signer.list().find(({ state }) => state === 'active');
      due.set(active === undefined ? 0 : (active.retireAt ?? active.activateAt + rotateEvery));
    },
  });
}

function registerPartnerKeys(registry: Registry, { keyHealth, now }: GaugeSources): void {
  const labelNames = ['domain'] as const;
  const registers = [registry];
  const age: Gauge<'domain'> = new Gauge({
    name: 'crossgrant_partner_keys_age_seconds',
    help: 'Since the keys of a domain were last fetched; absent until they are first needed',
    labelNames,
    registers,
    aggregator: 'max',
    collect() {
      age.reset();
      for (const [domain, health] of keyHealth()) {
        const { fetchedAt } = health();
        if (fetchedAt !== undefined) age.set({ domain }, Math.max(0, now() - fetchedAt) / 1000);
      }
    },
  });
  const failing: Gauge<'domain'> = new Gauge({
    name: 'crossgrant_partner_keys_failing',
    help: '1 while the last attempt to fetch the keys of a domain failed',
    labelNames,
    registers,
    aggregator: 'max',
    collect() {
      failing.reset();
      for (const [domain, health] of keyHealth()) failing.set({ domain }, health().failedAt === undefined ? 0 : 1);
    },
  });
  const failures: Counter<'domain'> = new Counter({
    name: 'crossgrant_partner_fetch_failures_total',
    help: 'Attempts to fetch the keys of a domain that failed',
    labelNames,
    registers,
    collect() {
      failures.reset();
      for (const [domain, health] of keyHealth()) failures.inc({ domain }, health().failures);
    },
  });
}

/** As a certificate, a trust that ends unseen takes everything of it down. */
function registerTrusts(registry: Registry, { domains }: GaugeSources): void {
  const expiry: Gauge<'domain'> = new Gauge({
    name: 'crossgrant_domain_expires_timestamp_seconds',
    help: 'When the trust in a domain ends (`expires` of its file); absent where it has no end',
    labelNames: ['domain'],
    registers: [registry],
    aggregator: 'min',
    collect() {
      expiry.reset();
      for (const { name, expiresAt } of domains().values()) {
        if (expiresAt !== undefined) expiry.set({ domain: name }, expiresAt);
      }
    },
  });
}

/** The smallest of all processes: while one of them has not heard of a suspension, the value lags behind. */
function registerSuspensions(registry: Registry, { suspensions }: GaugeSources): void {
  const kinds = ['domain', 'client', 'subject'] as const;
  const count: Gauge<'kind'> = new Gauge({
    name: 'crossgrant_suspensions',
    help: 'What operators have suspended by command, by kind',
    labelNames: ['kind'],
    registers: [registry],
    aggregator: 'min',
    collect() {
      for (const kind of kinds) count.set({ kind }, suspensions.list().filter((one) => one.kind === kind).length);
    },
  });
}

/** A certificate that ends unseen takes everything down at once. */
export function registerCertificates(registry: Registry, { certificates }: Pick<GaugeSources, 'certificates'>): void {
  const expiry: Gauge<'use'> = new Gauge({
    name: 'crossgrant_certificate_expires_timestamp_seconds',
    help: 'When a configured certificate ends: that of our listener, or an authority we trust beside the default ones',
    labelNames: ['use'],
    registers: [registry],
    aggregator: 'min',
    collect() {
      expiry.reset();
      for (const [use, pem] of Object.entries(certificates())) {
        if (pem !== undefined) expiry.set({ use }, Date.parse(new X509Certificate(pem).validTo) / 1000);
      }
    },
  });
}
