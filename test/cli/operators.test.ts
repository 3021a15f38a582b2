// The listener for operators as serve opens it: one for all processes, open until the last request is answered.

import { describe, expect, it, onTestFinished } from 'vitest';
import { getJson, openSite } from '../../src/testkit/http.ts';
import { startCli } from '../support/cli-child.ts';
import { configured } from '../support/configured.ts';
import { raw } from '../support/http.ts';
import { sample } from '../support/scrape.ts';
import { leaving, redeem, type Serving, serve } from '../support/serving.ts';

const admin = { port: 0 };

/** Where it is, as serve says. */
async function operatorsOf(serving: Serving): Promise<string> {
  const [told] = await serving.printed(/^\{[\s\S]*?\n\}\n/);
  const place: { readonly address: string; readonly port: number } = JSON.parse(told).admin;
  return `http://${place.address}:${place.port}`;
}
const metrics = async (operators: string) => (await raw(`${operators}/metrics`, { method: 'GET' })).text;
const readyz = (operators: string) => getJson(`${operators}/readyz`, leaving);
const granted = { grant: 'jwt-bearer', outcome: 'granted' };

describe('one process', () => {
  it('tells how it is, what it did and what it costs, also while it finishes', async () => {
    const parties = configured({ admin, listen: { port: 0, drain: '1h' } });
    const serving = await serve(parties);
    const operators = await operatorsOf(serving);
    expect(await readyz(operators)).toMatchObject({ status: 200, body: { ready: true } });
    expect((await redeem(serving.origin, parties)).status).toBe(200);
    const text = await metrics(operators);
    expect(sample(text, 'crossgrant_token_requests_total', granted)).toBe(1);
    expect(sample(text, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
    expect(sample(text, 'process_resident_memory_bytes')).toBeGreaterThan(0);
    // Refused before it became a request, and counted all the same.
    const headers = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`X-${at}`, 'x']));
    expect((await raw(`${serving.origin}/token`, { headers })).status).toBe(431);
    expect(sample(await metrics(operators), 'crossgrant_refusals_total', { reason: 'request.headers' })).toBe(1);

    serving.kill('SIGTERM');
    await expect.poll(async () => (await readyz(operators)).status).toBe(503);
    expect((await getJson(`${operators}/healthz`)).status).toBe(200);
    expect((await redeem(serving.origin, parties)).status).toBe(200);
  });

  it('names the setting when somebody else listens there', async () => {
    const taken = await openSite();
    onTestFinished(() => taken.stop());
    const parties = configured({ admin: { port: taken.port } });
    const { code, stderr } = await startCli(['serve', '--config', parties.config], { env: parties.env }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^crossgrant: .*EADDRINUSE.*; see admin\.address and admin\.port\n$/);
  });
});

describe('several processes', () => {
  it('are told as one: what each did is added up, and one that hangs makes it unready', async () => {
    const parties = configured({ admin });
    const serving = await serve(parties, '--workers', '2');
    const operators = await operatorsOf(serving);
    const pids = await Promise.all(
      [1, 2].map(() => serving.logged(/"worker":(\d+),"msg":"a worker takes connections"/)),
    );
    for (let count = 0; count < 4; count += 1) expect((await redeem(serving.origin, parties)).status).toBe(200);
    const text = await metrics(operators);
    expect(sample(text, 'crossgrant_token_requests_total', granted)).toBe(4);
    expect(sample(text, 'crossgrant_signing_keys', { state: 'active' })).toBe(1);
    expect(await readyz(operators)).toMatchObject({ status: 200, body: { ready: true } });

    const hanging = Number(pids[0]?.[1]);
    process.kill(hanging, 'SIGSTOP');
    const { status, body } = await readyz(operators);
    expect({ status, body }).toMatchObject({ status: 503, body: { ready: false } });
    expect(body['checks']).toContainEqual(expect.objectContaining({ name: 'answering', ok: false }));
    process.kill(hanging, 'SIGCONT');
    await expect.poll(async () => (await readyz(operators)).status).toBe(200);
    serving.kill('SIGTERM');
    expect(await serving.ended).toMatchObject({ code: 0 });
  });
});
