// RFC 6749 §4.1.2.1: there is no sign-in here. The endpoint says so, and never sends anybody anywhere.

import { describe, expect, it } from 'vitest';
import { expectRefusal, raw, rawForm, useWorld } from '../support/http.ts';

const world = useWorld();
const unsupported = {
  reason: 'authorization.unsupported',
  status: 400,
  error: 'unsupported_response_type',
} as const;

describe('RFC 6749 §4.1.2.1 the authorization endpoint', () => {
  const asked = {
    response_type: 'code',
    client_id: 'acme-travel',
    redirect_uri: 'https://evil.example/callback',
    state: 'xyz',
    code_challenge: 'abc',
    code_challenge_method: 'S256',
  };

  it.each(['GET', 'POST', 'PUT', 'DELETE'])('%s: an error for the caller, no redirect', async (method) => {
    const answer = await raw(`${world().contoso}/authorize?${new URLSearchParams(asked)}`, { method });
    expectRefusal(answer, unsupported);
    expect(answer.headers.has('location')).toBe(false);
    expect(answer.text).not.toContain('evil.example');
    expect(answer.text).not.toContain('xyz');
  });

  it('a form as well (OpenID Connect Core §3.1.2.1)', async () => {
    const answer = await rawForm(`${world().contoso}/authorize`, asked);
    expectRefusal(answer, unsupported);
    expect(answer.headers.has('location')).toBe(false);
  });

  it('whatever is asked: implicit and hybrid flows, OpenID, request objects, nothing', async () => {
    for (const query of ['response_type=token', 'response_type=id_token', 'request=e30.e30.', 'scope=openid', '']) {
      expectRefusal(await raw(`${world().contoso}/authorize?${query}`, { method: 'GET' }), unsupported);
    }
  });

  it('nothing is written: nobody has said who he is', async () => {
    const answer = await rawForm(`${world().contoso}/authorize`, asked);
    expect(await world().records(answer)).toEqual([]);
  });
});
