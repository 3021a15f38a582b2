// RFC 9068: the access token a grant becomes, as a resource server that knows nothing of us sees it.

import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { describe, expect, it } from 'vitest';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { decodeJws, type JwsHeader } from '../../src/jose/jws.ts';
import { getJson } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { files, start, usePartner } from '../support/partner.ts';
import { expectRefused, granted } from '../support/partner-answers.ts';

const partner = usePartner({
  issuers: ({ calendar }) => ({
    home: {},
    two: { accept: { resources: [calendar, files], scopes: ['events:read', 'files:read'] } },
    plain: { accept: { grants: ['jwt'] } },
    short: { accept: { lifetime: '30s' } },
    telling: { accept: { claims: ['groups', { from: 'dept', to: 'department' }] } },
  }),
});

const redeem = (issuer: string, claims: Changes = {}) => partner().redeem(partner().grant(issuer, claims));
const tokenFrom = async (issuer: string, claims: Changes = {}) => granted(await redeem(issuer, claims));
const headerOf = (answer: { body: Readonly<Record<string, unknown>> }): JwsHeader =>
  decodeJws(String(answer.body['access_token'])).header;

describe('RFC 9068 §2.1 the header', () => {
  it('has typ at+jwt, an asymmetric alg and the kid of a published key', async () => {
    const header = headerOf(await redeem('home'));
    expect(header).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: expect.any(String) });
    const { body } = await partner().jwks();
    expect(body['keys']).toContainEqual(expect.objectContaining({ kid: header.kid, use: 'sig', alg: 'ES256' }));
  });
});

describe('RFC 9068 §2.2 the claims', () => {
  it('are these and no others', async () => {
    const { domains, audit } = partner();
    const answer = await redeem('home', { email: 'alice@home.example', groups: ['x'], nonce: 'n', aud_sub: 'z' });
    const [record] = await audit(answer);
    expect(granted(answer)).toEqual({
      iss: domains.contoso,
      exp: start + 120,
      aud: domains.calendar,
      sub: 'home|alice',
      client_id: names.agentAtContoso,
      iat: start,
      jti: record?.issued?.jti,
      scope: 'events:read',
      txn: record?.traceId,
    });
  });

  it('§2.2 jti is another one each time, and never that of the grant', async () => {
    const tokens = [await tokenFrom('home', { jti: 'of-the-grant' }), await tokenFrom('home')];
    expect(new Set([...tokens.map(({ jti }) => jti), 'of-the-grant']).size).toBe(3);
  });

  it('§2.2.1 auth_time, acr and amr say how the person signed in, as the issuer said it', async () => {
    const signIn = { auth_time: start - 500, acr: 'phr', amr: ['hwk', 'user'] };
    expect(await tokenFrom('home', signIn)).toMatchObject(signIn);
  });

  it('§2.2.2 other claims go over only where the rule names them, under the name it gives', async () => {
    const token = await tokenFrom('telling', { groups: ['travel'], dept: 'sales', email: 'a@x.example', acr: 'phr' });
    expect(token).toMatchObject({ groups: ['travel'], department: 'sales' });
    for (const name of ['dept', 'email', 'acr']) expect(token).not.toHaveProperty(name);
  });

  it('trap 51 what the grant calls by our names does not get past us', async () => {
    const forged = { nbf: start - 5, sub_id: { format: 'opaque', id: 'root' }, department: 'board' };
    const token = await tokenFrom('telling', forged);
    expect(token).toMatchObject({ iss: partner().domains.contoso, sub: 'telling|alice' });
    for (const name of ['nbf', 'sub_id', 'department']) expect(token).not.toHaveProperty(name);
  });

  it('a transaction keeps its id across the domains', async () => {
    const answer = await redeem('home', { txn: 'txn-1' });
    expect(granted(answer)['txn']).toBe('txn-1');
    expect((await partner().audit(answer))[0]?.txn).toBe('txn-1');
  });
});

