// Keys of a foreign issuer: on the hot path from the cache, fetched rarely, kept while the issuer is down.

import { describe, expect, it } from 'vitest';
import { KeyError } from '../../src/jose/jwk.ts';
import { limits } from '../../src/protocol/limits.ts';
import type { GuardedFetch } from '../../src/trust/guarded-fetch.ts';
import { Unavailable } from '../../src/trust/last-good.ts';
import { type KeyLocation, remoteKeys } from '../../src/trust/remote-keys.ts';
import { type Answer, loopbackFetch, newKey, startPartner } from './trust-partner.ts';

const jwks = (...keys: readonly object[]): Answer => ({
  headers: { 'content-type': 'application/jwk-set+json' },
  body: JSON.stringify({ keys }),
});
const k1 = newKey('k1');
const k2 = newKey('k2');
const down: Answer = { status: 503 };
/** Our clock stands somewhere else here. */
const clockOffsetMs = expect.any(Number);

/** An issuer whose key set, or whatever stands at its address, can be replaced, and its keys as we hold them. */
async function startIssuer(first: Answer | undefined, fetch: GuardedFetch = loopbackFetch) {
  const issuer = { says: first, seconds: 1_800_000_000 };
  const partner = await startPartner(() => issuer.says);
  const location: KeyLocation = { from: 'url', url: `${partner.origin}/jwks` };
  const source = { issuer: partner.origin, location, fetch, now: () => issuer.seconds * 1000 };
  const keys = remoteKeys(source);
  return { issuer, source, keys, find: (kid?: string) => keys.find(kid, 'ES256'), asked: partner.asked };
}

describe('keys are cached', () => {
  it('fetches for the first token and answers the next without waiting', async () => {
    const { find, keys, asked } = await startIssuer(jwks(k1.publicJwk));
    expect(await find('k1')).toMatchObject({ kid: 'k1' });
    expect(find('k1')).toMatchObject({ kid: 'k1' });
    expect(find()).toMatchObject({ kid: 'k1' });
    expect(asked).toEqual(['/jwks']);
    expect(keys.health()).toEqual({ keys: 1, failures: 0, fetchedAt: 1_800_000_000_000, clockOffsetMs });
  });

  it('fetches once for many tokens that come at the same time', async () => {
    const { find, asked } = await startIssuer(jwks(k1.publicJwk));
    const found = await Promise.all(Array.from({ length: 50 }, () => find('k1')));
    expect(found.every((key) => key?.kid === 'k1')).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['for an hour at most', 'public, max-age=864000', limits.jwksMaxAge],
    ['as long as the issuer says', 'max-age=600, public', 600],
    ['for a minute at least', 'max-age=0', limits.jwksMinAge],
    ['for a minute when they should not be', 'no-store, max-age=600', limits.jwksMinAge],
    ['for five minutes when the issuer says nothing', '', limits.jwksDefaultAge],
    ['for five minutes when the issuer talks of others', 's-maxage=60', limits.jwksDefaultAge],
  ])('%s', async (_, cacheControl, seconds) => {
    const said = jwks(k1.publicJwk);
    const headers = { ...said.headers, 'cache-control': cacheControl };
    const { issuer, find, asked } = await startIssuer({ ...said, headers });
    await find('k1');
    issuer.seconds += seconds;
    expect(find('k1')).toMatchObject({ kid: 'k1' });
    expect(asked).toHaveLength(1);
    issuer.seconds += 1;
    expect(find('k1')).toMatchObject({ kid: 'k1' });
    await expect.poll(() => asked).toHaveLength(2);
  });

  it('waits for new keys when the old ones are long stale', async () => {
    const { issuer, find, keys } = await startIssuer(jwks(k1.publicJwk));
    await find('k1');
    issuer.says = jwks(k2.publicJwk);
    issuer.seconds += 2 * limits.jwksDefaultAge + 1;
    expect(await find('k1')).toBeUndefined();
    expect(find('k2')).toMatchObject({ kid: 'k2' });
    expect(keys.health()).toMatchObject({ changedAt: issuer.seconds * 1000 });
  });
});

