// Counts what was used, by day.

import { asc, getTableColumns, gte, lt, sql } from 'drizzle-orm';
import type { Usage } from '../usage.ts';
import type { Parts } from './parts.ts';
import { command, db, p, reading, statementsOn } from './statement.ts';
import { usage } from './tables.ts';

export function openUsage({ client, writes, read }: Parts): Usage {
  const statements = statementsOn(client, counts);
  return {
    addUsage: (added) =>
      writes.run(() => {
        for (const count of added) statements.add.run(count);
      }),
    usageSince: (day) => read(() => statements.since.all({ day })),
    sweepUsage: (day) => writes.run(() => statements.sweep.run({ day }).changes),
  };
}

const { day, domain, rule, client, scope, outcome, count, lastAt } = usage;

const counts = {
  add: command(() =>
    db
      .insert(usage)
      .values({
        day: p('day'),
        domain: p('domain'),
        rule: p('rule'),
        client: p('client'),
        scope: p('scope'),
        outcome: p('outcome'),
        count: p('count'),
        lastAt: p('lastAt'),
      })
      .onConflictDoUpdate({
        target: [day, domain, rule, client, scope, outcome],
        set: { count: sql`${count} + excluded.count`, lastAt: sql`max(${lastAt}, excluded.last_at)` },
      }),
  ),
  since: reading(getTableColumns(usage), () =>
    db
      .select()
      .from(usage)
      .where(gte(day, p('day')))
      .orderBy(asc(day), asc(domain), asc(rule), asc(client), asc(scope), asc(outcome)),
  ),
  sweep: command(() => db.delete(usage).where(lt(day, p('day')))),
};