describe('RFC 9068 §3 one resource', () => {
  it('aud is the resource and nothing beside it, and scope holds what that resource knows', async () => {
    const { grant, domains } = partner();
    for (const [resource, scope] of [
      [domains.calendar, 'events:read'],
      [files, 'files:read'],
    ] as const) {
      const claims = { resource: [domains.calendar, files], scope: 'events:read files:read' };
      const answer = await partner().redeem(grant('two', claims), { with: { resource } });
      expect(granted(answer)).toMatchObject({ aud: resource, scope });
    }
  });
});

describe('design §2.9 the lifetime', () => {
  it.each<readonly [title: string, issuer: string, claims: Changes, seconds: number]>([
    ['what is left of the grant', 'home', { exp: start + 45 }, 45],
    ['never a fraction of a second more', 'home', { exp: start + 45.9 }, 45],
    ['what the rule says, where that is less', 'short', {}, 30],
    ['one second, when that is all there is', 'home', { exp: start + 1 }, 1],
  ])('is %s', async (_title, issuer, claims, seconds) => {
    const answer = await redeem(issuer, claims);
    expect([answer.body['expires_in'], granted(answer)['exp']]).toEqual([seconds, start + seconds]);
  });

  it('is what is left of a plain grant, even when that does not say when it was made', async () => {
    const { redeem: send, plainGrant } = partner();
    const token = granted(await send(plainGrant('plain', { iat: undefined, exp: start + 300 })));
    expect(token).toMatchObject({ iat: start, exp: start + 300 });
  });
});

describe('RFC 9068 §4 an independent resource server', () => {
  const key = testKey();
  const fetchToken = async (proven: boolean) => {
    const { redeem: send, grant, proof } = partner();
    const answer = await send(grant('home'), proven ? { proof: await proof(key) } : {});
    granted(answer);
    return String(answer.body['access_token']);
  };

  it('verifies it with the published keys, issuer, audience and typ (npm jose)', async () => {
    const { domains } = partner();
    const keys = createRemoteJWKSet(new URL(`${domains.contoso}/jwks`));
    const expected = { issuer: domains.contoso, audience: domains.calendar, typ: 'at+jwt' };
    const currentDate = new Date(start * 1000);
    const token = await fetchToken(false);
    const { payload } = await jwtVerify(token, keys, { ...expected, currentDate });
    expect(payload.sub).toBe('home|alice');
    await expect(jwtVerify(token, keys, { ...expected, currentDate, audience: files })).rejects.toThrow('"aud"');
    const later = new Date((start + 121) * 1000);
    await expect(jwtVerify(token, keys, { ...expected, currentDate: later })).rejects.toThrow('"exp"');
  });

  it('§2 cnf names the key of the proof, alone (RFC 9449 §6.1)', async () => {
    const { cnf } = decodeJws(await fetchToken(true)).claims;
    expect(cnf).toEqual({ jkt: jwkThumbprint(key.publicJwk) });
  });

  it('finds everything the profile requires (oauth4webapi)', async () => {
    const { domains, now } = partner();
    const metadata = await getJson(`${domains.contoso}/.well-known/oauth-authorization-server`);
    const server = { issuer: domains.contoso, jwks_uri: String(metadata.body['jwks_uri']) };
    const request = new Request(domains.calendar, { headers: { authorization: `Bearer ${await fetchToken(false)}` } });
    const claims = await oauth.validateJwtAccessToken(server, request, domains.calendar, {
      [oauth.allowInsecureRequests]: true,
      [oauth.clockSkew]: now() - Math.floor(Date.now() / 1000),
    });
    expect(claims.client_id).toBe(names.agentAtContoso);
  });
});

describe('RFC 9068 §5 it is an access token and nothing else', () => {
  it('is no grant and no client assertion here', async () => {
    const { redeem: send, grant, agent } = partner();
    const token = String((await redeem('home')).body['access_token']);
    await expectRefused(partner(), await send(token), { reason: 'grant.typ' });
    const asClient = await send(grant('home'), { as: { ...agent(), client_assertion: token } });
    expect([asClient.status, asClient.body['error']]).toEqual([401, 'invalid_client']);
  });
});
