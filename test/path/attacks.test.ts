// What a clever caller tries and must not get: more than was presented, a second use, somebody else's name, a crash, a full disk.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { postForm } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner as sendsTo } from '../support/home.ts';
import { files, usePartner } from '../support/partner.ts';
import { expectRefused, granted } from '../support/partner-answers.ts';

const type = 'payment';
const open = 'open-app';
const partner = usePartner({
  issuers: ({ calendar }) => ({
    home: {
      accept: { grants: ['id-jag', 'jwt'], clients: { [open]: {} }, authorization_details: [{ type, amount: 100 }] },
    },
    mail: { accept: { subject: { from: 'email', domains: ['acme.example'], unless_said: 'verified' } } },
    fresh: { accept: { require: { max_age: '5m' }, claims: [{ from: 'constructor', to: 'made_by' }] } },
    staff: { accept: { when: { groups: ['staff'] } } },
    two: {
      accept: { resources: [calendar, files], scopes: ['events:read', 'files:read'], require: { max_age: '5m' } },
    },
  }),
  main: () => ({
    clients: { [open]: { auth: { method: 'none' } } },
    authorization_details: { [type]: { fields: { amount: { compare: 'at_most' } } } },
  }),
});

const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The same content with the other signature of ECDSA: (r, n − s) is as good as (r, s). */
function twin(jwt: string): string {
  const at = jwt.lastIndexOf('.') + 1;
  const signature = Buffer.from(jwt.slice(at), 'base64url');
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  const other = Buffer.from((p256Order - s).toString(16).padStart(64, '0'), 'hex');
  return jwt.slice(0, at) + Buffer.concat([signature.subarray(0, 32), other]).toString('base64url');
}

describe('a second use', () => {
  it('identity chaining §5.5 a plain grant without jti is the same one with the twin of its signature', async () => {
    const { redeem, plainGrant } = partner();
    const assertion = plainGrant('home', { sub: 'twin' });
    granted(await redeem(assertion));
    await expectRefused(partner(), await redeem(twin(assertion)), { reason: 'grant.replayed' });
  });

  it('two plain grants that say the same are two', async () => {
    const { redeem, plainGrant } = partner();
    for (const assertion of [plainGrant('home'), plainGrant('home')]) granted(await redeem(assertion));
  });
});

describe('more than was presented', () => {
  it('RFC 9396 §5 a limit nobody knows here is not left out: the object is not granted', async () => {
    const { redeem, grant } = partner();
    const details = [{ type, amount: 10, payee: 'bob' }];
    await expectRefused(partner(), await redeem(grant('home', { authorization_details: details })), {
      reason: 'details.exceeded',
      error: 'invalid_authorization_details',
    });
    const asked = { authorization_details: JSON.stringify([{ type, amount: 10 }]) };
    await expectRefused(partner(), await redeem(grant('home', { authorization_details: details }), { with: asked }), {
      reason: 'details.exceeded',
      error: 'invalid_authorization_details',
    });
  });

  it('RFC 9470 §3 a sign-in of the future, such as one in milliseconds, is not fresh for ever', async () => {
    const { redeem, grant, now } = partner();
    granted(await redeem(grant('fresh', { auth_time: now() - 10 })));
    await expectRefused(partner(), await redeem(grant('fresh', { auth_time: now() * 1000 })), {
      reason: 'policy.authentication',
      error: 'insufficient_user_authentication',
      extra: { max_age: 300 },
    });
  });

  it('ID-JAG #88 no step-up for a scope the resource does not have: signing in again would not help', async () => {
    const { redeem, grant } = partner();
    const answer = await redeem(grant('two'), { with: { resource: files } });
    await expectRefused(partner(), answer, { reason: 'scope.none', error: 'invalid_scope' });
  });
});

describe('somebody else', () => {
  it('an address with a Kelvin sign is not the one with a k', async () => {
    const { redeem, grant } = partner();
    const address = (sub: string, email: string) => grant('mail', { sub, email, email_verified: true });
    const mallory = granted(await redeem(address('mallory', 'mi\u{212a}e@acme.example')));
    const mike = granted(await redeem(address('mike', 'MIKE@acme.example')));
    expect([mallory['sub'], mike['sub']]).toEqual(['mi\u{212a}e@acme.example', 'mike@acme.example']);
  });
});

