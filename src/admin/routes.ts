// The listener for operators: is it alive, can it serve, how is it doing, and why it decides as it does. It only answers questions, and never with a secret.

import { Hono } from 'hono';
import type { SentAnswer, SentQuestion } from '../explain/answer.ts';
import { joinReadiness, metricsText, metricsType, type Report } from '../observe/report.ts';
import { limits } from '../protocol/limits.ts';
import { refuseForeigners } from './guard.ts';

export type AdminSources = {
  /** What each process that serves tells of itself now; one that does not answer in time is left out. */
  readonly reports: () => Promise<readonly Report[]>;
  /** Answers a question at /admin/explain, by a process that serves; undefined when none answers in time. */
  readonly explain: (sent: SentQuestion) => Promise<SentAnswer | undefined>;
  /** Host names under which it may be asked, beside addresses. */
  readonly hosts: readonly string[];
};

/** GET and HEAD of /healthz, /readyz and /metrics, POST of /admin/explain; everything else is refused. */
export function adminRoutes({ reports, explain, hosts }: AdminSources): Hono {
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
  app.post('/admin/explain', async (context) => {
    const body = await readQuestion(context.req.raw);
    if (body === undefined) return context.json({ error: 'too_large' }, 413);
    const answer = await explain({ authorization: context.req.header('authorization'), body });
    if (answer === undefined) return context.json({ error: 'temporarily_unavailable' }, 503);
    return Response.json(answer.body, { status: answer.status, headers: answer.headers ?? {} });
  });
  app.notFound((context) => context.json({ error: 'not_found' }, 404));
  app.onError((_error, context) => context.json({ error: 'server_error' }, 500));
  return app;
}

/** The body, undefined when it says no length or is longer than a question can be; node:http holds the sender to what he says. */
async function readQuestion(request: Request): Promise<Uint8Array | undefined> {
  const length = Number(request.headers.get('content-length') ?? Number.NaN);
  return length <= limits.explainQuestion ? new Uint8Array(await request.arrayBuffer()) : undefined;
}
