// Protected resources on loopback with our middleware, tokens their issuer could have made, and what a refusal must look like.

import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect } from 'vitest';
import {
  type AccessVariables,
  type ProtectedResource,
  protectResource,
  type ResourceOptions,
  requireToken,
  serveMetadata,
} from '../../src/resource/index.ts';
import { type HttpAnswer, openSite, type Site } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt, dpopProof } from '../../src/testkit/tokens.ts';
import { proofAlgorithms } from '../../src/token/proofs/dpop.ts';
import { parseChallenge } from './challenge.ts';
import { type RawRequest, raw, start } from './http.ts';

export const issuer = 'https://as.contoso.example';
export const asKey = testKey('ES256', 'as-1');
export const clientKey = testKey();
export const now = start;

export type Api = { readonly site: Site; readonly resource: ProtectedResource; readonly uri: string };

/** A server with three operations: anybody with a token, a scope, a strong and fresh sign-in. */
async function openApi(path: string, options: Partial<ResourceOptions> = {}): Promise<Api> {
  const site = await openSite();
  const uri = `${site.origin}${path}`;
  const keys = { from: 'inline', jwks: asKey.jwks } as const;
  const resource = protectResource({ resource: uri, issuer, keys, now: () => now * 1000, ...options });
  const app = new Hono<AccessVariables>();
  app.get(new URL(resource.metadataUrl).pathname, serveMetadata(resource));
  app.all('/events', requireToken(resource), (c) => c.json({ for: c.get('accessToken').subject }));
  app.get('/write', requireToken(resource, { scope: ['events:read', 'events:write'] }), (c) => c.json({}));
  app.get('/pay', requireToken(resource, { acr: ['phr', 'phrh'], maxAge: 300 }), (c) => c.json({}));
  site.serve(app);
  return { site, resource, uri };
}

export type Apis = Readonly<Record<'calendar' | 'strict' | 'nonced' | 'keyless', Api>>;

async function openApis(): Promise<Apis> {
  return {
    calendar: await openApi('/calendar', { scopes: ['events:read', 'events:write'], name: 'Calendar' }),
    strict: await openApi('/', { dpop: 'required' }),
    nonced: await openApi('', { dpopNonce: true }),
    // Nothing listens on port 1.
    keyless: await openApi('', {
      keys: { from: 'url', url: 'http://127.0.0.1:1/jwks' },
      network: { loopbackHttp: true },
    }),
  };
}

export const boundTo = (key = clientKey) => ({ cnf: { jkt: key.kid } });
export const notAcceptable = 'The access token is not acceptable.';

type Denied = {
  status?: number;
  scheme?: string;
  error: string;
  text?: string;
  more?: Readonly<Record<string, string>>;
};

/** Opens the resources before the tests of a file and closes them after; everything goes to the calendar unless told otherwise. */
export function useApis() {
  let open: Apis | undefined;
  beforeAll(async () => {
    open = await openApis();
  });
  afterAll(() => Promise.all(Object.values(open ?? {}).map(({ site }) => site.stop())));
  const apis = (): Apis => {
    if (open === undefined) throw new Error('the resources are there only while the tests run');
    return open;
  };

  /** An access token of the issuer for a resource, as RFC 9068 §2.2 wants it. */
  function accessToken(changes: Changes = {}, header: Changes = {}, key = asKey, where = apis().calendar): string {
    const claims = { iss: issuer, aud: where.uri, sub: 'alice', client_id: 'agent', jti: randomUUID() };
    const times = { iat: now - 10, exp: now + 300 };
    const meant = { scope: 'events:read', acr: 'phr', auth_time: now - 60 };
    return craftJwt({ typ: 'at+jwt', ...header }, { ...claims, ...times, ...meant, ...changes }, key);
  }

  function proofFor(token: string, where = apis().calendar, changes: Changes = {}, key = clientKey): string {
    return dpopProof(key, { url: `${where.site.origin}/events`, method: 'GET', accessToken: token }, now, changes);
  }

  const get = (headers: NonNullable<RawRequest['headers']>, path = '/events', where = apis().calendar) =>
    raw(`${where.site.origin}${path}`, { method: 'GET', headers });
  const bearer = (token: string, path?: string, where?: Api) => get({ Authorization: `Bearer ${token}` }, path, where);
  const withProof = (token: string, proof: string | readonly string[], path?: string, where?: Api) =>
    get({ Authorization: `DPoP ${token}`, DPoP: proof }, path, where);

  /** Status, body, and one challenge that parses and says the same. */
  function expectDenied(
    answer: HttpAnswer,
    { status = 401, scheme = 'Bearer', error, text, more = {} }: Denied,
    where = apis().calendar,
  ) {
    expect(answer.body).toEqual({ error, error_description: text ?? expect.any(String) });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(parseChallenge(answer.headers.get('www-authenticate'))).toEqual({
      scheme,
      parameters: {
        error,
        error_description: answer.body['error_description'],
        resource_metadata: where.resource.metadataUrl,
        ...(scheme === 'DPoP' && { algs: proofAlgorithms.join(' ') }),
        ...more,
      },
    });
  }
  return { apis, accessToken, proofFor, get, bearer, withProof, expectDenied };
}
