// Putting a configuration in force while brokers run: taken by all of them, refused where it is wrong, and undone.

import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Parties } from '../soak/parties.ts';
import { configured } from '../support/configured.ts';
import { apply, change, openBroker, pathOf, type Running, run } from '../support/versioned.ts';

let parties: Parties;
beforeEach(() => {
  parties = configured();
});

const fabrikam = 'domains/fabrikam.yaml';
const statuses = async (...running: readonly Running[]) =>
  Promise.all(running.map(async ({ redeem }) => (await redeem()).status));
const versionsOf = ({ processes }: { processes: { arrived: { version: number }[] } }) =>
  processes.arrived.map(({ version }) => version);

describe('apply', () => {
  it('before anything runs makes the first version; who starts then takes it, whatever its files say', async () => {
    expect(await apply(parties, '-m', 'as it was')).toMatchObject({
      plan: { against: null },
      applied: { version: 1, author: 'ann', note: 'as it was' },
      processes: { arrived: [], unable: [], waiting: [] },
    });
    change(parties, fabrikam, { state: 'suspended' });
    const broker = await openBroker(parties);
    expect(broker.log[0]).toMatchObject({ version: 1, message: expect.stringContaining('version 1') });
    expect(await statuses(broker)).toEqual([200]);
  });

  it('is taken by every process, and undone as quickly', async () => {
    const brokers = [await openBroker(parties), await openBroker(parties)];
    expect(versionsOf(await apply(parties))).toEqual([1, 1]);
    change(parties, fabrikam, { state: 'suspended' });
    expect((await run(parties, 'plan')).stdout).toContain('compared with version 1, by ann');
    const second = await apply(parties, '-m', 'fabrikam was broken into');
    expect(second.plan.changes).toMatchObject([{ class: 'narrows access', group: 'domain fabrikam' }]);
    expect(versionsOf(second)).toEqual([2, 2]);
    expect(await statuses(...brokers)).toEqual([400, 400]);

    expect(await apply(parties, '--version', '1')).toMatchObject({ applied: { version: 3, note: 'back to 1' } });
    expect(await statuses(...brokers)).toEqual([200, 200]);
    const { stdout } = await run(parties, 'apply', ['--list']);
    expect(stdout.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
      'version applied (UTC) by digest note',
      expect.stringMatching(/^3 \S+ \S+ ann [0-9a-f]{12} back to 1$/),
      expect.stringMatching(/^2 \S+ \S+ ann [0-9a-f]{12} fabrikam was broken into$/),
      expect.stringMatching(/^1 \S+ \S+ ann [0-9a-f]{12}$/),
      '',
    ]);
  });

  it('calls the main file what it is called here', async () => {
    const here = pathOf(parties, 'prod.yaml');
    renameSync(parties.config, here);
    const own = { ...parties, config: here };
    await apply(own);
    writeFileSync(here, `# ours\n${readFileSync(here, 'utf8')}`);
    expect((await run(own, 'plan')).stdout).toMatch(/\nprod\.yaml\n {2}cosmetic .* prod\.yaml:1\n/);
    change(own, 'prod.yaml', { dpop: { nonce: 'optional' } });
    const { stdout } = await run(own, 'plan');
    expect(stdout).toMatch(/\nprod\.yaml\n {2}widens access .* prod\.yaml:\d+\n/);
    expect(stdout).not.toContain('crossgrant.yaml');
    change(own, fabrikam, { accept: { resources: ['https://elsewhere.example/'] } });
    expect((await run(own, 'check')).stderr).toContain('is not among `resources` of prod.yaml');
  });

  it('tells whom it would refuse before it asks, and changes nothing when the answer is no', async () => {
    const broker = await openBroker(parties);
    await apply(parties);
    await broker.redeem();
    change(parties, fabrikam, { accept: { grants: ['jwt'] } });
    const asked = await run(parties, 'apply', [], { answers: ['n'] });
    expect(asked).toMatchObject({ code: 1, stdout: '' });
    expect(asked.stderr).toContain(
      '  breaks callers  accept: grants of kind id-jag is removed  domains/fabrikam.yaml:',
    );
    expect(asked.stderr).toContain('1 request of travel-agent in 7 days would be answered otherwise, see below');
    expect(asked.stderr).toContain('granted → refused (grant.profile)  travel-agent, for bob, by fabrikam.accept');
    expect(await run(parties, 'apply')).toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes') });
    expect(await statuses(broker)).toEqual([200]);
    expect(await run(parties, 'apply', [], { answers: ['yes'] })).toMatchObject({ code: 0 });
    expect(await statuses(broker)).toEqual([400]);
  });

  it('needs no consent for what nobody notices, and does nothing where nothing changed', async () => {
    await apply(parties);
    expect(await run(parties, 'apply')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^nothing to apply: version 1, by ann at .* is in force/),
    });
    change(parties, fabrikam, { contact: 'somebody@fabrikam.example' });
    expect(await run(parties, 'apply')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('version 2 is in force'),
    });
  });

  it('is told in the audit trail', async () => {
    const { applied } = await apply(parties, '-m', 'as reviewed');
    const { stdout } = await run(parties, 'audit export');
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).record);
    expect(records.find(({ traceId }) => traceId === applied.traceId)).toMatchObject({
      action: 'config.apply',
      config: {
        version: 1,
        digest: applied.digest,
        author: 'ann',
        note: 'as reviewed',
        changes: { 'breaks callers': 0 },
      },
    });
  });

  it('by two operators at once is done by one, and the other is told', async () => {
    await apply(parties);
    change(parties, fabrikam, { accept: { lifetime: '5m' } });
    const both = await Promise.all([1, 2].map(() => run(parties, 'apply', ['--author', 'ann', '--yes'])));
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
    const loser = both.find(({ code }) => code === 1);
    expect(loser?.stderr).toMatch(/somebody was quicker: version 2, by ann at .* is in force now/);
    expect(JSON.parse((await run(parties, 'apply', ['--list', '--json'])).stdout).versions).toHaveLength(2);
  });

  it('knows no version that was never applied', async () => {
    await apply(parties);
    expect(await run(parties, 'apply', ['--version', '7'])).toMatchObject({
      code: 2,
      stderr: 'crossgrant: there is no version 7: see crossgrant apply --list\n',
    });
  });
});

