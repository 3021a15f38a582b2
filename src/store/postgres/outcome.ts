// Finds out what became of a transaction whose COMMIT got no answer, so that nothing is doubled and nothing acknowledged is lost.

import type { Client } from 'pg';
import { pause } from './connection.ts';
import { codeOf } from './failure.ts';
import type { Line } from './line.ts';
import type { ChainTip } from './rows.ts';
import type { Timing } from './timing.ts';

/** `undone`: nothing of it is there or ever will be. `unknown`: it may be there, now or later. */
export type Outcome = 'committed' | 'undone' | 'unknown';

/** A transaction by its number, and where it moved the end of our chain, which nobody else moves; undefined when it did not. */
export type Lost = { readonly xid: string; readonly tip: ChainTip | undefined };

type Found = { readonly written: boolean; readonly status: string | null };

const inquirySql = `
  SELECT EXISTS (SELECT FROM crossgrant.audit_chain WHERE chain = $2 AND hash = $3) AS written,
         pg_xact_status($1::xid8) AS status`;

/** Asks, over connections made anew, until there is an answer or `timing.inquiry` is over. */
export async function findOutcome(line: Line, lost: Lost, timing: Timing): Promise<Outcome> {
  const deadline = performance.now() + timing.inquiry;
  do {
    try {
      const outcome = await askOutcome(await line.connected(deadline), lost);
      if (outcome !== undefined) return outcome;
    } catch {
      line.leave();
    }
    await pause(timing.firstPause);
  } while (performance.now() < deadline);
  return 'unknown';
}

/** Asks once; undefined: it is under way still, ask again. Rejects when the connection does not answer. */
async function askOutcome(client: Client, { xid, tip }: Lost): Promise<Outcome | undefined> {
  const ask = async (): Promise<Found> => {
    const values = [xid, tip?.name ?? null, tip?.hash ?? null];
    const { rows } = await client.query<Found>(inquirySql, values);
    return rows[0] ?? { written: false, status: null };
  };
  try {
    const { written, status } = await ask();
    if (written || (status === 'committed' && tip === undefined)) return 'committed';
    if (status === 'in progress') return undefined;
    if (status === 'aborted') return 'undone';
    if (status === null) return 'unknown';
    // Committed between the two looks of the statement; or the number is that of another transaction, after a failover.
    return (await ask()).written ? 'committed' : 'undone';
  } catch (error) {
    return outcomeFromError(error);
  }
}

/** The numbers of a server that took over may not be that far: what it was not told of is lost. */
function outcomeFromError(error: unknown): Outcome {
  if (codeOf(error) === '22023') return 'undone';
  if (codeOf(error) === '42883') return 'unknown';
  throw error;
}
