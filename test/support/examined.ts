// The doctor in this process: files of a test examined, and what was said of each thing.

import { loadConfig } from '../../src/config/load.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding, Level } from '../../src/doctor/types.ts';

export type Examined = {
  readonly findings: readonly Finding[];
  /** `level found` of all that is said about a thing, but what is as it should be. */
  of(about: string): readonly string[];
  /** What is as it should be. */
  good(about: string): readonly string[];
};

export type ExaminedOptions = {
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly now?: number;
  readonly unusedDays?: number;
};

/** Examines the installation whose crossgrant.yaml is at `path`. */
export async function examined(path: string, { env, now, unusedDays }: ExaminedOptions): Promise<Examined> {
  const clock = now === undefined ? Date.now : () => now;
  const findings = await examine(await loadConfig(path, env), { now: clock, progress: () => {}, unusedDays });
  const said = (about: string, wanted: (level: Level) => boolean) =>
    findings.filter((finding) => finding.about === about && wanted(finding.level));
  return {
    findings,
    of: (about) => said(about, (level) => level !== 'ok').map(({ level, found }) => `${level} ${found}`),
    good: (about) => said(about, (level) => level === 'ok').map(({ found }) => found),
  };
}
