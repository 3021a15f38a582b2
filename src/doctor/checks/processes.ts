// The processes that serve from this store: whether all of them follow.

import type { ProcessReport } from '../../store/store.ts';
import { sayOf } from '../say.ts';
import type { DoctorCheck } from '../types.ts';

/** Milliseconds after which a process that says nothing has gone, or hangs: it says something every few seconds. */
const silentAfter = 60_000;

export const processes: DoctorCheck = {
  area: 'processes',
  async look({ store, inForce, now }) {
    if (store === undefined) return [];
    const all = await store.listProcesses(now() - silentAfter);
    const current = inForce?.version.version ?? null;
    const digests = new Set(all.map(({ digest }) => digest));
    return all.map((process) => {
      const { ok, warning } = sayOf(nameOf(process));
      if (process.problem !== null)
        return warning(process.problem, 'its log says more; until then it goes on with what it had');
      if (process.version !== current) {
        const found = `serves by ${versionName(process.version)}, and ${versionName(current)} is in force`;
        return warning(found, 'it takes the newest by itself within moments; else look at its log');
      }
      if (current === null && digests.size > 1) {
        return warning(
          'not all processes serve by the same files',
          'bring the same files to all machines, then reload each (SIGHUP)',
        );
      }
      return ok(`serves by ${versionName(process.version)}`);
    });
  },
};

const nameOf = ({ host, pid }: ProcessReport) => `process ${pid} on ${host}`;
const versionName = (version: number | null) => (version === null ? 'its files' : `version ${version}`);