describe('a broker that runs', () => {
  it('is unharmed by files that are half written, and by two files for one issuer', async () => {
    const broker = await openBroker(parties);
    await apply(parties);
    const whole = readFileSync(pathOf(parties, fabrikam), 'utf8');
    writeFileSync(pathOf(parties, fabrikam), `${whole.slice(0, -40)}\n  scopes: [`);
    for (const command of ['plan', 'apply']) {
      expect(await run(parties, command)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/domains\/fabrikam\.yaml:\d+:\d+ /),
      });
    }
    await expect(broker.hangUp()).rejects.toThrow(/fabrikam\.yaml/);
    expect(await statuses(broker)).toEqual([200]);

    rmSync(pathOf(parties, fabrikam));
    copyFileSync(pathOf(parties, 'domains/contoso.yaml'), pathOf(parties, 'domains/copy.yaml'));
    expect(await run(parties, 'apply')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/copy\.yaml:\d+:\d+ issuer: is the issuer of contoso already/),
    });
    expect(await statuses(broker)).toEqual([200]);
  });

  it('can be taken back to a version whatever has become of the files', async () => {
    const broker = await openBroker(parties);
    await apply(parties);
    change(parties, fabrikam, { state: 'suspended' });
    await apply(parties);
    writeFileSync(pathOf(parties, fabrikam), 'issuer: [');
    await apply(parties, '--version', '1');
    expect(await statuses(broker)).toEqual([200]);
  });

  it('keeps what it has where a version needs a secret its machine does not have, says so, and takes it once it can', async () => {
    const broker = await openBroker(parties);
    await apply(parties);
    change(parties, 'crossgrant.yaml', {
      clients: { another: { auth: { method: 'client_secret_post', secret: { env: 'ANOTHER' } } } },
    });
    const operator = { ...parties.env, ANOTHER: 'a secret the operator has and the broker does not' };
    const told = await run(parties, 'apply', ['--yes', '--author', 'ann'], { env: operator });
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(
      /does not: version 2 cannot be used here: version 2: crossgrant\.yaml:\d+:\d+ clients\.another\.auth\.secret\.env: the environment variable ANOTHER is not set/,
    );
    expect(told.stdout).toContain('or go back with `crossgrant apply --version 1`');
    expect(await statuses(broker)).toEqual([200]);
    expect(broker.log.filter(({ message }) => message.startsWith('version 2 cannot be used here'))).toHaveLength(1);
    const { readiness, metrics } = await broker.app.report();
    expect(readiness).toMatchObject({
      ready: true,
      warnings: [{ domain: null, problem: expect.stringContaining('ANOTHER') }],
    });
    const gauge = (name: string) => metrics.find((metric) => metric.name === name)?.values[0]?.value;
    expect([gauge('crossgrant_config_version'), gauge('crossgrant_config_behind')]).toEqual([1, 1]);

    change(parties, 'crossgrant.yaml', { clients: { another: null } });
    // One that starts now is no better off, and begins with what the others have.
    const next = await openBroker(parties);
    expect(next.log.map(({ message }) => message)).toContainEqual(expect.stringContaining('answered by version 1'));
    expect(await statuses(next)).toEqual([200]);
    // The same program, started with the secret.
    const whole = await openBroker(parties, operator);
    expect(whole.app.broker.clients.has('another')).toBe(true);
    const back = await run(parties, 'apply', ['--version', '1', '--yes', '--json'], { env: operator });
    expect(versionsOf(JSON.parse(back.stdout))).toEqual([3, 3, 3]);
  });

  it('does not start where no version can be used, and says what is missing', async () => {
    change(parties, 'crossgrant.yaml', {
      clients: { another: { auth: { method: 'client_secret_post', secret: { env: 'ANOTHER' } } } },
    });
    const operator = { ...parties.env, ANOTHER: 'a secret the operator has and the broker does not' };
    expect((await run(parties, 'apply', ['--yes'], { env: operator })).code).toBe(0);
    change(parties, 'crossgrant.yaml', { clients: { another: null } });
    await expect(openBroker(parties)).rejects.toThrow(/^version 1: crossgrant\.yaml:.*ANOTHER is not set/);
  });

  it('reads secrets and certificates again at SIGHUP, and leaves what is trusted to the version', async () => {
    const broker = await openBroker(parties);
    await apply(parties);
    change(parties, fabrikam, { state: 'suspended' });
    await broker.hangUp();
    expect(broker.log.at(-1)?.message).toContain('what is trusted stays that of version 1; the files differ');
    expect(await statuses(broker)).toEqual([200]);
  });

  it('keeps its own address, whatever the version says of that', async () => {
    const broker = await openBroker(parties);
    change(parties, 'crossgrant.yaml', { listen: { port: 9999 } });
    const { plan, processes } = await apply(parties);
    expect(processes.arrived).toHaveLength(1);
    expect(plan.changes).not.toEqual([]);
    expect(await statuses(broker)).toEqual([200]);
    change(parties, 'crossgrant.yaml', { listen: { port: 9998 } });
    expect((await run(parties, 'plan')).stdout).toContain(
      'port we listen on: 9999 → 9998; needs a restart: each process takes it from the file of its machine',
    );
  });
});
