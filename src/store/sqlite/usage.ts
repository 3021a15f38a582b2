// Counts what was used, by day.

import { asc, gte, lt, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { Usage } from '../usage.ts';
import type { Parts } from './parts.ts';
import { usage } from './tables.ts';
import { whenNeeded } from './when-needed.ts';

export function openUsage({ client, writes, read }: Parts): Usage {
  const statements = whenNeeded(() => prepare(drizzle(client)));
  return {
    addUsage: (counts) =>
      writes.run(() => {
        for (const count of counts) statements().add.run(count);
      }),
    usageSince: (day) => read(() => statements().since.all({ day })),
    sweepUsage: (day) => writes.run(() => statements().sweep.run({ day }).changes),
  };
}

function prepare(db: BetterSQLite3Database) {
  /** A named parameter. */
  const p = sql.placeholder;
  const { day, domain, rule, client, scope, outcome, count, lastAt } = usage;
  return {
    add: db
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
      })
      .prepare(),
    since: db
      .select()
      .from(usage)
      .where(gte(day, p('day')))
      .orderBy(asc(day), asc(domain), asc(rule), asc(client), asc(scope), asc(outcome))
      .prepare(),
    sweep: db
      .delete(usage)
      .where(lt(day, p('day')))
      .prepare(),
  };
}
