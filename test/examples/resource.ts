// A protected resource, as the README shows it.

import { Hono } from 'hono';
import { type AccessVariables, protectResource, requireToken, serveMetadata } from '../../src/resource/index.ts';

const api = protectResource({
  resource: 'https://api.contoso.example/',
  issuer: 'https://as.contoso.example',
  scopes: ['events:read'],
});

export const app = new Hono<AccessVariables>();
app.get(new URL(api.metadataUrl).pathname, serveMetadata(api));
app.get('/events', requireToken(api, { scope: ['events:read'] }), (c) => c.json({ for: c.get('accessToken').subject }));
app.post('/events', requireToken(api, { scope: ['events:write'], acr: ['phr'], maxAge: 300 }), (c) =>
  c.json({ created: true }, 201),
);
