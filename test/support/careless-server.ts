// An authorization server that takes whatever looks like a grant, and shows a private key: what a probe has to find.

import { Hono } from 'hono';
import { decodeJws } from '../../src/jose/jws.ts';
import { testKey } from '../../src/testkit/keys.ts';

export function carelessServer(issuer: string): Hono {
  const key = testKey();
  const app = new Hono();
  app.get('/.well-known/oauth-authorization-server', (context) =>
    context.json({
      issuer,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      grant_types_supported: ['authorization_code'],
    }),
  );
  app.get('/jwks', (context) => context.json({ keys: [key.publicJwk, { ...key.privateJwk, kid: 'leaked' }] }));
  app.post('/token', async (context) => {
    const { assertion = '' } = Object.fromEntries(new URLSearchParams(await context.req.text()));
    const refused = () => context.json({ error: 'invalid_grant' }, 400);
    try {
      const { claims } = decodeJws(assertion);
      const { aud, iat, exp } = claims;
      // It wants a slash, no lists, and five minutes at most; nothing else does it look at.
      if (aud !== `${issuer}/` || Number(exp) - Number(iat) > 300) return refused();
      return context.json({ access_token: 'x', token_type: 'Bearer' });
    } catch {
      return refused();
    }
  });
  return app;
}
