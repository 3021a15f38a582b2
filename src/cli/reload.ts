// Another configuration for a process that runs: taken when it is good, told to the log when it is not.

import type { App } from '../app.ts';
import type { Log } from '../broker.ts';
import type { Loaded } from '../config/compile.ts';
import { ConfigError } from '../config/problems.ts';
import type { CliIo } from './io.ts';

export type Hangups = {
  /** What to do at each SIGHUP from now on, and at once when one came before. */
  answerBy(reload: () => Promise<void>): void;
  /** SIGHUP ends the process again. */
  end(): void;
};

/** Listens for SIGHUP before anything else: one that comes during the start must neither end the process nor be lost. */
export function hearHangups({ onHangup }: CliIo): Hangups {
  let reload: (() => Promise<void>) | undefined;
  let missed = false;
  const end = onHangup?.(() => {
    if (reload) void reload();
    else missed = true;
  });
  return {
    answerBy(work) {
      reload = work;
      if (missed) void work();
    },
    end: () => end?.(),
  };
}

/** Loads anew and lets the app serve by it. Whatever is wrong is logged and changes nothing; never rejects. */
export async function reloadApp(app: App, load: () => Promise<Loaded>, log: Log): Promise<void> {
  try {
    const { fixed, version } = await app.reload(await load());
    if (fixed.length > 0) logFixed(fixed, log);
    else if (version === null) log.info({}, 'requests are answered by the configuration as it is now');
    else log.info({ version }, 'secrets and certificates were read again');
  } catch (error) {
    logUnusable(error, log);
  }
}

/** Settings that cannot change while we run: the operator must decide when to restart. */
export function logFixed(settings: readonly string[], log: Log): void {
  log.error({ settings }, `a restart is needed for a change of ${settings.join(', ')}; nothing was changed`);
}

/** Why a configuration cannot be used, a line for each problem, as `crossgrant check` would tell it. */
export function logUnusable(error: unknown, log: Log): void {
  if (!(error instanceof ConfigError)) {
    log.error({ err: error }, 'the configuration cannot be loaded; nothing was changed');
    return;
  }
  for (const { file, line, column, message, ...problem } of error.problems) {
    log.error({ at: `${file}:${line}:${column}`, ...problem }, message);
  }
  log.error({ problems: error.problems.length }, 'the configuration cannot be used; nothing was changed');
}