describe('RFC 7517 §5: keys change', () => {
  it('grow old from when they were asked for, however long the answer took', async () => {
    const slow: GuardedFetch = async (...request) => {
      const answer = await loopbackFetch(...request);
      issuer.seconds += 2 * limits.jwksDefaultAge + 1;
      return answer;
    };
    const { issuer, find, keys, asked } = await startIssuer(jwks(k1.publicJwk), slow);
    await find('k1');
    expect(keys.health().fetchedAt).toBe(1_800_000_000_000);
    await find('k1');
    expect(asked).toHaveLength(2);
  });

  it('finds a new key with the first token it signs', async () => {
    const { issuer, find, keys, asked } = await startIssuer(jwks(k1.publicJwk));
    await find('k1');
    issuer.says = jwks(k1.publicJwk, k2.publicJwk);
    const together = await Promise.all(Array.from({ length: 20 }, () => find('k2')));
    expect(together.every((key) => key?.kid === 'k2')).toBe(true);
    expect(asked).toHaveLength(2);
    expect(keys.health()).toMatchObject({ keys: 2, changedAt: issuer.seconds * 1000 });
  });

  it('fetches once for a flood of made-up key ids, and again after the cool-down', async () => {
    const { issuer, find, asked } = await startIssuer(jwks(k1.publicJwk));
    await find('k1');
    for (let i = 0; i < 100; i++) expect(await find(`made-up-${i}`)).toBeUndefined();
    await Promise.all(Array.from({ length: 100 }, (_, i) => find(`again-${i}`)));
    expect(asked).toHaveLength(2);
    issuer.seconds += limits.jwksCooldown;
    for (let i = 0; i < 100; i++) await find(`later-${i}`);
    expect(asked).toHaveLength(3);
    expect(find('k1')).toMatchObject({ kid: 'k1' });
  });

  it('spends nothing of another domain or client with the same key set (chaining trap 40)', async () => {
    const { source, find, asked } = await startIssuer(jwks(k1.publicJwk));
    const others = remoteKeys(source);
    await find('k1');
    await others.find('k1', 'ES256');
    await find('made-up');
    await others.find('made-up', 'ES256');
    expect(asked).toHaveLength(4);
  });

  it('does not call a reordered set a change', async () => {
    const { issuer, find, keys } = await startIssuer(jwks(k1.publicJwk, k2.publicJwk));
    await find('k1');
    issuer.says = jwks(k2.publicJwk, k1.publicJwk);
    await find('made-up');
    expect(keys.health()).not.toHaveProperty('changedAt');
  });
});

describe('an issuer that does not answer', () => {
  it('has its last good keys used for a day, and no longer', async () => {
    const { issuer, find, keys } = await startIssuer(jwks(k1.publicJwk));
    const fetchedAt = issuer.seconds;
    await find('k1');
    issuer.says = down;
    for (const age of [limits.jwksDefaultAge + 1, limits.jwksMaxAge, limits.jwksLastGood]) {
      issuer.seconds = fetchedAt + age;
      expect(await find('k1')).toMatchObject({ kid: 'k1' });
    }
    await expect.poll(() => keys.health()).toMatchObject({ keys: 1, failedAt: issuer.seconds * 1000 });
    expect(keys.health().lastError).toContain('status 503');
    issuer.seconds = fetchedAt + limits.jwksLastGood + 1;
    await expect((async () => find('k1'))()).rejects.toThrow(Unavailable);
  });

  it('is forgiven once it answers again', async () => {
    const { issuer, find, keys } = await startIssuer(down);
    await expect(find('k1')).rejects.toThrow(Unavailable);
    issuer.says = jwks(k1.publicJwk);
    issuer.seconds += limits.jwksRetry;
    expect(await find('k1')).toMatchObject({ kid: 'k1' });
    expect(keys.health()).toEqual({ keys: 1, failures: 1, fetchedAt: issuer.seconds * 1000, clockOffsetMs });
  });

  it('holds nobody up whose key is known', async () => {
    const { issuer, find, asked } = await startIssuer(jwks(k1.publicJwk));
    await find('k1');
    issuer.says = undefined;
    issuer.seconds += limits.jwksDefaultAge + 1;
    expect(find('k1')).toMatchObject({ kid: 'k1' });
    await expect.poll(() => asked).toHaveLength(2);
    expect(find('k1')).toMatchObject({ kid: 'k1' });
    expect(asked).toHaveLength(2);
  });

  it('holds nobody up once it is known to be down, and is still asked now and then', async () => {
    const { issuer, find, keys, asked } = await startIssuer(jwks(k1.publicJwk));
    await find('k1');
    issuer.says = down;
    issuer.seconds += 2 * limits.jwksDefaultAge + 1;
    expect(await find('k1')).toMatchObject({ kid: 'k1' });
    issuer.says = undefined;
    issuer.seconds += limits.jwksRetry;
    expect(find('k1')).toMatchObject({ kid: 'k1' });
    expect(find('k1')).toMatchObject({ kid: 'k1' });
    await expect.poll(() => asked).toHaveLength(3);
    expect(keys.health()).toHaveProperty('failedAt');
  });

  it('is not asked again for a while after a failure', async () => {
    const { issuer, find, asked } = await startIssuer(down);
    await expect(find('k1')).rejects.toThrow(Unavailable);
    for (let i = 0; i < 20; i++) expect(() => find('k1')).toThrow(Unavailable);
    expect(asked).toHaveLength(1);
    issuer.seconds += limits.jwksRetry;
    await expect(find('k1')).rejects.toThrow(Unavailable);
    expect(asked).toHaveLength(2);
  });

  it('is given up on in time when it hangs', async () => {
    const hasty: GuardedFetch = (url, request) => loopbackFetch(url, { ...request, timeoutMs: 40 });
    const { find, keys } = await startIssuer(undefined, hasty);
    await expect(find('k1')).rejects.toThrow(Unavailable);
    expect(keys.health().lastError).toContain('no whole answer in time');
  });
});

