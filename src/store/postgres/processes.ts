// What the processes on this database say of themselves.

import { asc, eq, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { forgetProcessAfter, type Processes } from '../processes.ts';
import type { Parts } from './parts.ts';
import { process } from './tables.ts';

export function openProcesses({ pool, read }: Parts): Processes {
  const db = drizzle(pool);
  return {
    beat: (report) =>
      read(async () => {
        await db.insert(process).values(report).onConflictDoUpdate({ target: process.id, set: report });
        await db.delete(process).where(lt(process.seenAt, report.seenAt - forgetProcessAfter));
      }),
    listProcesses: (seenSince) =>
      read(() =>
        db
          .select()
          .from(process)
          .where(gte(process.seenAt, seenSince))
          .orderBy(asc(process.startedAt), asc(process.id)),
      ),
    endProcess: (id) =>
      read(async () => {
        await db.delete(process).where(eq(process.id, id));
      }),
  };
}
