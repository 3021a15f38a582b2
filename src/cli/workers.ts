// Several processes that serve: what the primary does, and what each worker does.

import { type AdminPlace, listenForOperators } from '../admin/listen.ts';
import { disk, remember, replay } from '../config/reads.ts';
import { changedSettings, fixedAcrossProcesses } from '../config/running.ts';
import { type LogLevel, openLog } from '../observe/log.ts';
import { forkWorker, type PrimaryLink } from '../workers/cluster.ts';
import { answerQuestions, askWorkers } from '../workers/questions.ts';
import { supervise } from '../workers/supervise.ts';
import { type Listening, WorkerEnded } from '../workers/worker.ts';
import { type ConfigFlag, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { hearHangups, logFixed, logUnusable } from './reload.ts';
import { aborted, serveUntilStopped } from './serving.ts';

type Flags = ConfigFlag & { readonly logLevel: LogLevel };

/** Starts `count` workers, tells where they listen, and ends when they have ended: 0 when asked to, 1 when they keep dying. */
export async function serveByWorkers(
  count: number,
  flags: Flags,
  io: CliIo,
  tell: (listening: Listening, operators: AdminPlace | undefined) => void,
): Promise<void> {
  const log = openLog(flags.logLevel, { pid: process.pid });
  const hangups = hearHangups(io);
  const sources = askWorkers();
  let operators: Awaited<ReturnType<typeof listenForOperators>>;
  try {
    const workers = await supervise({ count, fork: forkWorker, log, signal: io.signal });
    operators = await listenForOperators(workers.listening.admin, sources).catch(async (error: unknown) => {
      await workers.stop();
      throw error;
    });
    tell(workers.listening, operators);
    hangups.answerBy(workers.reload);
    const failure = await Promise.race([aborted(io.signal), workers.failure]);
    await workers.stop();
    if (failure) throw failure;
    io.exit(0);
  } catch (error) {
    // The worker has said on standard error what was wrong.
    if (!(error instanceof WorkerEnded)) throw error;
    io.exit(io.signal.aborted ? 0 : (error.ending.code ?? 1));
  } finally {
    await operators?.stop();
    hangups.end();
  }
}

/** Serves by the orders of the primary until it says stop. */
export async function serveAsWorker(link: PrimaryLink, flags: Flags, io: CliIo): Promise<void> {
  const log = openLog(flags.logLevel, { pid: process.pid });
  // A terminal sends it to all of its processes; what is to be done about it the primary decides.
  const hangups = hearHangups(io);
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
    hangups.end();
    link.leave();
  }
}
