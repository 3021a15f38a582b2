// The primary of several processes that serve: starts them, answers operators for all of them, and loads nothing of a broker itself.

import type { AdminPlace } from '../admin/listen.ts';
import { type LogLevel, openLog } from '../observe/log.ts';
import { forkWorker } from '../workers/cluster.ts';
import { askWorkers, type WorkerSources } from '../workers/questions.ts';
import { supervise } from '../workers/supervise.ts';
import { type Listening, WorkerEnded } from '../workers/worker.ts';
import { aborted } from './aborted.ts';
import type { CliIo } from './io.ts';
import type { Hangups } from './reload.ts';

type Flags = { readonly logLevel: LogLevel };

/** Starts `count` workers, tells where they listen, and ends when they have ended: 0 when asked to, 1 when they keep dying. */
export async function serveByWorkers(
  count: number,
  { logLevel }: Flags,
  io: CliIo,
  hangups: Hangups,
  tell: (listening: Listening, operators: AdminPlace | undefined) => void,
): Promise<void> {
  const log = openLog(logLevel, { pid: process.pid });
  const sources = askWorkers();
  let operators: Awaited<ReturnType<typeof listenForOperators>>;
  try {
    const workers = await supervise({ count, fork: forkWorker, log, signal: io.signal });
    operators = await listenForOperators(workers.listening, sources).catch(async (error: unknown) => {
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
  }
}

/** Who wants no such listener pays for none. */
async function listenForOperators({ admin }: Listening, sources: WorkerSources) {
  if (admin === undefined) return undefined;
  const { listenForOperators: listen } = await import('../admin/listen.ts');
  return listen(admin, sources);
}
