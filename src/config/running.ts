// What a running process cannot change: settings that other parts hold on to, and that a new configuration must leave alone.

import { createHash } from 'node:crypto';
import type { Settings } from './settings.ts';

/** Settings by the name an operator knows, each as a digest: a secret among them can be compared and not read. */
export type FixedSettings = Readonly<Record<string, string>>;

/** Read anew by each compilation; whatever else there is, now or later, a process takes at its start. */
const swapped: ReadonlySet<string> = new Set<keyof Settings>([
  'tokenEndpoint',
  'trustDomain',
  'network',
  'dpopNonceRequired',
  'auditKeep',
  'rates',
]);

/** What one process keeps for its life: address, store, signing keys. */
export function fixedInProcess(settings: Settings): FixedSettings {
  return digests(Object.entries(settings).filter(([name]) => !swapped.has(name)));
}

/**
 * What must stay while processes follow one another: they share a socket and a store, and for a while one client
 * talks to both. A certificate, a rotation period, or the password of the database may differ.
 */
export function fixedAcrossProcesses({ issuer, listen, admin, store, keys }: Settings): FixedSettings {
  return digests([
    ['issuer', issuer],
    ['listen.address', listen.address],
    ['listen.port', listen.port],
    ['admin', admin],
    ['store', placeOf(store)],
    ['keys.encrypt_with', keys.secret],
  ]);
}

const placeOf = (store: Settings['store']) =>
  store.kind === 'postgres' ? [store.host, store.port, store.database] : store.path;

/** The names that differ. */
export function changedSettings(before: FixedSettings, after: FixedSettings): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
}

function digests(entries: readonly (readonly [string, unknown])[]): FixedSettings {
  const digest = (value: unknown) =>
    createHash('sha256')
      .update(JSON.stringify(value) ?? '')
      .digest('base64url');
  return Object.fromEntries(entries.map(([name, value]) => [name, digest(value)]));
}
