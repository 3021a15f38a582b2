// crossgrant drift: files, the version in force and running processes, compared for a pipeline that watches.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Parties } from '../soak/parties.ts';
import { configured } from '../support/configured.ts';
import { apply, change, openBroker, run } from '../support/versioned.ts';

let parties: Parties;
beforeEach(() => {
  parties = configured();
});

const drift = async () => {
  const { code, stdout } = await run(parties, 'drift', ['--json']);
  return { code, ...JSON.parse(stdout) };
};

describe('drift', () => {
  it('is none while processes answer by these files, and is told when the files go on', async () => {
    await openBroker(parties);
    expect(await drift()).toMatchObject({ code: 0, same: true, processes: [{ version: null, drift: null }] });
    change(parties, 'domains/fabrikam.yaml', { contact: 'b@fabrikam.example' });
    expect(await drift()).toMatchObject({
      code: 1,
      same: false,
      processes: [{ drift: 'it answers by other files than these' }],
    });
  });

  it('is none after apply, and names what the files would change afterwards', async () => {
    await openBroker(parties);
    await apply(parties);
    expect(await drift()).toMatchObject({ code: 0, version: { version: 1 }, lines: [], processes: [{ version: 1 }] });
    change(parties, 'domains/fabrikam.yaml', { state: 'suspended' });
    const { code, stdout } = await run(parties, 'drift');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^in force {2}version 1, by ann at /);
    expect(stdout).toMatch(/files {5}[0-9a-f]{12}, 1 change: 1 narrows access; see crossgrant plan/);
    expect(stdout).toMatch(/version 1 {3}[0-9a-f]{12} .* as in force/);
  });

  it('names a process that cannot use the version, and why', async () => {
    await openBroker(parties);
    await apply(parties);
    change(parties, 'crossgrant.yaml', {
      clients: { another: { auth: { method: 'client_secret_post', secret: { env: 'ANOTHER' } } } },
    });
    const env = { ...parties.env, ANOTHER: 'a secret the operator has and the broker does not' };
    await run(parties, 'apply', ['--yes'], { env });
    const { code, stdout } = await run(parties, 'drift', [], { env });
    expect(code).toBe(1);
    expect(stdout).toContain('the environment variable ANOTHER is not set');
  });

  it('ends with 2 when the files are wrong', async () => {
    change(parties, 'domains/fabrikam.yaml', { stat: 'x' });
    expect(await run(parties, 'drift')).toMatchObject({ code: 2, stdout: '' });
  });
});