describe('RFC 7517 §5: a key set that is not acceptable', () => {
  const unacceptable: readonly [string, Answer, string][] = [
    ['with a private key', jwks(k1.privateJwk), 'private or symmetric'],
    ['with a symmetric key', jwks({ kty: 'oct', k: 'c2VjcmV0', kid: 's' }), 'private or symmetric'],
    ['with one kid twice', jwks(k1.publicJwk, { ...k2.publicJwk, kid: 'k1' }), 'share a kid'],
    ['of 10 MB', { body: `{"keys":[]${' '.repeat(10 * 1024 * 1024)}}` }, 'longer than'],
    ['that is a page', { headers: { 'content-type': 'text/html' }, body: '<html>' }, 'is not application/jwk-set+json'],
    ['that ends too early', { body: '{"keys":[{"kty":"EC"' }, 'not JSON'],
    ['with a repeated member', { body: '{"keys":[],"keys":[]}' }, 'repeated'],
    ['that is something else', { body: '{"error":"x"}' }, 'not a JWK Set'],
    ['that lies elsewhere', { status: 302, headers: { location: '/jwks2' } }, 'redirects'],
  ];

  it.each(unacceptable)('%s is refused', async (_, answer, reason) => {
    const { find, keys } = await startIssuer(answer);
    await expect(find('k1')).rejects.toThrow(Unavailable);
    expect(keys.health()).toMatchObject({ keys: 0, lastError: expect.stringContaining(reason) });
    expect(keys.health().lastError).not.toContain(k1.privateJwk['d']);
  });

  it.each(unacceptable)('%s leaves the last good keys in place', async (_, answer, reason) => {
    const { issuer, find, keys } = await startIssuer(jwks(k1.publicJwk));
    await find('k1');
    issuer.says = answer;
    expect(await find('made-up')).toBeUndefined();
    expect(find('k1')).toMatchObject({ kid: 'k1' });
    expect(keys.health()).toMatchObject({ keys: 1, lastError: expect.stringContaining(reason) });
  });
});

describe('where the keys lie', () => {
  const now = () => 1_800_000_000_000;

  it('may be said by the metadata of the issuer', async () => {
    const partner = await startPartner(({ url }) =>
      url === '/keys'
        ? jwks(k1.publicJwk)
        : { body: JSON.stringify({ issuer: partner.origin, jwks_uri: `${partner.origin}/keys` }) },
    );
    const keys = remoteKeys({ issuer: partner.origin, location: { from: 'discovery' }, fetch: loopbackFetch, now });
    expect(await keys.find('k1', 'ES256')).toMatchObject({ kid: 'k1' });
    expect(partner.asked).toEqual(['/.well-known/oauth-authorization-server', '/keys']);
  });

  it.each([
    ['of another issuer', { issuer: 'https://evil.example' }, 'not "http://127'],
    ['without a place', { jwks_uri: undefined }, 'has no jwks_uri'],
    ['with a place inside our network', { jwks_uri: 'https://10.0.0.5/keys' }, 'neither public nor allowed'],
  ])('is not believed to metadata %s', async (_, said, reason) => {
    const partner = await startPartner(() => ({
      body: JSON.stringify({ issuer: partner.origin, jwks_uri: `${partner.origin}/keys`, ...said }),
    }));
    const keys = remoteKeys({ issuer: partner.origin, location: { from: 'discovery' }, fetch: loopbackFetch, now });
    await expect(keys.find('k1', 'ES256')).rejects.toThrow(Unavailable);
    expect(keys.health().lastError).toContain(reason);
    expect(partner.asked).not.toContain('/keys');
  });

  it('may be the configuration itself; then nothing is fetched', () => {
    const fetch: GuardedFetch = () => Promise.reject(new Error('was fetched'));
    const inline = (...keys: readonly object[]) =>
      remoteKeys({ issuer: 'https://i.example', location: { from: 'inline', jwks: { keys } }, fetch, now });
    const keys = inline(k1.publicJwk);
    expect(keys.find('k1', 'ES256')).toMatchObject({ kid: 'k1' });
    expect(keys.find('k2', 'ES256')).toBeUndefined();
    expect(keys.health()).toEqual({ keys: 1, failures: 0 });
    expect(() => inline(k1.privateJwk)).toThrow(KeyError);
  });
});
