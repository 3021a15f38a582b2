// What comes after a command has changed files of the configuration.

/** A sentence for whoever ran it: files are not what a broker that runs goes by. */
export const afterFiles =
  'a broker that runs goes by it after `crossgrant apply`, or, where nothing was ever applied, when it reads the files again (SIGHUP)';
