// Whether this process can do its work right now: what each part says, and what to do about one that cannot.

import type { Signer } from '../keys/signer.ts';
import type { Store } from '../store/store.ts';
import type { Domain } from '../trust/domain.ts';
import { expiryWarning } from '../trust/expiry.ts';
import type { KeyHealth } from '../trust/remote-keys.ts';

/** One thing a broker depends on. `problem` and `remedy` are there iff it is not ok; both are fixed words, never a secret. */
export type HealthCheck = {
  readonly name: 'store' | 'signing_key' | 'running' | 'answering';
  readonly ok: boolean;
  readonly problem?: string;
  readonly remedy?: string;
};

/** Something to look at that stops nobody: requests of one partner at most. `domain` is null where it is about all of it. */
export type HealthWarning = { readonly domain: string | null; readonly problem: string; readonly remedy: string };

/** `ready` iff all checks hold. */
export type Readiness = {
  readonly ready: boolean;
  readonly checks: readonly HealthCheck[];
  readonly warnings: readonly HealthWarning[];
};

export type HealthSources = {
  readonly signer: Signer;
  readonly storeUp: () => Promise<boolean>;
  /** By name of the domain. */
  readonly keyHealth: () => ReadonlyMap<string, () => KeyHealth>;
  /** By issuer identifier. */
  readonly domains: () => ReadonlyMap<string, Domain>;
  /** Why this process does not answer by the newest configuration; null: it does. */
  readonly behind: () => string | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The process was told to stop. */
  readonly stopping: boolean;
};

export async function readiness(sources: HealthSources): Promise<Readiness> {
  const { signer, storeUp, keyHealth, domains, behind, now, stopping } = sources;
  const active = signer.list().some(({ state }) => state === 'active');
  const checks: readonly HealthCheck[] = [
    judged('store', await storeUp(), {
      problem: 'the store cannot be written',
      remedy: 'requests are answered 503 until it can: look at its disk or server, and at the log for why',
    }),
    judged('signing_key', active, {
      problem: 'no signing key is active',
      remedy: 'see `crossgrant keys list`, and compare the clock of this machine',
    }),
    judged('running', !stopping, {
      problem: 'this process is stopping',
      remedy: 'send requests to another one',
    }),
  ];
  const keys = [...staleKeys(keyHealth()), ...waitingKeys(keyHealth())];
  const warnings = [...outdated(behind()), ...keys, ...endingTrusts(domains(), now() / 1000)];
  return { ready: checks.every(({ ok }) => ok), checks, warnings };
}

function judged(
  name: HealthCheck['name'],
  ok: boolean,
  otherwise: Pick<HealthCheck, 'problem' | 'remedy'>,
): HealthCheck {
  return ok ? { name, ok } : { name, ok, ...otherwise };
}

function outdated(problem: string | null): readonly HealthWarning[] {
  if (problem === null) return [];
  const remedy = 'put right what it names on this machine, or go back: `crossgrant apply --version N`';
  return [{ domain: null, problem: `an older configuration is in force in this process: ${problem}`, remedy }];
}

function staleKeys(keyHealth: ReadonlyMap<string, () => KeyHealth>): readonly HealthWarning[] {
  return [...keyHealth].flatMap(([domain, health]) => {
    const { failedAt, fetchedAt } = health();
    if (failedAt === undefined) return [];
    const problem =
      fetchedAt === undefined ? 'its keys could not be fetched yet' : 'its keys are not fresh: the last fetch failed';
    return [{ domain, problem, remedy: 'see whether its metadata and jwks_uri answer from this machine' }];
  });
}

function waitingKeys(keyHealth: ReadonlyMap<string, () => KeyHealth>): readonly HealthWarning[] {
  return [...keyHealth].flatMap(([domain, health]) => {
    const { pending = 0 } = health();
    if (pending === 0) return [];
    const problem = `${pending === 1 ? 'a key of it waits' : `${pending} keys of it wait`} for approval`;
    return [
      { domain, problem, remedy: `compare the fingerprint with the partner: crossgrant domain approve-keys ${domain}` },
    ];
  });
}

/** Domains whose trust ends soon, or has ended; `now` in seconds. */
export function endingTrusts(domains: ReadonlyMap<string, Domain>, now: number): readonly HealthWarning[] {
  return [...domains.values()].flatMap((domain) => {
    const warning = expiryWarning(domain, now);
    return warning ? [{ domain: domain.name, ...warning }] : [];
  });
}

/** A store that does not answer by then (milliseconds) does not serve requests either. */
const pingTimeout = 2000;
/** And for so long (milliseconds) an answer is good: each ping is a write, and probes come from several sides. */
const pingEvery = 1000;

/** Asks the store whether it can be written, at most once a second, whoever wants to know. `clock`: milliseconds, never going back. */
export function storeProbe(store: Pick<Store, 'ping'>, clock = () => performance.now()): () => Promise<boolean> {
  let asked: Promise<boolean> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (asked === undefined || clock() - askedAt > pingEvery) {
      askedAt = clock();
      asked = answersInTime(store);
    }
    return asked;
  };
}

function answersInTime(store: Pick<Store, 'ping'>): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), pingTimeout);
    late.unref();
    const answer = (up: boolean) => {
      clearTimeout(late);
      resolve(up);
    };
    store.ping().then(
      () => answer(true),
      () => answer(false),
    );
  });
}
