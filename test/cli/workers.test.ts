// crossgrant serve as several processes, and as one that takes another configuration: real processes, real signals, one database.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { getJson, openSite, postForm } from '../../src/testkit/http.ts';
import { merge, type Settings } from '../../src/testkit/merge.ts';
import type { Parties } from '../soak/parties.ts';
import { cli } from '../support/cli.ts';
import { startCli } from '../support/cli-child.ts';
import { configured } from '../support/configured.ts';
import { hasPostgres, startPostgres } from '../support/postgres.ts';
import { redeem, type Serving, serve } from '../support/serving.ts';

/** The pids of the next workers that take connections, from the log. */
async function workerPids(serving: Serving, count: number): Promise<readonly number[]> {
  const pids: number[] = [];
  while (pids.length < count) {
    const [, pid] = await serving.logged(/"worker":(\d+),"msg":"a worker takes connections"/);
    pids.push(Number(pid));
  }
  return pids;
}

/** Changes one file of the configuration. */
function change(parties: Parties, name: string, changes: Settings): void {
  const file = join(parties.config, '..', name);
  writeFileSync(file, stringify(merge(parse(readFileSync(file, 'utf8')), changes)));
}

const runs = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Several processes start in each test, on a machine that may do other things too. */
const timeout = 60_000;

describe('serve --workers', { timeout }, () => {
  it('serves on one address, replaces a worker that was killed, and ends with all of them', async () => {
    const parties = configured();
    const serving = await serve(parties, '--workers', '2');
    const [first = 0, second = 0] = await workerPids(serving, 2);
    expect(first).not.toBe(second);
    expect((await redeem(serving.origin, parties)).status).toBe(200);
    process.kill(first, 'SIGKILL');
    const [third = 0] = await workerPids(serving, 1);
    expect((await redeem(serving.origin, parties)).status).toBe(200);
    serving.kill('SIGTERM');
    const { code, stdout, stderr } = await serving.ended;
    expect({ code, told: stdout.match(/"port"/g)?.length }).toEqual({ code: 0, told: 1 });
    expect([first, second, third].filter(runs)).toEqual([]);
    expect(stderr.match(/"level":"error"/g)?.length, stderr).toBe(1);
    const audit = await cli(['audit', 'verify', '--config', parties.config], { env: parties.env });
    expect(audit.code, audit.stdout).toBe(0);
  });

  it('is told by SIGHUP that a partner is suspended; a mistake in the files changes nothing', async () => {
    const parties = configured();
    const serving = await serve(parties, '--workers', '1');
    change(parties, 'domains/fabrikam.yaml', { state: 'suspendet' });
    serving.kill('SIGHUP');
    const [, at] = await serving.logged(/"at":"([^"]+)"/);
    expect(at).toMatch(/fabrikam\.yaml:\d+:\d+$/);
    await serving.logged(/go on as they are/);
    expect((await redeem(serving.origin, parties)).status).toBe(200);

    change(parties, 'domains/fabrikam.yaml', { state: 'suspended' });
    serving.kill('SIGHUP');
    await serving.logged(/all workers serve by the configuration as it is now/);
    expect((await redeem(serving.origin, parties)).status).toBe(400);

    change(parties, 'crossgrant.yaml', { store: 'sqlite:./another.db' });
    serving.kill('SIGHUP');
    await serving.logged(/a restart is needed for a change of store/);
    await serving.logged(/go on as they are/);
    serving.kill('SIGINT');
    expect((await serving.ended).code).toBe(0);
  });

  it('serves TLS, and a renewed certificate at SIGHUP', async () => {
    const parties = configured({ listen: { port: 0, tls: { cert: 'cert.pem', key: 'key.pem' } } });
    const renew = async () => {
      const { ca, cert, key } = await testCertificates(Date.now());
      writeFileSync(join(parties.config, '../cert.pem'), cert);
      writeFileSync(join(parties.config, '../key.pem'), key);
      return ca;
    };
    const before = await renew();
    const serving = await serve(parties, '--workers', '1');
    const jwks = `${serving.origin.replace('http:', 'https:')}/jwks`;
    expect((await getJson(jwks, {}, before)).status).toBe(200);
    const after = await renew();
    serving.kill('SIGHUP');
    await serving.logged(/all workers serve by the configuration as it is now/);
    expect((await getJson(jwks, {}, after)).status).toBe(200);
    await expect(getJson(jwks, {}, before)).rejects.toThrow();
  });

  it('starts nothing with a wrong configuration or a port that is taken, and says why once', async () => {
    const site = await openSite();
    onTestFinished(() => site.stop());
    const parties = configured({ listen: { port: site.port } });
    const taken = await startCli(['serve', '--workers', '2', '--config', parties.config], { env: parties.env }).ended;
    expect({ ...taken, stderr: taken.stderr.match(/somebody else listens there/g)?.length }).toEqual({
      code: 1,
      stdout: '',
      stderr: 1,
    });
    change(parties, 'crossgrant.yaml', { isuer: 'x' });
    const wrong = await startCli(['serve', '--workers', '2', '--config', parties.config], { env: parties.env }).ended;
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

  /** They accept a grant once between them, know of each other's revocations at once, and publish a new key soon. */
  async function shareEverything(changes: Settings, secrets: Parties['env']): Promise<void> {
    const resourceServer = { client_id: 'calendar', client_secret: 'calendar-secret-for-these-tests-only' };
    const written = configured({
      ...changes,
      clients: {
        calendar: {
          auth: { method: 'client_secret_post', secret: { env: 'CALENDAR' } },
          introspects: ['https://api.acme.example/'],
        },
      },
    });
    const env = { ...written.env, ...secrets, CALENDAR: resourceServer.client_secret };
    const parties = { ...written, env };
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

    const rotated = await cli(['keys', 'rotate', '--now', '--json', '--config', parties.config], { env });
    const { kid } = JSON.parse(rotated.stdout);
    for (const { origin } of [one, other]) {
      await expect
        .poll(async () => JSON.stringify((await getJson(`${origin}/jwks`)).body['keys']), {
          timeout: 15_000,
          interval: 50,
        })
        .toContain(kid);
    }
  }
});
