// One transaction of the writer: either it committed, or nothing of it was written, or it is said that nobody knows.

import type { Client, QueryConfig, QueryResult } from 'pg';
import { codeOf, isConnectionLost } from './failure.ts';

/** What a transaction has found out and still has to write. */
export type Prepared = {
  /** Its number at the server (`xid8`). */
  readonly xid: string;
  /** Its last statement: sent together with COMMIT, which the server turns into ROLLBACK when the statement fails. */
  readonly last?: QueryConfig;
  /** False: all of it is undone. */
  readonly keep: boolean;
};

/** COMMIT was sent and no answer came: the connection broke, or the server was told to stop waiting for its standby. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  readonly xid: string;
  /** Whether the server can tell later. It cannot tell what a standby has. */
  readonly askable: boolean;
  constructor(xid: string, askable: boolean, cause: unknown) {
    super(`whether transaction ${xid} was committed is not known`, { cause });
    this.xid = xid;
    this.askable = askable;
  }
}

/**
 * Runs `prepare` between BEGIN and COMMIT. Rejects with OutcomeUnknown as said there; with anything else nothing was written.
 * READ COMMITTED whatever the role's default: a batch waits for rows of others and goes on with what they left.
 */
export async function inTransaction<Work extends Prepared>(
  client: Client,
  prepare: () => Promise<Work>,
): Promise<Work> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  let prepared: Work;
  try {
    prepared = await prepare();
  } catch (error) {
    if (!isConnectionLost(error)) await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
  if (prepared.keep) await finish(client, prepared);
  else await client.query('ROLLBACK');
  return prepared;
}

async function finish(client: Client, { xid, last }: Prepared): Promise<void> {
  const warnings: string[] = [];
  // By code: a server speaks the language of its administrator.
  const note = ({ code, message }: NoticeMessage) => code !== successfulCompletion && warnings.push(message ?? '');
  client.on('notice', note);
  const [written, committed] = await Promise.allSettled([
    last === undefined ? undefined : client.query(last),
    client.query('COMMIT'),
  ]);
  client.off('notice', note);
  if (committed.status === 'rejected')
    throw undoneBy(committed.reason) ?? new OutcomeUnknown(xid, true, committed.reason);
  if (written.status === 'rejected') throw written.reason;
  if (!isCommit(committed.value)) throw new Error('the server undid a transaction without a reason');
  // It is on this server's disk and not on its standby, for which the server was told to wait: nothing to acknowledge.
  const [warning] = warnings;
  if (warning !== undefined) throw new OutcomeUnknown(xid, false, new Error(warning));
}

type NoticeMessage = { readonly code?: string | undefined; readonly message?: string | undefined };

/** SQLSTATE of what is said by the way. */
const successfulCompletion = '00000';

/** COMMIT of a transaction that failed is answered with ROLLBACK, not with an error. */
const isCommit = ({ command }: QueryResult) => command === 'COMMIT';

/** The server itself undid it, and said so in the answer to COMMIT. */
function undoneBy(error: unknown): unknown {
  return /^(23|40)/.test(codeOf(error)) ? error : undefined;
}
