// crossgrant serve as a process of its own, and load on it: every answer is counted.

import { setTimeout as pause } from 'node:timers/promises';
import { type HttpAnswer, postForm } from '../../src/testkit/http.ts';
import type { Parties } from '../soak/parties.ts';
import { type CliChild, startCli } from './cli-child.ts';

/** `operators`: where readiness is asked for, if the configuration has such a place. */
export type Serving = CliChild & { readonly origin: string; readonly operators: string };

/** Starts `serve` with these options; ready when it says where. */
export async function serve({ config, env }: Parties, ...options: readonly string[]): Promise<Serving> {
  const child = startCli(['serve', '--json', '--config', config, ...options], { env });
  const [told] = await child.printed(/^\{[\s\S]*?\n\}\n/);
  const { port, admin } = JSON.parse(told);
  return { ...child, origin: `http://127.0.0.1:${port}`, operators: `http://127.0.0.1:${admin?.port}` };
}

/** Redeems a grant, a new one unless told otherwise. */
export const redeem = (origin: string, parties: Parties, grant = parties.grant()): Promise<HttpAnswer> =>
  postForm(`${origin}/token`, parties.redeem(grant, parties.credentials()));

export type Load = {
  /** Resolves when `count` more answers came. */
  answers(count: number): Promise<void>;
  /** Ends the load: how many grants were redeemed, and every other outcome in words. */
  end(): Promise<{ readonly redeemed: number; readonly failed: readonly string[] }>;
};

/** How long a client thinks between two requests (milliseconds): load, and still CPU left to start processes with. */
const pace = 60;

/** Clients that redeem one new grant after the other at `origin`. */
export function startLoad(origin: string, parties: Parties, clients: number): Load {
  const failed: string[] = [];
  const waiting = new Set<() => void>();
  let redeemed = 0;
  let ending = false;
  const client = async () => {
    while (!ending) {
      try {
        const { status, body } = await redeem(origin, parties);
        if (status === 200) redeemed += 1;
        else failed.push(`${status} ${JSON.stringify(body)}`);
      } catch (error) {
        failed.push(error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error));
      }
      for (const look of waiting) look();
      await pause(pace);
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    answers: (count) => {
      const wanted = redeemed + failed.length + count;
      return new Promise((enough) => {
        const look = () => {
          if (redeemed + failed.length < wanted) return;
          waiting.delete(look);
          enough();
        };
        waiting.add(look);
      });
    },
    end: async () => {
      ending = true;
      await all;
      return { redeemed, failed };
    },
  };
}
