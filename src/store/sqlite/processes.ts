// What the processes on this file say of themselves.

import { asc, eq, getTableColumns, gte, lt, sql } from 'drizzle-orm';
import { forgetProcessAfter, type Processes } from '../processes.ts';
import type { Parts } from './parts.ts';
import { command, db, p, reading, statementsOn } from './statement.ts';
import { process } from './tables.ts';

export function openProcesses({ client, writes, read }: Parts): Processes {
  const statements = statementsOn(client, reports);
  return {
    beat: (report) =>
      writes.run(() => {
        statements.save.run(report);
        statements.forget.run({ before: report.seenAt - forgetProcessAfter });
      }),
    listProcesses: (seenSince) => read(() => statements.list.all({ seenSince })),
    endProcess: (id) =>
      writes.run(() => {
        statements.end.run({ id });
      }),
  };
}

const reports = {
  save: command(() =>
    db
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
      }),
  ),
  forget: command(() => db.delete(process).where(lt(process.seenAt, p('before')))),
  list: reading(getTableColumns(process), () =>
    db
      .select()
      .from(process)
      .where(gte(process.seenAt, p('seenSince')))
      .orderBy(asc(process.startedAt), asc(process.id)),
  ),
  end: command(() => db.delete(process).where(eq(process.id, p('id')))),
};
