// Metadata of an issuer: looked for at two places, and believed only when it speaks of that issuer.

import { describe, expect, it } from 'vitest';
import { DiscoveryError, discover } from '../../src/trust/discovery.ts';
import { type Answer, loopbackFetch, startPartner } from './trust-partner.ts';

const rfc8414 = '/.well-known/oauth-authorization-server/t1';
const openid = '/t1/.well-known/openid-configuration';

/** An issuer `<origin>/t1` that answers the given documents by path, made with its own identifier, else 404. */
async function issuerWith(documents: Readonly<Record<string, (issuer: string) => Answer>>) {
  const partner = await startPartner(({ url = '' }) => documents[url]?.(`${partner.origin}/t1`) ?? { status: 404 });
  return { issuer: `${partner.origin}/t1`, asked: partner.asked };
}

const saying = (document: object) => (issuer: string) => ({ body: JSON.stringify({ issuer, ...document }) });
const raw = (body: string) => () => ({ body });

describe('RFC 8414 §3: where metadata is looked for', () => {
  it('takes what lies at its place and asks no further', async () => {
    const { issuer, asked } = await issuerWith({
      [rfc8414]: saying({ jwks_uri: 'https://k.example/jwks', token_endpoint: 'https://k.example/t', scopes: ['a'] }),
    });
    const metadata = await discover(issuer, loopbackFetch);
    expect(metadata).toMatchObject({
      issuer,
      jwks_uri: 'https://k.example/jwks',
      token_endpoint: 'https://k.example/t',
    });
    expect(metadata).not.toHaveProperty('introspection_endpoint');
    expect(metadata.raw['scopes']).toEqual(['a']);
    expect(asked).toEqual([rfc8414]);
  });

  it.each<[string, (issuer: string) => Answer]>([
    ['nothing', () => ({ status: 404 })],
    ['a page', () => ({ headers: { 'content-type': 'text/html' }, body: '<html>' })],
    ['a redirect', () => ({ status: 302, headers: { location: '/login' } })],
    ['a failure', () => ({ status: 500 })],
    ['the metadata of the whole host', (issuer) => ({ body: JSON.stringify({ issuer: new URL(issuer).origin }) })],
  ])('goes on to the place of OpenID Connect where that has %s', async (_, first) => {
    const { issuer, asked } = await issuerWith({
      [rfc8414]: first,
      [openid]: saying({ jwks_uri: 'https://k.example/' }),
    });
    expect(await discover(issuer, loopbackFetch)).toMatchObject({ issuer, jwks_uri: 'https://k.example/' });
    expect(asked).toEqual([rfc8414, openid]);
  });

  it('does not ask twice a host that is out of reach', async () => {
    await expect(discover('http://127.0.0.1:1', loopbackFetch)).rejects.toMatchObject({ fault: 'connection' });
    const asked: string[] = [];
    const silent = startPartner(({ url = '' }) => void asked.push(url));
    const hasty: typeof loopbackFetch = (url, request) => loopbackFetch(url, { ...request, timeoutMs: 40 });
    await expect(discover((await silent).origin, hasty)).rejects.toMatchObject({ fault: 'timeout' });
    expect(asked).toHaveLength(1);
  });
});

describe('RFC 8414 §3.3: metadata speaks of the issuer it was asked of, byte for byte', () => {
  it.each([
    ['another host', () => 'https://evil.example/t1'],
    ['a trailing slash more', (issuer: string) => `${issuer}/`],
    ['another case', (issuer: string) => issuer.toUpperCase()],
    ['a default port', (issuer: string) => `${issuer}:443`],
  ])('refuses %s and names both', async (_, other) => {
    const { issuer } = await issuerWith({ [rfc8414]: (own) => ({ body: JSON.stringify({ issuer: other(own) }) }) });
    const refused = discover(issuer, loopbackFetch);
    await expect(refused).rejects.toThrow(DiscoveryError);
    await expect(refused).rejects.toThrow(`its issuer is "${other(issuer)}", not "${issuer}"`);
  });

  it('refuses a trailing slash less', async () => {
    const { issuer } = await issuerWith({ [rfc8414]: saying({}) });
    await expect(discover(`${issuer}/`, loopbackFetch)).rejects.toThrow(`its issuer is "${issuer}", not "${issuer}/"`);
  });

  it('quotes no more of it than an identifier may have', async () => {
    const { issuer } = await issuerWith({ [rfc8414]: raw(JSON.stringify({ issuer: 'x'.repeat(60_000) })) });
    await discover(issuer, loopbackFetch).catch((error: Error) => expect(error.message.length).toBeLessThan(1000));
    expect.assertions(1);
  });
});

describe('a document that is not metadata', () => {
  it.each([
    ['truncated', raw('{"issuer":"https://'), 'not JSON'],
    ['with a repeated member', (issuer: string) => ({ body: `{"issuer":"x","issuer":"${issuer}"}` }), 'repeated'],
    ['a list', raw('[]'), 'not an object'],
    ['empty', raw(''), 'not JSON'],
    ['without issuer', raw('{}'), 'its issuer is undefined'],
    ['with an endpoint that is no text', saying({ jwks_uri: ['https://k.example/'] }), 'jwks_uri is not a string'],
    ['larger than metadata is', saying({ padding: 'x'.repeat(70_000) }), 'longer than'],
  ])('is refused: %s', async (_, document, reason) => {
    const { issuer } = await issuerWith({ [rfc8414]: document });
    const refused = discover(issuer, loopbackFetch);
    await expect(refused).rejects.toThrow(DiscoveryError);
    await expect(refused).rejects.toThrow(reason);
  });
});
