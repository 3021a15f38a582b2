// The rules of any day: the version that was in force then, compiled to be looked at.

import type { Broker } from '../broker.ts';
import type { Loaded } from '../config/compile.ts';
import { loadVersion } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import type { RulesOn } from '../explain/past.ts';
import type { Store } from '../store/store.ts';

/** More than anybody applies in the life of an installation. */
const versionsBack = 10_000;

/** Compiled with the secrets of this machine as they are now; undefined where no version was in force. */
export function rulesOn(
  machine: Loaded,
  store: Pick<Store, 'findVersion' | 'listVersions'>,
  assemble: (loaded: Loaded) => Broker,
): RulesOn {
  return async (at) => {
    const entry = (await store.listVersions(versionsBack)).find((version) => version.at <= at);
    const version = entry && (await store.findVersion(entry.version));
    if (version === undefined) return undefined;
    try {
      return { version: version.version, broker: assemble(await loadVersion(version, machine)) };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { version: version.version, broker: { problem: error.message } };
    }
  };
}
