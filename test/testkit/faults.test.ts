// Faults by name: each does what it says, on loopback and without sockets, and is gone when it is undone.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import { type FaultName, faults, type Outcome, type TrustDomains, trustDomains } from '../../src/testkit/index.ts';
import '../../src/testkit/vitest.ts';

it('is undone by the end of a block, by heal, and at the stop of its world', async () => {
  const world = await trustDomains({ sockets: false });
  const { contoso } = world.domains;
  const token = async () => (await world.agent.reach('contoso')).at(-1);
  {
    await using fault = await contoso.fault('token endpoint 500');
    expect(await token()).toBeRefused(undefined, { status: 500 });
    expect(fault.hits).toBe(1);
  }
  expect(await token()).toBeGranted();
  await contoso.fault('token endpoint 500');
  await contoso.fault('token endpoint HTML');
  await world.heal();
  expect(await token()).toBeGranted();
  const fault = await contoso.fault('everything slow');
  const waiting = token();
  await fault.hit();
  await world.stop();
  await waiting.catch(() => undefined);
});

describe('every fault there is', () => {
  let world: TrustDomains;
  beforeAll(async () => {
    world = await trustDomains({ sockets: false });
  });
  afterAll(() => world.stop());

  it.each(faults)('$name: $what; and no longer once it is undone', async ({ name }) => {
    const fault = await world.domains.contoso.fault(name);
    await fault.undo();
    await fault.undo();
    world.clock.advance(limits.jwksDefaultAge * 2000 + 1);
    const access = (await world.agent.reach('contoso')).at(-1);
    expect(access).toBeGranted();
    expect(await world.agent.call(access ?? '')).toMatchObject({ status: 200 });
  });
});

