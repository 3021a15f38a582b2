// The listener for operators: is it alive, can it serve, and how is it doing. It only answers questions, and never with a secret.

import { Hono } from 'hono';
import { joinReadiness, metricsText, metricsType, type Report } from '../observe/report.ts';
import { refuseForeigners } from './guard.ts';

export type AdminSources = {
  /** What each process that serves tells of itself now; one that does not answer in time is left out. */
  readonly reports: () => Promise<readonly Report[]>;
  /** Host names under which it may be asked, beside addresses. */
  readonly hosts: readonly string[];
};

/** GET and HEAD of /healthz, /readyz and /metrics; everything else is refused. */
export function adminRoutes({ reports, hosts }: AdminSources): Hono {
  const app = new Hono({ strict: true });
  app.use(refuseForeigners(hosts));
  // That it answers says that the event loop turns, and nothing else: a process whose store is down must not be restarted for it.
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', async (context) => {
    const readiness = joinReadiness(await reports());
    return context.json(readiness, readiness.ready ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.body(await metricsText(await reports()), 200, { 'Content-Type': metricsType }),
  );
  app.notFound((context) => context.json({ error: 'not_found' }, 404));
  app.onError((_error, context) => context.json({ error: 'server_error' }, 500));
  return app;
}
