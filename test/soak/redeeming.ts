// Clients that redeem one grant after the other at one origin: every answer is counted.

import { setTimeout as pause } from 'node:timers/promises';
import { postForm } from '../../src/testkit/http.ts';
import type { Parties } from './parties.ts';

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
        const { status, body } = await postForm(
          `${origin}/token`,
          parties.redeem(parties.grant(), parties.credentials()),
        );
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
