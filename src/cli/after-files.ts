// What comes after a command has changed files of the configuration.

/** A sentence for whoever ran it: files are not what a broker that runs goes by. */
export const afterFiles = 'a broker that runs goes by the files as they were until it reads them again (SIGHUP)';
