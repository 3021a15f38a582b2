// crossgrant serve as several processes, and as one that takes another configuration: real processes, real signals, one database.

import { writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { getJson, openSite, postForm } from '../../src/testkit/http.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import type { Parties } from '../soak/parties.ts';
import { cli } from '../support/cli.ts';
import { startCli } from '../support/cli-child.ts';
import { configured, introspectable, resourceServer } from '../support/configured.ts';
import { hasPostgres, startPostgres } from '../support/postgres.ts';
import { redeem, type Serving, serve } from '../support/serving.ts';
import { apply, change, pathOf, run } from '../support/versioned.ts';

/** The pids of the next workers that take connections, from the log. */
async function workerPids(serving: Serving, count: number): Promise<readonly number[]> {
  const pids: number[] = [];
  while (pids.length < count) {
    const [, pid] = await serving.logged(/"worker":(\d+),"msg":"a worker takes connections"/);
    pids.push(Number(pid));
  }
  return pids;
}

const runs = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Puts another certificate where the configuration has it; the answer is whom to trust for it. */
async function renewCertificate(parties: Parties): Promise<string> {
  const { ca, cert, key } = await testCertificates(Date.now());
  writeFileSync(pathOf(parties, 'cert.pem'), cert);
  writeFileSync(pathOf(parties, 'key.pem'), key);
  return ca;
}

/** Several processes start in each test, on a machine that may do other things too. */
const timeout = 60_000;

describe('serve --workers', { timeout }, () => {
  it('serves on one address, takes what is applied, replaces a worker that was killed, and ends with all of them', async () => {
    const parties = configured();
    const serving = await serve(parties, '--workers', '2');
    const [first = 0, second = 0] = await workerPids(serving, 2);
    expect(first).not.toBe(second);
    const lifetime = async () => Number((await redeem(serving.origin, parties)).body['expires_in']);
    expect(await lifetime()).toBeGreaterThan(60);
    change(parties, 'domains/fabrikam.yaml', { accept: { lifetime: '1m' } });
    expect(await apply(parties)).toMatchObject({ processes: { arrived: [{}, {}], unable: [], waiting: [] } });
    expect(await lifetime()).toBeLessThanOrEqual(60);
    process.kill(first, 'SIGKILL');
    const [third = 0] = await workerPids(serving, 1);
    expect(await lifetime()).toBeLessThanOrEqual(60);
    serving.kill('SIGTERM');
    const { code, stdout, stderr } = await serving.ended;
    expect({ code, told: stdout.match(/"port"/g)?.length }).toEqual({ code: 0, told: 1 });
    expect([first, second, third].filter(runs)).toEqual([]);
    expect(stderr.match(/"level":"error"/g)?.length, stderr).toBe(1);
    const audit = await run(parties, 'audit verify');
    expect(audit.code, audit.stdout).toBe(0);
  });

  it('is told by SIGHUP that a partner is suspended and a certificate renewed; a mistake in the files changes nothing', async () => {
    const parties = configured({ listen: { port: 0, tls: { cert: 'cert.pem', key: 'key.pem' } } });
    const before = await renewCertificate(parties);
    const serving = await serve(parties, '--workers', '1');
    const status = async (ca: string) => (await redeem(serving.origin, parties, parties.grant(), ca)).status;
    change(parties, 'domains/fabrikam.yaml', { state: 'suspendet' });
    serving.kill('SIGHUP');
    const [, at] = await serving.logged(/"at":"([^"]+)"/);
    expect(at).toMatch(/fabrikam\.yaml:\d+:\d+$/);
    await serving.logged(/go on as they are/);
    expect(await status(before)).toBe(200);

    change(parties, 'domains/fabrikam.yaml', { state: 'suspended' });
    const after = await renewCertificate(parties);
    serving.kill('SIGHUP');
    await serving.logged(/all workers serve by the configuration as it is now/);
    expect(await status(after)).toBe(400);
    await expect(status(before)).rejects.toThrow();

    change(parties, 'crossgrant.yaml', { store: 'sqlite:./another.db' });
    serving.kill('SIGHUP');
    await serving.logged(/a restart is needed for a change of store/);
    await serving.logged(/go on as they are/);
    serving.kill('SIGINT');
    expect((await serving.ended).code).toBe(0);
  });

  it('starts nothing with a wrong configuration or a port that is taken, and says why once', async () => {
    const site = await openSite();
    onTestFinished(() => site.stop());
    const [blocked, mistaken] = [configured({ listen: { port: site.port } }), configured()];
    change(mistaken, 'crossgrant.yaml', { isuer: 'x' });
    const ending = ({ config, env }: Parties) =>
      startCli(['serve', '--workers', '2', '--config', config], { env }).ended;
    const [taken, wrong] = await Promise.all([ending(blocked), ending(mistaken)]);
    expect({ ...taken, stderr: taken.stderr.match(/somebody else listens there/g)?.length }).toEqual({
      code: 1,
      stdout: '',
      stderr: 1,
    });
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/crossgrant\.yaml:\d+:\d+ isuer: unknown key/);
  });

  it.each(['0', '-1', '1.5', '1000', 'many', ''])('takes no %j for a number of processes', async (count) => {
    const { code, stderr } = await cli(['serve', '--workers', count]);
    expect({ code, said: stderr.includes('Give a number from 1 to 256, or auto.') }).toEqual({ code: 2, said: true });
  });
});

