// Contoso's protected resource: a calendar that tells who asked, and through which agent.

import { Hono } from 'hono';
import { type AccessVariables, protectResource, requireToken, serveMetadata } from '../resource/index.ts';

export type CalendarOptions = {
  readonly resource: string;
  readonly issuer: string;
  readonly now: () => number;
  /** PEM of a test authority. */
  readonly ca: string | undefined;
};

/** GET needs `events:read`, POST `events:write`. */
export function calendarApp({ resource, issuer, now, ca }: CalendarOptions): Hono<AccessVariables> {
  const calendar = protectResource({
    resource,
    issuer,
    name: "Contoso's calendar",
    scopes: ['events:read', 'events:write'],
    network: { loopbackHttp: true, ...(ca !== undefined && { ca }) },
    now,
  });
  const path = new URL(resource).pathname;
  const app = new Hono<AccessVariables>();
  app.get(new URL(calendar.metadataUrl).pathname, serveMetadata(calendar));
  app.get(path, requireToken(calendar, { scope: ['events:read'] }), (context) => {
    const { subject, clientId, claims } = context.get('accessToken');
    return context.json({
      asked_by: { user: subject, client: clientId, agent: claims['act'] ?? null },
      events: [
        { title: 'Quarterly planning', at: '2026-12-01T09:00:00Z' },
        { title: 'Flight to Berlin', at: '2026-12-02T06:40:00Z' },
      ],
    });
  });
  app.post(path, requireToken(calendar, { scope: ['events:write'] }), (context) =>
    context.json({ created: true }, 201),
  );
  return app;
}
