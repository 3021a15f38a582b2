// The files of a configuration, read and typed: crossgrant.yaml and one file per other domain.

import type { SourceFile } from './problems.ts';
import type { Laid } from './profile.ts';
import type { DomainConfig } from './schema/domain.ts';
import type { MainConfig } from './schema/main.ts';

export type ConfigFile<T> = SourceFile & {
  /** Where relative paths in it start. */
  readonly folder: string;
  /** What stands in it. */
  readonly text: string;
  readonly config: T;
};

export type DomainFile = ConfigFile<DomainConfig> & {
  /** The name of the domain: the stem of the file. */
  readonly domain: string;
  /** What its profile says for what the file leaves out. */
  readonly laid: readonly Laid[];
};

export type Files = {
  readonly main: ConfigFile<MainConfig>;
  /** By name. */
  readonly domains: readonly DomainFile[];
};

/** All files, in the order problems are listed. */
export const allFiles = ({ main, domains }: Files): readonly SourceFile[] => [main, ...domains];
