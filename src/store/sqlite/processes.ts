// What the processes on this file say of themselves.

import { asc, eq, gte, lt, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { forgetProcessAfter, type Processes } from '../processes.ts';
import type { Parts } from './parts.ts';
import { process } from './tables.ts';
import { whenNeeded } from './when-needed.ts';

export function openProcesses({ client, writes, read }: Parts): Processes {
  const statements = whenNeeded(() => prepare(drizzle(client)));
  return {
    beat: (report) =>
      writes.run(() => {
        statements().save.run(report);
        statements().forget.run({ before: report.seenAt - forgetProcessAfter });
      }),
    listProcesses: (seenSince) => read(() => statements().list.all({ seenSince })),
    endProcess: (id) =>
      writes.run(() => {
        statements().end.run({ id });
      }),
  };
}

function prepare(db: BetterSQLite3Database) {
  /** A named parameter. */
  const p = sql.placeholder;
  return {
    save: db
      .insert(process)
      .values({
        id: p('id'),
        host: p('host'),
        pid: p('pid'),
        startedAt: p('startedAt'),
        seenAt: p('seenAt'),
        version: p('version'),
        digest: p('digest'),
        suspensions: p('suspensions'),
        problem: p('problem'),
      })
      .onConflictDoUpdate({
        target: process.id,
        set: {
          seenAt: sql`excluded.seen_at`,
          version: sql`excluded.version`,
          digest: sql`excluded.digest`,
          suspensions: sql`excluded.suspensions`,
          problem: sql`excluded.problem`,
        },
      })
      .prepare(),
    forget: db
      .delete(process)
      .where(lt(process.seenAt, p('before')))
      .prepare(),
    list: db
      .select()
      .from(process)
      .where(gte(process.seenAt, p('seenSince')))
      .orderBy(asc(process.startedAt), asc(process.id))
      .prepare(),
    end: db
      .delete(process)
      .where(eq(process.id, p('id')))
      .prepare(),
  };
}
