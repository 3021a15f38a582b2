// By what a process answers: the newest version in the store that it can use, or the files of its machine while there is none.

import type { Log } from '../broker.ts';
import type { Loaded } from '../config/compile.ts';
import { loadVersion } from '../config/load.ts';
import { ConfigError, printProblem } from '../config/problems.ts';
import { refuseTrials } from '../config/report-only.ts';
import { changedSettings, fixedInProcess } from '../config/running.ts';
import { digestOf } from '../config/version-files.ts';
import { limits } from '../protocol/limits.ts';
import { type ConfigVersion, type Store, StoreUnavailable } from '../store/store.ts';

/** How the problem begins that a process has with a version. */
export const cannotUse = (version: number) => `version ${version} cannot be used here: `;

/** What a process says of itself to those who wait for it. */
export type Standing = {
  /** The version it answers by; null: the files of its machine. */
  readonly version: number | null;
  readonly digest: string;
  /** Why it does not answer by the newest version; null: it does. */
  readonly problem: string | null;
};

export type Reloaded = {
  /** Settings that cannot change while the process runs: when there are any, nothing has changed. */
  readonly fixed: readonly string[];
  /** The version that says what is trusted, whatever the files say; null: the files do. */
  readonly version: number | null;
};

export type Follower = {
  standing(): Standing;
  /** Takes the newest version, if it is another one than before. One that cannot be used is told, and changes nothing. */
  look(): Promise<void>;
  /** The files of this machine were read again. Rejects with a ConfigError, and changes nothing, when they make the version unusable. */
  reload(machine: Loaded): Promise<Reloaded>;
};

export type FollowerOptions = {
  readonly store: Pick<Store, 'currentVersion' | 'findVersion' | 'listVersions'>;
  /** The configuration of this machine. */
  readonly machine: Loaded;
  readonly log: Log;
  /** Milliseconds, never going back. */
  readonly clock: () => number;
  /** Answers by this configuration from now on. */
  readonly take: (loaded: Loaded) => void;
};

/** `version` is undefined where the files of the machine are in force. */
type Serving = { readonly loaded: Loaded; readonly digest: string; readonly version?: ConfigVersion };

const byFiles = (loaded: Loaded): Serving => ({ loaded, digest: digestOf(loaded.texts) });
const byVersion = (loaded: Loaded, version: ConfigVersion): Serving => ({ loaded, version, digest: version.digest });

/** A version that this machine cannot use; `at` by the clock. */
type Trouble = { readonly version: number; readonly problem: string; readonly at: number };

/**
 * The configuration to begin with, and what follows the store from then on. A process that starts is no better off than those
 * that run: what they could not take it cannot either, and it begins with what they still answer by. Rejects with the
 * ConfigError of the newest version when none can be used.
 */
export async function openFollower(
  options: FollowerOptions,
): Promise<{ readonly loaded: Loaded; readonly follower: Follower }> {
  const { store, log, clock, take } = options;
  let { machine } = options;
  let trouble: Trouble | undefined;

  const note = (version: number, error: unknown) => {
    const problem = `${cannotUse(version)}${problemIn(error)}`;
    if (problem !== trouble?.problem) log.error({ version, err: error }, problem);
    trouble = { version, problem, at: clock() };
  };
  let serving = await newestUsable(store, machine, note);
  if (serving.version) tell(serving.version, log);

  const adopt = async (version: ConfigVersion) => {
    try {
      const loaded = await loadVersion(version, machine, serving.loaded);
      take(loaded);
      serving = byVersion(loaded, version);
      trouble = undefined;
      tell(version, log);
    } catch (error) {
      note(version.version, error);
    }
  };
  const look = async () => {
    const [newest] = await store.listVersions(1);
    if (newest === undefined || newest.version === serving.version?.version) return;
    if (trouble?.version === newest.version && clock() - trouble.at < limits.versionRetryMs) return;
    const version = await store.currentVersion();
    if (version) await adopt(version);
  };
  const reload = async (next: Loaded): Promise<Reloaded> => {
    const { version } = serving;
    const fixed = changedSettings(fixedInProcess(machine.settings), fixedInProcess(next.settings));
    if (fixed.length > 0) return { fixed, version: version?.version ?? null };
    const loaded = version ? await loadVersion(version, next, serving.loaded) : refuseTrials(next);
    take(loaded);
    machine = next;
    serving = version ? byVersion(loaded, version) : byFiles(loaded);
    if (version && version.digest !== digestOf(next.texts)) tellDifference(version, log);
    // A secret that was missing may be there now.
    if (trouble) trouble = { ...trouble, at: Number.NEGATIVE_INFINITY };
    await look();
    return { fixed, version: serving.version?.version ?? null };
  };
  const standing = (): Standing => ({
    version: serving.version?.version ?? null,
    digest: serving.digest,
    problem: trouble?.problem ?? null,
  });
  return { loaded: serving.loaded, follower: { standing, look, reload } };
}

async function newestUsable(
  store: FollowerOptions['store'],
  machine: Loaded,
  note: (version: number, error: unknown) => void,
): Promise<Serving> {
  let first: unknown;
  for (const { version: number } of await store.listVersions(limits.versionsTried)) {
    try {
      const version = await store.findVersion(number);
      if (version) return byVersion(await loadVersion(version, machine), version);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      if (first === undefined) note(number, error);
      first ??= error;
    }
  }
  if (first !== undefined) throw first;
  return byFiles(refuseTrials(machine));
}

function tell({ version, author }: ConfigVersion, log: Log): void {
  log.info({ version }, `requests are answered by version ${version} of the configuration, by ${author}`);
}

function tellDifference({ version }: ConfigVersion, log: Log): void {
  log.warn(
    { version },
    `what is trusted stays that of version ${version}; the files differ, as crossgrant drift shows`,
  );
}

/** The first thing that is wrong, in words that quote no secret. */
function problemIn(error: unknown): string {
  if (!(error instanceof ConfigError)) return error instanceof Error ? error.message : String(error);
  const [first, ...others] = error.problems;
  const more = others.length > 0 ? `, and ${others.length} more` : '';
  return first ? `${printProblem(first)}${more}` : error.message;
}
