// Attack: a trial as a way in. Bound grants, delegated keys, actor tokens and long chains while something is tried: whatever it would
// say, the answer is the one without it, and nothing is spent, kept or told for its sake.

import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningBroker } from '../../src/testkit/broker.ts';
import { testKey } from '../../src/testkit/keys.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import type { Outcome } from '../../src/testkit/outcome.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { craftJwt, idJag } from '../../src/testkit/tokens.ts';
import { trustDomains } from '../../src/testkit/trust-domains.ts';

/** A partner of contoso that signs whatever a test likes, and one that is only ever tried. */
const [initech, hooli] = [testKey(), testKey()];
const agentAtContoso = 'acme-agent';
const files = 'https://api.contoso.example/files';
const partner = (name: string, key: typeof initech) => ({
  issuer: `https://as.${name}.example`,
  contact: `iam@${name}.example`,
  keys: key.jwks,
  accept: {
    grants: ['id-jag'],
    clients: { [agentAtContoso]: {} },
    subject: { to: `${name}|{sub}` },
    resources: [files],
    scopes: ['read'],
  },
});

async function open() {
  // A clock that stands: what is said of lifetimes is compared, too.
  const now = Date.now();
  return trustDomains({
    sockets: false,
    now: () => now,
    domains: {
      acme: {},
      contoso: {
        resources: { files: ['read', 'write'] },
        files: () => ({ domains: { initech: partner('initech', initech) } }),
      },
      fabrikam: { resources: { print: ['read'] } },
    },
    trust: {
      'acme -> contoso': {},
      'acme -> fabrikam': { grant: 'jwt', send: { actor: 'token' } },
      'contoso -> fabrikam': {},
    },
  });
}

let world: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  world = await open();
  // What counts is a version everywhere, so that something can be tried beside it.
  for (const { broker } of Object.values(world.domains)) await broker.apply({});
});
afterAll(() => world.stop());

/** A key of the agent for one test: nothing one test proved helps another. */
let key: ReturnType<typeof testKey>;
beforeEach(() => {
  key = testKey();
});

/** Lays settings over one domain of a broker and has them tried until the end of the test. */
async function tried(broker: RunningBroker, domain: string, changes: Settings): Promise<void> {
  onTestFinished(await broker.reconfigure({ domains: { [domain]: { ...changes, state: 'report-only' } } }));
}

/** Puts settings in force until the end of the test. */
async function counting(broker: RunningBroker, domain: string, changes: Settings): Promise<void> {
  onTestFinished(await broker.reconfigure({ domains: { [domain]: changes } }));
}

/** A grant of initech for the agent at contoso. */
const granted = (changes: Changes = {}, by = initech, name = 'initech') =>
  idJag(
    {
      issuer: `https://as.${name}.example`,
      audience: world.domains.contoso.issuer,
      clientId: agentAtContoso,
      sub: 'bob',
    },
    by,
    world.clock.seconds(),
    { scope: 'read', ...changes },
  );
const bound = () => granted({ cnf: { jkt: key.kid } });

const contoso = () => world.agent.at('contoso');
const redeem = (grant: string, dpop = key) => contoso().redeem(grant, { grantType: 'jwt-dpop', dpop });

/** What a caller sees, without what no two answers have alike. */
function seen({ status, body, claims }: Outcome): object {
  const { access_token: _token, trace_id: _trace, ...said } = body;
  const { jti: _jti, iat: _iat, exp: _exp, txn: _txn, auth_time: _signedIn, ...told } = claims;
  return { status, said, told };
}

const wouldBe = ({ record }: Outcome) => record?.wouldBe;