describe('one process', { timeout }, () => {
  it('takes another configuration at SIGHUP, names what needs a restart, and keeps what it has after a mistake', async () => {
    const parties = configured();
    const serving = await serve(parties);
    expect((await redeem(serving.origin, parties)).status).toBe(200);
    change(parties, 'domains/fabrikam.yaml', { state: 'suspended' });
    serving.kill('SIGHUP');
    await serving.logged(/answered by the configuration as it is now/);
    expect((await redeem(serving.origin, parties)).status).toBe(400);

    change(parties, 'crossgrant.yaml', { isuer: 'x' });
    change(parties, 'domains/fabrikam.yaml', { state: 'enforce' });
    serving.kill('SIGHUP');
    const [, at] = await serving.logged(/"at":"([^"]+)","path":"isuer"/);
    expect(at).toMatch(/crossgrant\.yaml:\d+:\d+$/);
    await serving.logged(/nothing was changed/);
    expect((await redeem(serving.origin, parties)).status).toBe(400);

    change(parties, 'crossgrant.yaml', { isuer: null, issuer: 'https://another.example', listen: { port: 1 } });
    serving.kill('SIGHUP');
    const [, named] = await serving.logged(/a restart is needed for a change of ([^;]+); nothing was changed/);
    expect(named?.split(', ').sort()).toEqual(['issuer', 'listen']);
    expect((await redeem(serving.origin, parties)).status).toBe(400);
    serving.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
  });
});

describe('two processes on one database', { timeout }, () => {
  it('SQLite', () => shareEverything({}, {}));

  it.runIf(hasPostgres)('PostgreSQL', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop());
    const { url } = await server.database('empty');
    await shareEverything({ store: { url: { env: 'STORE' } } }, { STORE: url });
  });

  /** They accept a grant once between them, know of each other's revocations at once, and of new keys and suspensions soon. */
  async function shareEverything(changes: Settings, secrets: Parties['env']): Promise<void> {
    const parties = introspectable(changes, secrets);
    const [one, other] = await Promise.all([serve(parties), serve(parties)]);

    for (const grant of Array.from({ length: 10 }, () => parties.grant())) {
      const answers = await Promise.all([one, other, one, other].map((at) => redeem(at.origin, parties, grant)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
    }

    const token = String((await redeem(one.origin, parties)).body['access_token']);
    const active = async () =>
      (await postForm(`${other.origin}/introspect`, { token, ...resourceServer })).body['active'];
    expect(await active()).toBe(true);
    const { client_assertion_type, client_assertion } = parties.redeem('', parties.credentials());
    expect((await postForm(`${one.origin}/revoke`, { token, client_assertion_type, client_assertion })).status).toBe(
      200,
    );
    expect(await active()).toBe(false);

    const { kid } = JSON.parse((await run(parties, 'keys rotate', ['--now', '--json'])).stdout);
    for (const { origin } of [one, other]) {
      await expect
        .poll(async () => JSON.stringify((await getJson(`${origin}/jwks`)).body['keys']), {
          timeout: 15_000,
          interval: 50,
        })
        .toContain(kid);
    }

    const suspended = await run(parties, 'domain suspend fabrikam', ['--yes', '--json']);
    expect(JSON.parse(suspended.stdout)).toMatchObject({ proven: true, processes: { heard: [{}, {}], silent: [] } });
    for (const { origin } of [one, other]) {
      expect(await redeem(origin, parties)).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    }
  }
});
