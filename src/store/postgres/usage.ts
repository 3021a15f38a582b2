// Counts what was used, by day.

import { asc, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Usage, UsageCount } from '../usage.ts';
import type { Parts } from './parts.ts';
import { columnsOf } from './statements.ts';
import { usage } from './tables.ts';
import { writeText } from './text.ts';
import type { Work } from './writer.ts';

export function openUsage({ pool, queue, read }: Parts): Usage {
  const db = drizzle(pool);
  const { day: dayOf, domain, rule, client, scope, outcome } = usage;
  return {
    addUsage: (counts) => queue.run<void>((resolve, reject) => addWork(counts, resolve, reject)),
    usageSince: (day) =>
      read(() =>
        db
          .select()
          .from(usage)
          .where(gte(dayOf, day))
          .orderBy(...[dayOf, domain, rule, client, scope, outcome].map((column) => asc(column))),
      ),
    sweepUsage: (day) => read(async () => (await db.delete(usage).where(lt(dayOf, day))).rowCount ?? 0),
  };
}

/** In one order, so that two processes that count the same cannot block each other. */
const addSql = `
  INSERT INTO crossgrant.usage (day, domain, rule, client, scope, outcome, count, last_at)
  SELECT day, domain, rule, client, scope, outcome, sum(count), max(last_at)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
    AS added (day, domain, rule, client, scope, outcome, count, last_at)
  GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (day, domain, rule, client, scope, outcome)
  DO UPDATE SET count = usage.count + excluded.count, last_at = greatest(usage.last_at, excluded.last_at)`;

/** Through the writer, which knows whether a commit without an answer happened: else a try again would count twice. */
function addWork(counts: readonly UsageCount[], resolve: () => void, reject: (reason: unknown) => void): Work {
  const names = columnsOf(counts, ['day', 'domain', 'rule', 'client', 'scope', 'outcome']);
  const values = [
    ...names.map((column) => column.map((name) => writeText(String(name)))),
    ...columnsOf(counts, ['count', 'lastAt']),
  ];
  return {
    async prepare(connection, tip) {
      const { rows } = await connection.query<{ readonly xid: string }>('SELECT pg_current_xact_id()::text AS xid');
      return { xid: rows[0]?.xid ?? '', keep: true, last: { text: addSql, values }, tip, answer: resolve };
    },
    reject,
    split: () => [],
  };
}
