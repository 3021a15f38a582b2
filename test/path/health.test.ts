// The listener for operators: alive, ready, and measured; told to who asks from this machine or network, never to a web page.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminRoutes } from '../../src/admin/routes.ts';
import { type Readiness, storeProbe } from '../../src/observe/health.ts';
import { joinReadiness, type Report } from '../../src/observe/report.ts';
import { getJson, openSite, type Site } from '../../src/testkit/http.ts';
import { names, trustDomains } from '../../src/testkit/trust-domains.ts';
import { openWorld, raw, type World } from '../support/http.ts';
import { sample } from '../support/scrape.ts';

let world: World;
let site: Site;
let stopping = false;
beforeAll(async () => {
  world = await openWorld();
  site = await openSite();
  const reports = async () => [await world.partner.report(stopping)];
  site.serve(adminRoutes({ reports, explain: async () => undefined, hosts: ['crossgrant.acme.example'] }));
});
afterAll(async () => {
  await site.stop();
  await world.stop();
});

describe('readiness', () => {
  it('says of each dependency that it is well', async () => {
    expect(await getJson(`${site.origin}/readyz`)).toMatchObject({
      status: 200,
      body: {
        ready: true,
        checks: [
          { name: 'store', ok: true },
          { name: 'signing_key', ok: true },
          { name: 'running', ok: true },
        ],
        warnings: [],
      },
    });
  });

  it('is over as soon as the process is told to stop', async () => {
    stopping = true;
    const { status, body } = await getJson(`${site.origin}/readyz`);
    stopping = false;
    expect({ status, ready: body['ready'] }).toEqual({ status: 503, ready: false });
    expect(body['checks']).toContainEqual({
      name: 'running',
      ok: false,
      problem: 'this process is stopping',
      remedy: 'send requests to another one',
    });
  });

  it('a store that cannot be written: 503, with what to do; alive all the same, or it would be restarted for nothing', async () => {
    const broken = await openWorld();
    await broken.partner.broker.store.close();
    const own = await openSite();
    own.serve(
      adminRoutes({ reports: async () => [await broken.partner.report()], explain: async () => undefined, hosts: [] }),
    );
    const { status, body } = await getJson(`${own.origin}/readyz`);
    expect({ status, body }).toMatchObject({ status: 503, body: { ready: false } });
    expect(body['checks']).toContainEqual({
      name: 'store',
      ok: false,
      problem: 'the store cannot be written',
      remedy: expect.stringContaining('503'),
    });
    expect(await getJson(`${own.origin}/healthz`)).toMatchObject({ status: 200, body: { status: 'ok' } });
    const { text } = await raw(`${own.origin}/metrics`, { method: 'GET' });
    expect(sample(text, 'crossgrant_store_up')).toBe(0);
    await own.stop();
    await broken.stop();
  });

  it('a partner whose keys cannot be fetched is a warning: requests of all others are served', async () => {
    const subjects = { tokens: ['id_token'], clients: { [names.agent]: 'travel' } };
    const ghost = { issuer: 'http://127.0.0.1:1', contact: 'nobody@gone.example', subjects };
    const domains = await trustDomains({ acme: () => ({ domains: { ghost } }) });
    await expect(domains.home.broker.domains.get(ghost.issuer)?.keys.find('k', 'ES256')).rejects.toThrow();
    const { readiness } = await domains.home.report();
    expect(readiness).toMatchObject({
      ready: true,
      warnings: [{ domain: 'ghost', problem: 'its keys could not be fetched yet' }],
    });
    await domains.stop();
  });

  it('without an active signing key nobody is sent here', async () => {
    world.pass(-86_400);
    const { readiness } = await world.partner.report();
    world.pass(86_400);
    expect(readiness.ready).toBe(false);
    expect(readiness.checks).toContainEqual(expect.objectContaining({ name: 'signing_key', ok: false }));
  });
});

describe('the store is asked', () => {
  it('once a second, however often somebody wants to know: each question is a write', async () => {
    let pings = 0;
    let at = 0;
    const probe = storeProbe({ ping: async () => void pings++ }, () => at);
    await Promise.all([probe(), probe(), probe()]);
    at = 999;
    expect(await probe()).toBe(true);
    expect(pings).toBe(1);
    at = 1001;
    await probe();
    expect(pings).toBe(2);
  });
});

describe('several processes', () => {
  const report = (checks: Readiness['checks']): Report => ({
    metrics: [],
    readiness: { ready: checks.every(({ ok }) => ok), checks, warnings: [] },
  });
  const well = report([{ name: 'running', ok: true }]);
  const finishing = report([{ name: 'running', ok: false, problem: 'stops', remedy: 'go elsewhere' }]);
  const sick = report([
    { name: 'running', ok: true },
    { name: 'store', ok: false, problem: 'full', remedy: 'make room' },
  ]);

  it('are ready when all are; one that fails is told', () => {
    expect(joinReadiness([well, well]).ready).toBe(true);
    expect(joinReadiness([well, sick])).toMatchObject({ ready: false, checks: [{}, { name: 'store', ok: false }] });
  });

  it('one that finishes while another took its place does not count; when all finish nobody is ready', () => {
    expect(joinReadiness([well, finishing]).ready).toBe(true);
    expect(joinReadiness([finishing, finishing]).ready).toBe(false);
  });

  it('nobody there is not ready', () => {
    expect(joinReadiness([]).ready).toBe(false);
  });
});

describe('attack: a web page reads what is told to operators', () => {
  const ask = (headers: Readonly<Record<string, string>>, method = 'GET') =>
    raw(`${site.origin}/metrics`, { method, headers });

  it('through a name that its owner points here (DNS rebinding)', async () => {
    for (const host of ['evil.example', 'evil.example:8701', '127.0.0.1.evil.example']) {
      const { status, text } = await ask({ Host: host });
      expect({ host, status }).toEqual({ host, status: 421 });
      expect(text).not.toContain('crossgrant_');
    }
  });

  it('names that nobody can register are good, and those that the configuration lists', async () => {
    for (const host of [
      '127.0.0.1:8701',
      '10.1.2.3',
      '[::1]:8701',
      'localhost',
      'crossgrant',
      'Crossgrant.ACME.example',
    ]) {
      expect({ host, status: (await ask({ Host: host })).status }).toEqual({ host, status: 200 });
    }
  });

  it('from another site, which browsers say of their requests', async () => {
    for (const site of ['cross-site', 'same-site']) {
      expect(await ask({ 'Sec-Fetch-Site': site })).toMatchObject({ status: 403 });
    }
    expect(await ask({ 'Sec-Fetch-Site': 'none' })).toMatchObject({ status: 200 });
  });

  it('by CORS or in a frame: no origin is let in', async () => {
    const { headers } = await ask({ Origin: 'https://evil.example' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('nothing can be changed here: everything but GET and HEAD is refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { status, headers } = await ask({}, method);
      expect({ method, status, allow: headers.get('allow') }).toEqual({ method, status: 405, allow: 'GET, HEAD' });
    }
    const { status, text } = await ask({}, 'HEAD');
    expect({ status, text }).toEqual({ status: 200, text: '' });
  });

  it('the public listener has none of it', async () => {
    for (const path of ['healthz', 'readyz', 'metrics']) {
      expect(await getJson(`${world.contoso}/${path}`)).toMatchObject({ status: 404 });
    }
    expect(await getJson(`${site.origin}/token`)).toMatchObject({ status: 404 });
  });
});