describe.each([
  { sockets: true, how: 'on loopback' },
  { sockets: false, how: 'without sockets' },
])('$how', ({ sockets }) => {
  let world: TrustDomains;
  beforeAll(async () => {
    world = await trustDomains({ sockets });
    await access();
  });
  afterEach(async () => {
    await world.heal();
    // Partners that failed are left in peace for a while, and keys that were fetched meanwhile grow old.
    world.clock.advance(limits.jwksDefaultAge * 2000 + 1);
  });
  afterAll(() => world.stop());

  const grant = async () => world.agent.at('acme').exchange({ subject: world.agent.signIn(), to: 'contoso' });
  const redeem = async (held?: Outcome) => world.agent.at('contoso').redeem(held ?? (await grant()));
  async function access() {
    const answer = await redeem();
    expect(answer).toBeGranted();
    return answer;
  }

  describe('keys', () => {
    it('keys rotate: tokens have a new kid, those before stay good', async () => {
      const before = world.agent.signIn();
      const { kid } = world.idp.key;
      await using _ = await world.domains.acme.idp.fault('keys rotate');
      expect(world.idp.key.kid).not.toBe(kid);
      await access();
      expect(await world.agent.at('acme').exchange({ subject: before, to: 'contoso' })).toBeGranted();
      const old = (await grant()).header['kid'];
      await world.domains.acme.fault('keys rotate');
      const fresh = await grant();
      expect(fresh.header['kid']).not.toBe(old);
      expect(await redeem(fresh)).toBeGranted();
    });

    it('keys replaced: whoever fetches them again knows the old ones no longer', async () => {
      const before = await grant();
      await using _ = await world.domains.acme.fault('keys replaced');
      const after = await grant();
      expect(after.header['kid']).not.toBe(before.header['kid']);
      expect(await redeem(after)).toBeGranted();
      expect(await redeem(before)).toBeRefused('grant.key');
    });

    it('keys replaced: what a broker signed is still its own when it comes back', async () => {
      const { body } = await world.domains.contoso.during('keys replaced', async () => {
        const server = Buffer.from('calendar-server:calendar-server-secret-for-loopback').toString('base64');
        const { token } = await access();
        return world.partner.post('introspect', { token }, { Authorization: `Basic ${server}` });
      });
      expect(body).toMatchObject({ active: true, sub: 'acme|alice' });
    });

    it('kid reused: the signature does not fit, until the keys are fetched again', async () => {
      const before = await grant();
      expect(await redeem(before)).toBeGranted();
      await using _ = await world.domains.acme.fault('kid reused');
      const after = await grant();
      expect(after.header['kid']).toBe(before.header['kid']);
      expect(await redeem(after)).toBeRefused('grant.signature');
      world.clock.advance(limits.jwksDefaultAge * 2000 + 1);
      await access();
    });
  });

  describe('clocks', () => {
    it('clock +7m: what it issues lies in the future of others', async () => {
      await using _ = await world.domains.acme.idp.fault('clock +7m');
      const answer = await grant();
      expect(answer).toBeRefused('subject_token.not_yet_valid');
    });

    it('clock -2h: what it issues has expired', async () => {
      const expired = await world.domains.acme.during('clock -2h', () =>
        world.agent.at('acme').exchange({ subject: world.agent.signIn(), to: 'contoso' }),
      );
      // The clients of the world go right: to the broker that is late their assertion is of the future.
      expect(expired).toBeRefused('client_assertion.not_yet_valid');
    });
  });

  describe('a key set', () => {
    const unavailable: readonly FaultName[] = [
      'jwks 503',
      'jwks 500',
      'jwks HTML',
      'jwks 10 MB',
      'jwks truncated JSON',
      'jwks redirect',
      'jwks reset mid-answer',
      'jwks hangs up',
      'jwks private key leaked',
      'jwks duplicate kid',
      'metadata wrong issuer',
      'metadata 503',
      'connection reset mid-answer',
    ];
    it.each(unavailable)(
      '%s: whoever needs it is told to come again, and is served when it is right again',
      async (name) => {
        const held = await grant();
        world.clock.advance('2d');
        const fault = await world.domains.acme.fault(name);
        const fresh = await mintedAnew(held);
        expect(await redeem(fresh)).toBeRefused('grant.unavailable', { status: 503 });
        expect(fault.hits).toBeGreaterThan(0);
        await fault.undo();
        world.clock.advance(limits.jwksRetry * 1000 + 1);
        await access();
      },
    );

    it('jwks empty: nobody has the key', async () => {
      const held = await grant();
      world.clock.advance('2d');
      await using _ = await world.domains.acme.fault('jwks empty');
      expect(await redeem(await mintedAnew(held))).toBeRefused('grant.key');
    });

    it('jwks slow: who waits is answered when it comes', async () => {
      const held = await grant();
      world.clock.advance('2d');
      await using fault = await world.domains.acme.fault('jwks slow');
      const waiting = redeem(await mintedAnew(held));
      await fault.hit();
      await fault.undo();
      expect(await waiting).toBeGranted();
    });

    /** A grant like this one, but of now: it is made by acme's broker, whatever is wrong with what acme publishes. */
    async function mintedAnew({ claims }: Outcome): Promise<Outcome> {
      const { jwt } = world.home.broker.signer.sign('oauth-id-jag+jwt', {
        ...claims,
        jti: `again-${world.clock.now()}`,
        iat: world.clock.seconds(),
        exp: world.clock.seconds() + 60,
      });
      return { token: jwt } as Outcome;
    }
  });

  describe('a token endpoint', () => {
    it.each([
      ['token endpoint 500', { status: 500, body: {} }],
      ['token endpoint 503', { status: 503, body: {} }],
      ['token endpoint HTML', { status: 200, body: {} }],
      ['token endpoint truncated JSON', { status: 200, body: {} }],
      ['token endpoint redirect', { status: 307, body: {} }],
      [
        'token endpoint wrong issued_token_type',
        { status: 200, body: { issued_token_type: 'urn:ietf:params:oauth:token-type:saml2' } },
      ],
      ['token endpoint wrong token_type', { status: 200, body: { token_type: 'mystery' } }],
    ] as const)('%s', async (name, seen) => {
      await using fault = await world.domains.acme.fault(name);
      const { status, body } = await grant();
      expect({ status, body }).toEqual(
        'issued_token_type' in seen.body || 'token_type' in seen.body
          ? { status, body: expect.objectContaining(seen.body) }
          : seen,
      );
      expect(fault.hits).toBe(1);
    });

    it.each(['token endpoint reset mid-answer', 'connection reset mid-answer', 'everything hangs up'] as const)(
      '%s',
      async (name) => {
        await using fault = await world.domains.acme.fault(name);
        await expect(grant()).rejects.toThrow();
        // Where it befalls everything, whoever looks after the keys of acme meanwhile meets it, too.
        if (name.startsWith('token endpoint')) expect(fault.hits).toBe(1);
        else expect(fault.hits).toBeGreaterThan(0);
      },
    );

    it('token endpoint slow: an answer comes when it is undone, or never to who gives up', async () => {
      await using fault = await world.domains.acme.fault('token endpoint slow');
      const patient = grant();
      const impatient = world.fetch(`${world.acme}/token`, { method: 'POST', signal: AbortSignal.timeout(1) });
      await expect(impatient).rejects.toThrow();
      await fault.hit();
      await fault.undo();
      expect(await patient).toBeGranted();
    });
  });

  describe('policy and wire', () => {
    it('partner suspended: everything of that domain is refused, and nothing is left of it', async () => {
      const held = await grant();
      await world.domains.contoso.during('partner suspended', async () => {
        expect(await redeem(held)).toBeRefused('policy.domain_suspended');
      });
      expect(await redeem()).toBeGranted();
      await world.domains.contoso.during('partner suspended: acme', async () => {
        expect(await redeem()).toBeRefused('policy.domain_suspended');
      });
    });

    it('client suspended: what it was issued is revoked, and it gets nothing until it is undone', async () => {
      const held = await access();
      const waiting = await grant();
      await world.domains.contoso.during('client suspended: acme-travel', async () => {
        expect(await redeem(waiting)).toBeRefused('policy.client_suspended');
        expect(await world.agent.at('contoso').introspect(held)).toBeRefused('policy.client_suspended');
      });
      expect(await redeem(waiting)).toBeGranted();
      expect((await world.agent.at('contoso').introspect(held)).body).toEqual({ active: false });
    });

    it('subject suspended: by the name this broker has for somebody, or another domain has', async () => {
      await world.domains.contoso.during('subject suspended: acme|alice', async () => {
        expect(await redeem()).toBeRefused('policy.subject_suspended');
      });
      await world.domains.acme.during('subject suspended: alice of login', async () => {
        expect(await grant()).toBeRefused('policy.subject_suspended');
      });
      await access();
    });

    it('replay: the caller gets the answer to the second of two', async () => {
      await using _ = await world.domains.contoso.fault('replay');
      expect(await redeem()).toBeRefused('client_assertion.replayed');
    });

    it('is met by resources too', async () => {
      const token = await access();
      const { calendar } = world.domains.contoso.resources;
      await calendar?.during('everything 503', async (fault) => {
        expect(await world.agent.call(token)).toMatchObject({ status: 503 });
        expect(fault.hits).toBe(1);
      });
      await calendar?.during('clock +2h', async () => {
        expect(await world.agent.call(token)).toMatchObject({ status: 401 });
      });
      expect(await world.agent.call(token)).toMatchObject({ status: 200 });
    });
  });

  it('says what it does not know, and what cannot befall somebody', async () => {
    const { contoso, acme } = world.domains;
    await expect(contoso.fault('jwks 504' as 'jwks 503')).rejects.toThrow(
      'there is no fault called "jwks 504"; did you mean "jwks 500"?',
    );
    await expect(acme.idp.fault('partner suspended')).rejects.toThrow('acme.login is no broker and suspends nobody');
    await expect(contoso.resources['calendar']?.fault('keys rotate')).rejects.toThrow('issues nothing and has no keys');
    await expect(contoso.fault('partner suspended: fabrikam')).rejects.toThrow();
    await expect(acme.fault('subject suspended: alice of lgoin')).rejects.toThrow(
      'no domain is called lgoin here; there are contoso, login',
    );
    await expect(acme.idp.fault('client suspended: x')).rejects.toThrow('acme.login is no broker and suspends nobody');
    expect(() => contoso.idp).toThrow('contoso has no identity provider');
  });
});