describe('a bound grant (jwt-dpop)', () => {
  it('is answered as without a trial, and spent once, with its proof', async () => {
    const without = await redeem(bound());
    expect(without).toMatchObject({ status: 200, claims: { cnf: { jkt: key.kid } } });
    await tried(world.domains.contoso.broker, 'initech', { accept: { dpop: 'required', lifetime: '1m' } });
    const grant = bound();
    const once = await redeem(grant);
    expect(seen(once)).toEqual(seen(without));
    expect(wouldBe(once)).toMatchObject({ outcome: 'otherwise', otherwise: [{ member: 'lifetime' }] });
    expect(await redeem(grant)).toMatchObject({ granted: false, failed: { reason: 'grant.replayed' } });
  });

  it('of somebody else is spent neither by a thief nor by a trial that would let him have it', async () => {
    await tried(world.domains.contoso.broker, 'initech', { accept: { lifetime: '1m', reuse: 'until_expiry' } });
    const grant = bound();
    const stolen = await redeem(grant, testKey());
    expect(stolen).toMatchObject({ granted: false, failed: { reason: 'grant.proof_key' } });
    expect(wouldBe(stolen)).toMatchObject({ outcome: 'same' });
    expect((await redeem(grant)).granted).toBe(true);
    // Good for as long as it lives in the trial, and good once all the same.
    expect(await redeem(grant)).toMatchObject({ granted: false, failed: { reason: 'grant.replayed' } });
  });

  it('that only the trial would take is refused, and not spent: it is as good as before once the trial counts', async () => {
    await counting(world.domains.contoso.broker, 'initech', { accept: { when: { role: ['manager'] } } });
    const grant = bound();
    const before = await redeem(bound());
    const undo = await world.domains.contoso.broker.reconfigure({
      domains: { initech: { state: 'report-only', accept: { when: null } } },
    });
    const refused = await redeem(grant);
    expect(seen(refused)).toEqual(seen(before));
    expect(wouldBe(refused)).toMatchObject({ outcome: 'granted', reason: 'policy.condition' });
    await undo();
    await counting(world.domains.contoso.broker, 'initech', { accept: { when: null } });
    expect((await redeem(grant)).granted).toBe(true);
  });

  it('of an issuer that is only tried is answered like one of an issuer nobody has heard of', async () => {
    const by = (name: string) => redeem(granted({ cnf: { jkt: key.kid } }, hooli, name));
    const without = await by('hooli');
    await tried(world.domains.contoso.broker, 'hooli', partner('hooli', hooli));
    const during = await by('hooli');
    expect(seen(during)).toEqual(seen(without));
    expect(seen(during)).toEqual(seen(await by('nobody')));
    expect(wouldBe(during)).toMatchObject({ outcome: 'granted', domain: 'hooli' });
  });
});

describe('a grant that names the key of somebody else (delegated keys)', () => {
  const delegated = () => granted({ requested_cnf: { jkt: key.kid } });

  it('binds nothing while taking them is only tried, and is not spent', async () => {
    const without = await contoso().redeem(delegated());
    expect(without).toMatchObject({ granted: false, failed: { reason: 'grant.delegated_key' } });
    const undo = await world.domains.contoso.broker.reconfigure({
      domains: { initech: { state: 'report-only', accept: { delegated_keys: true } } },
    });
    const grant = delegated();
    const during = await contoso().redeem(grant);
    expect(seen(during)).toEqual(seen(without));
    expect(wouldBe(during)).toMatchObject({ outcome: 'granted', reason: 'grant.delegated_key' });
    await undo();
    await counting(world.domains.contoso.broker, 'initech', { accept: { delegated_keys: true } });
    expect(await contoso().redeem(grant)).toMatchObject({ granted: true, claims: { cnf: { jkt: key.kid } } });
  });

  it('binds as before while refusing them is only tried', async () => {
    await counting(world.domains.contoso.broker, 'initech', { accept: { delegated_keys: true } });
    const without = await contoso().redeem(delegated());
    await tried(world.domains.contoso.broker, 'initech', { accept: { delegated_keys: false } });
    const during = await contoso().redeem(delegated());
    expect(seen(during)).toEqual(seen(without));
    expect(during.claims).toMatchObject({ cnf: { jkt: key.kid } });
    expect(wouldBe(during)).toMatchObject({ outcome: 'refused', reason: 'grant.delegated_key' });
  });
});