describe('a crash', () => {
  const odd = { toString: 1, valueOf: 1 };

  it('amr with what cannot become text', async () => {
    const { redeem, grant, audit } = partner();
    const answer = await redeem(grant('home', { amr: ['hwk', odd] }));
    granted(answer);
    expect(await audit(answer)).toMatchObject([{ risk: { amr: ['hwk'] } }]);
  });

  it('a condition on what cannot become text', async () => {
    const { redeem, grant } = partner();
    const refused = await redeem(grant('staff', { groups: [odd] }));
    await expectRefused(partner(), refused, { reason: 'policy.condition', error: 'access_denied' });
    granted(await redeem(grant('staff', { groups: [odd, 'staff'] })));
  });

  it('a body that breaks off is no fault of ours', async () => {
    const { domains, logged } = partner();
    const before = logged.length;
    const { hostname, port } = new URL(domains.contoso);
    const socket = connect(Number(port), hostname);
    const head = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\nExpect: 100-continue';
    socket.write(`POST /token HTTP/1.1\r\nHost: ${hostname}\r\n${head}\r\n\r\n`);
    await once(socket, 'data');
    socket.end('grant_type=');
    while (logged.length === before) await pause(5);
    expect(logged.slice(before)).toMatchObject([{ message: 'refused', fields: { reason: 'request.incomplete' } }]);
  });

  it.each([
    { sub: 'x', iss: 5 },
    { sub: 'x', act: { sub: 'y', iss: ['https://acme.example'] } },
  ])('RFC 8693 §4.1 an actor whose issuer is no text: %j', async (act) => {
    const { redeem, grant } = partner();
    await expectRefused(partner(), await redeem(grant('home', { act })), { reason: 'actor.malformed' });
  });

  it('a claim to take over that every object has is not there unless the token says it', async () => {
    const { redeem, grant, now } = partner();
    const silent = granted(await redeem(grant('fresh', { auth_time: now() })));
    expect(Object.hasOwn(silent, 'made_by')).toBe(false);
    const said = granted(await redeem(grant('fresh', { auth_time: now(), constructor: 'x' })));
    expect(said['made_by']).toBe('x');
  });

  it('what is carried over makes the token longer than anybody reads', async () => {
    const { redeem, grant } = partner();
    const longest = grant('home', { act: { sub: 'x', more: 'y'.repeat(11_900) } });
    await expectRefused(partner(), await redeem(longest), { reason: 'issued.unreadable' });
  });
});

describe('a full disk', () => {
  const bearer = { grant_type: grantTypes.jwtBearer };

  it('design §2.12 the name of a public client proves nothing: what is sent under it leaves no record', async () => {
    const { domains, audit } = partner();
    const answers = [
      await domains.partner.token({ ...bearer, client_id: open, assertion: 'x' }),
      await postForm(`${domains.contoso}/revoke`, { client_id: open, token: 'x' }),
      await postForm(`${domains.contoso}/introspect`, { client_id: open, token: 'x' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 200, 400]);
    expect(await Promise.all(answers.map(audit))).toEqual([[], [], []]);
  });

  it('what a stranger calls himself is cut before it is logged', async () => {
    const { domains, logged } = partner();
    await domains.partner.token({ ...bearer, client_id: 'x'.repeat(60_000) });
    expect(logged.at(-1)).toMatchObject({ message: 'refused', fields: { reason: 'client.unknown' } });
    expect(JSON.stringify(logged.at(-1)).length).toBeLessThan(1000);
  });
});

describe('token exchange', () => {
  let home: Home;
  beforeAll(async () => {
    home = await openHome({
      acme: ({ acme }) => ({
        main: {
          clients: {
            [names.agent]: {
              access: {
                [names.acmeApi]: { scopes: ['calendar.read'], actor: 'token', lifetime: '30m' },
              },
            },
          },
        },
        domains: {
          deep: sendsTo('https://deep.example', { actor: 'agent' }),
          ourselves: {
            issuer: acme,
            contact: 'platform@acme.example',
            subjects: { tokens: ['access_token'], clients: { [names.agent]: names.agent } },
          },
        },
      }),
    });
  });
  afterAll(() => home.stop());

  it('design §2.9 a token does not outlive the actor token it was made from', async () => {
    const actor_token = home.idp.idToken(names.agentAtLogin, { sub: 'bot', exp: home.now() + 60 });
    const fields = { actor_token, actor_token_type: tokenTypes.idToken, scope: 'calendar.read' };
    const { claims } = await home.granted(home.access(fields));
    expect(claims).toMatchObject({ act: { sub: 'bot' } });
    expect(Number(claims.exp)).toBeLessThanOrEqual(home.now() + 60);
  });

  it.each([
    ['a plain JWT', tokenTypes.jwt],
    ['an ID Token', tokenTypes.idToken],
  ])('RFC 7800 §3.1 %s that is bound to a key is worth nothing without it', async (_title, subject_token_type) => {
    const aud = subject_token_type === tokenTypes.jwt ? home.acme : names.agentAtLogin;
    const present = (more: object) => {
      const subject_token = home.idp.idToken(names.agentAtLogin, { aud, ...more });
      return home.access({ subject_token, subject_token_type, scope: 'calendar.read' });
    };
    await home.granted(present({}));
    const refused = await home.refused(present({ cnf: { jkt: 'x'.repeat(43) } }));
    expect(refused).toMatchObject({ reason: 'subject_token.bound', error: 'invalid_request' });
  });

  it('an access token of ours without scope and details was granted none, and none can be had for it', async () => {
    const { body, claims } = await home.granted(home.access());
    expect(claims).not.toHaveProperty('scope');
    const again = home.access({ subject_token: String(body['access_token']), scope: 'calendar.read' });
    expect(await home.refused(again)).toMatchObject({ error: 'invalid_scope', reason: 'scope.exceeded' });
  });

  it('an actor below ours as deep as it may be', async () => {
    const deep = Array.from({ length: 14 }).reduce<unknown>((inside) => [inside], 1);
    const subject_token = home.idp.idToken(names.agentAtLogin, { act: { sub: 'x', deep } });
    const more = { subject_token, audience: 'https://deep.example', resource: undefined, scope: undefined };
    const refused = await home.refused(home.idJag(more));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_grant', reason: 'issued.unreadable' });
  });
});
