// What every server under measurement can be asked, ours and the peers alike.

import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

export type Usage = {
  /** CPU time of the whole process since its start, user and system, in microseconds. */
  readonly cpuUs: number;
  /** Resident memory, bytes. */
  readonly rss: number;
};

export type MeasuredCommands = {
  /** The port it listens on, on loopback. */
  readonly port: () => number;
  readonly usage: () => Usage;
  /** Collects garbage first when node was started with --expose-gc. */
  readonly settledUsage: () => Usage;
  readonly startProfile: () => Promise<void>;
  /** Writes a .cpuprofile to the path. */
  readonly stopProfile: (path: string) => Promise<void>;
};

/** Microseconds between two samples of a profile. */
const samplingInterval = 200;

/** The commands of a server that listens on `port`. */
export function measuredCommands(port: number): MeasuredCommands {
  const session = new Session();
  return {
    port: () => port,
    usage,
    settledUsage() {
      globalThis.gc?.();
      return usage();
    },
    async startProfile() {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: samplingInterval });
      await session.post('Profiler.start');
    },
    async stopProfile(path) {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      writeFileSync(path, JSON.stringify(profile));
    },
  };
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, rss: process.memoryUsage.rss() };
}
