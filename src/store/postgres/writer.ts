// The one connection that writes: a transaction at a time, run again when the connection broke or the server undid it.

import type { Client } from 'pg';
import { StoreUnavailable } from '../store.ts';
import { codeOf, isConnectionLost, isWorthRetrying, translateFailure } from './failure.ts';
import type { Line } from './line.ts';
import { findOutcome } from './outcome.ts';
import type { ChainTip } from './rows.ts';
import type { Timing } from './timing.ts';
import { inTransaction, OutcomeUnknown, type Prepared } from './transaction.ts';

/** What a transaction has found out: where our chain ends after it, and how to answer once everything is durable. */
export type Written = Prepared & { readonly tip: ChainTip | undefined; answer(): void };

/** Work of one transaction. */
export type Work = {
  /** Inside the transaction, perhaps again after it was undone. `tip`: where our chain ends; undefined: it begins now. */
  prepare(client: Client, tip: ChainTip | undefined): Promise<Written>;
  reject(reason: unknown): void;
  /** The same work as smaller transactions; empty when it is as small as can be. */
  split(): readonly Work[];
};

export type Writer = {
  /** Writes `work` and answers it, or rejects it. Begins nothing again after `deadline` (`performance.now()`). Never rejects itself. */
  write(work: Work, deadline: number): Promise<void>;
  close(): Promise<void>;
};

/** How often a transaction is run again: each time somebody else got on, or the connection was another. */
const attempts = 20;

/** SQLSTATE read_only_sql_transaction: a standby, perhaps since a moment ago; the name may lead to another server now. */
const readOnly = '25006';

export function openWriter(line: Line, place: string, timing: Timing): Writer {
  let tip: ChainTip | undefined;

  async function write(work: Work, deadline: number): Promise<void> {
    const failure = await tryAll(work, deadline);
    if (failure === undefined) return;
    const smaller = failure.error instanceof StoreUnavailable ? [] : work.split();
    if (smaller.length === 0) work.reject(failure.error);
    for (const part of smaller) await write(part, deadline);
  }

  /** Undefined when it is written; the answers have left then. */
  async function tryAll(work: Work, deadline: number): Promise<{ readonly error: unknown } | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const written = await tryOnce(work, deadline);
        tip = written.tip;
        written.answer();
        return undefined;
      } catch (error) {
        if (attempt >= attempts || !mayGoAgain(error, deadline)) return { error: translateFailure(error, place) };
      }
    }
  }

  /** Nothing was written: because of others, or because the connection broke, which is left then. */
  function mayGoAgain(error: unknown, deadline: number): boolean {
    const isLost = isConnectionLost(error);
    if (isLost || codeOf(error) === readOnly) line.leave();
    return (isLost || isWorthRetrying(error)) && performance.now() < deadline;
  }

  async function tryOnce(work: Work, deadline: number): Promise<Written> {
    const client = await line.connected(deadline);
    let written: Written | undefined;
    try {
      return await inTransaction(client, async () => {
        written = await work.prepare(client, tip);
        return written;
      });
    } catch (error) {
      if (error instanceof OutcomeUnknown && written) return resolve(error, written);
      throw error;
    }
  }

  /** What was written after all; otherwise rejects with what broke the connection, when nothing was written for sure. */
  async function resolve(error: OutcomeUnknown, written: Written): Promise<Written> {
    line.leave();
    const moved = written.tip === tip ? undefined : written.tip;
    const outcome = error.askable ? await findOutcome(line, { xid: error.xid, tip: moved }, timing) : 'unknown';
    if (outcome === 'committed') return written;
    if (outcome === 'undone') throw error.cause;
    // It may yet be committed behind our back: a record after it would fork our chain, so that another one begins.
    tip = undefined;
    throw new StoreUnavailable(`${place}: ${error.message}, so that it counts as failed`, { cause: error });
  }

  return { write, close: () => line.close() };
}