describe('an actor token', () => {
  const service = (changes: Changes = {}) => {
    const { idp, issuer } = world.domains.acme;
    return idp.accessToken(world.agent.app, issuer, { sub: 'report-service', scope: 'read', ...changes });
  };
  const forAlice = (actor: string) => {
    const { idp, issuer } = world.domains.acme;
    const subject = idp.accessToken(world.agent.app, issuer, { scope: 'read' });
    return world.agent.at('acme').exchange({ subject, actor, to: 'fabrikam', scope: 'read' });
  };

  it('names who acts as before, whatever a trial would make of it', async () => {
    const without = await forAlice(service());
    expect(without.claims).toMatchObject({ act: { sub: 'report-service' } });
    await tried(world.domains.acme.broker, 'fabrikam', { send: { actor: 'agent' } });
    const during = await forAlice(service());
    expect(seen(during)).toEqual(seen(without));
    expect(wouldBe(during)?.outcome).not.toBe('same');
  });

  it('of an issuer that is only tried makes nobody an actor, and is told to nobody', async () => {
    const foreign = () => {
      const now = world.clock.seconds();
      const { issuer } = world.domains.acme;
      const claims = { iss: 'https://login.hooli.example', aud: issuer, sub: 'admin', scope: 'read' };
      const rest = { client_id: 'hooli-app', jti: crypto.randomUUID(), iat: now, exp: now + 300 };
      return craftJwt({ typ: 'at+jwt' }, { ...claims, ...rest }, hooli);
    };
    const without = await forAlice(foreign());
    await tried(world.domains.acme.broker, 'hooli', {
      issuer: 'https://login.hooli.example',
      contact: 'iam@hooli.example',
      keys: hooli.jwks,
      subjects: { tokens: ['access_token'], clients: { agent: 'hooli-app' } },
    });
    const during = await forAlice(foreign());
    expect(during.granted).toBe(false);
    expect(seen(during)).toEqual(seen(without));
  });

  it('that has expired is refused by both', async () => {
    await tried(world.domains.acme.broker, 'fabrikam', { send: { lifetime: '1m' } });
    const past = world.clock.seconds() - 600;
    const during = await forAlice(service({ iat: past - 60, exp: past }));
    expect(during).toMatchObject({ granted: false, failed: { reason: 'actor_token.expired' } });
    expect(wouldBe(during)?.outcome ?? 'same').toBe('same');
  });
});

describe('a chain of several hops', () => {
  /** An access token at contoso, and the grant for fabrikam that is made of it. */
  async function walked() {
    const [, access] = await world.agent.reach('contoso', { scope: 'read' });
    if (access === undefined) throw new Error('nothing came of it');
    return { access, onward: await contoso().exchange({ subject: access, to: 'fabrikam' }) };
  }

  it('goes on as before past a domain whose end is only tried; the trial tells of it hop by hop', async () => {
    const without = await walked();
    expect(without.onward).toMatchObject({ granted: true, claims: { sub: 'acme|alice' } });
    await tried(world.domains.contoso.broker, 'acme', { expires: '2020-01-01' });
    const { access, onward } = await walked();
    expect(seen(access)).toEqual(seen(without.access));
    expect(seen(onward)).toEqual(seen(without.onward));
    for (const hop of [access, onward])
      expect(wouldBe(hop)).toMatchObject({ outcome: 'refused', domain: 'acme', reason: 'policy.domain_expired' });
    expect((await contoso().introspect(access)).body).toMatchObject({ active: true });
    expect((await world.agent.at('fabrikam').redeem(onward)).granted).toBe(true);
  });

  it('does not end where a trial would let no grant in any more: what it made is active, and may go on', async () => {
    const { access } = await walked();
    await tried(world.domains.contoso.broker, 'acme', { accept: { when: { acr: 'phrh' } } });
    expect((await contoso().introspect(access)).body).toMatchObject({ active: true });
    expect((await contoso().exchange({ subject: access, to: 'fabrikam' })).granted).toBe(true);
  });

  it('says as much of the person as before where a trial would say less', async () => {
    const without = await walked();
    await tried(world.domains.contoso.broker, 'fabrikam', {
      send: { lifetime: '1m', claims: [] },
    });
    const { onward } = await walked();
    expect(seen(onward)).toEqual(seen(without.onward));
    expect(wouldBe(onward)?.outcome).not.toBe('same');
  });

  it('stops where it is stopped: nothing lives on because a trial would have it so', async () => {
    const { access } = await walked();
    await tried(world.domains.contoso.broker, 'acme', { accept: { lifetime: '1h' } });
    expect((await contoso().revoke(access)).status).toBe(200);
    const onward = await contoso().exchange({ subject: access, to: 'fabrikam' });
    expect(onward).toMatchObject({ granted: false });
    expect(wouldBe(onward)?.outcome ?? 'same').toBe('same');
    expect((await contoso().introspect(access)).body).toEqual({ active: false });
  });
});
