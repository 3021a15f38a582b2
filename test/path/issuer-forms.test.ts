// RFC 8414 §3: issuers with and without path and slash, found at their own place and compared byte for byte.

import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { craftJwt } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { startPartner } from '../steps/trust-partner.ts';
import { openHome } from '../support/home.ts';

const key = testKey();

/** A home broker that trusts `<origin><path>`, whose metadata lies at `place` and says `says` of itself. */
async function trusting(path: string, place: string, says: (origin: string) => string) {
  const server = await startPartner(({ url = '' }) => {
    if (url === '/jwks') return { body: JSON.stringify(key.jwks) };
    if (url !== place) return { status: 404 };
    return { body: JSON.stringify({ issuer: says(server.origin), jwks_uri: `${server.origin}/jwks` }) };
  });
  const issuer = `${server.origin}${path}`;
  const clients = { [names.agent]: 'web' };
  const home = await openHome({
    acme: () => ({
      domains: { elsewhere: { issuer, contact: 'iam@elsewhere.example', subjects: { tokens: ['id_token'], clients } } },
    }),
  });
  onTestFinished(() => home.stop());
  const asking = (iss: string) => {
    const now = home.now();
    const subject_token = craftJwt({}, { iss, sub: 'alice', aud: 'web', iat: now, exp: now + 600 }, key);
    return home.idJag({ subject_token, subject_token_type: tokenTypes.idToken });
  };
  return { home, issuer, asking, asked: server.asked };
}

const well = '/.well-known/oauth-authorization-server';

describe('an issuer', () => {
  it.each([
    ['', well],
    ['/', well],
    ['/t1', `${well}/t1`],
    ['/t1/', `${well}/t1`],
    ['/a/b/', `${well}/a/b`],
    ['/t1/', '/t1/.well-known/openid-configuration'],
  ])('with path %j and metadata at %s is found there, and only as it is written', async (path, place) => {
    const { home, issuer, asking, asked } = await trusting(path, place, (origin) => `${origin}${path}`);
    const { record } = await home.granted(asking(issuer));
    expect(record.subject).toMatchObject({ issuer, sub: 'alice' });
    expect(asked.slice(-2)).toEqual([place, '/jwks']);
    const other = issuer.endsWith('/') ? issuer.slice(0, -1) : `${issuer}/`;
    expect(await home.refused(asking(other))).toMatchObject({ error: 'invalid_grant', reason: 'subject_token.issuer' });
  });

  it.each([
    ['/t1', '/t1/'],
    ['/t1/', '/t1'],
    ['', '/'],
    ['/t1', ''],
  ])('%j whose metadata speaks of %j has no keys here', async (path, said) => {
    const { home, issuer, asking, asked } = await trusting(
      path,
      `${well}${path.replace(/\/$/, '')}`,
      (origin) => origin + said,
    );
    const refused = await home.refused(asking(issuer));
    expect(refused).toMatchObject({ status: 503, reason: 'subject_token.unavailable' });
    expect(asked).not.toContain('/jwks');
  });
});
