// One of several processes that serve: by the orders of the primary.

import { disk, remember, replay } from '../config/reads.ts';
import { changedSettings, fixedAcrossProcesses } from '../config/running.ts';
import { type LogLevel, openLog } from '../observe/log.ts';
import type { PrimaryLink } from '../workers/cluster.ts';
import { answerQuestions } from '../workers/questions.ts';
import { type ConfigFlag, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { logFixed, logUnusable } from './reload.ts';
import { serveUntilStopped } from './serving.ts';

type Flags = ConfigFlag & { readonly logLevel: LogLevel };

/** Serves until the primary says stop. */
export async function serveAsWorker(link: PrimaryLink, flags: Flags, io: CliIo): Promise<void> {
  const log = openLog(flags.logLevel, { pid: process.pid });
  try {
    const { snapshot, fixed } = await link.orders;
    const reads = remember(snapshot ? replay(snapshot) : disk);
    const loaded = await loadConfiguration(flags, io, reads).catch((error: unknown) => {
      if (fixed === undefined) throw error;
      logUnusable(error, log);
    });
    if (loaded === undefined) return io.exit(2);
    const { settings } = loaded;
    const ours = fixedAcrossProcesses(settings);
    const changed = fixed ? changedSettings(fixed, ours) : [];
    if (changed.length > 0) {
      logFixed(changed, log);
      return io.exit(2);
    }
    const { issuer, listen, admin } = settings;
    await serveUntilStopped(loaded, {
      log,
      stop: AbortSignal.any([link.stop, io.signal]),
      watch: async (process) => answerQuestions(process),
      listening: (_app, port) =>
        link.tell({
          issuer,
          address: listen.address,
          port,
          tls: listen.tls !== undefined,
          drain: listen.drain,
          ...(admin && { admin }),
          snapshot: reads.snapshot(),
          fixed: ours,
        }),
    });
    io.exit(0);
  } finally {
    link.leave();
  }
}
