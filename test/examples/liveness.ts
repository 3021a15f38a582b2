// A protected resource that asks whether a token still counts, as the README shows it.

import { protectResource } from '../../src/resource/index.ts';

export const api = protectResource({
  resource: 'https://api.contoso.example/',
  issuer: 'https://as.contoso.example',
  liveness: { clientId: 'api-server', secret: process.env['API_SERVER_SECRET'] ?? '', cache: 10 },
});
