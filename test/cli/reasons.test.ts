// crossgrant reasons and crossgrant reference: what a refusal means, looked up by the name it has in log and audit trail.

import { describe, expect, it } from 'vitest';
import { refusals } from '../../src/protocol/refusals.ts';
import { cli } from '../support/cli.ts';

describe('crossgrant reasons', () => {
  it('explains one: cause, remedy, who can, and what the caller was told', async () => {
    const { code, stdout } = await cli(['reasons', 'grant.client']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'grant.client',
        'cause    `client_id` in the grant is not the id of the client that brings it.',
        'remedy   Fix the client map at the issuer: it must write the id the client has here.',
        'who      the other domain or the caller',
        'answer   400 invalid_grant: The grant was issued to another client.',
        'section  ID-JAG §4.4.1',
        '',
      ].join('\n'),
    );
  });

  it('lists those that begin alike, and all without a name', async () => {
    const listed = async (...args: readonly string[]) => {
      const { stdout } = await cli(['reasons', ...args]);
      return stdout.split('\n').flatMap((line) => /^[a-z_]+(?:\.[a-z_]+)?(?= )/.exec(line)?.[0] ?? []);
    };
    const [head, ...scopes] = await listed('scope');
    expect([head, scopes]).toEqual(['reason', ['scope.malformed', 'scope.exceeded', 'scope.none']]);
    expect(await listed()).toEqual(['reason', ...Object.keys(refusals)]);
  });

  it('prints them as JSON', async () => {
    const { stdout } = await cli(['reasons', 'policy.client', '--json']);
    expect(JSON.parse(stdout)).toEqual([{ reason: 'policy.client', ...refusals['policy.client'] }]);
  });

  it('knows which one was meant', async () => {
    expect((await cli(['reasons', 'grant.aud'])).stdout).toMatch(/^grant\.audience\ncause /);
    const { code, stdout, stderr } = await cli(['reasons', 'grant.audiense']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('There is no such reason; did you mean "grant.audience"?');
    expect((await cli(['reasons', 'constructor'])).code).toBe(2);
  });
});

describe('crossgrant reference refusals', () => {
  it('has each reason once: by its own name, or as a kind of token and what is wrong with it', async () => {
    const { stdout } = await cli(['reference', 'refusals']);
    const rows = stdout.split('\n').filter((line) => line.startsWith('| `'));
    const kinds = rows.filter((line) => line.split(' | ').length === 2).map(nameIn);
    const faults = rows
      .filter((line) => / \| (all|`[a-z_]+`(, `[a-z_]+`)*) \| /.test(line) && !kinds.includes(nameIn(line)))
      .flatMap((line) => {
        const [, whose = ''] = line.split(' | ');
        const of = whose === 'all' ? kinds : [...whose.matchAll(/`(\w+)`/g)].map(([, kind]) => kind);
        return of.map((kind) => `${kind}.${nameIn(line)}`);
      });
    const own = rows.map(nameIn).filter((name) => name in refusals);
    expect([...own, ...faults].sort()).toEqual(Object.keys(refusals).sort());
  });

  it('is JSON for machines', async () => {
    const { stdout } = await cli(['reference', 'refusals', '--json']);
    expect(JSON.parse(stdout)).toHaveLength(Object.keys(refusals).length);
  });
});

const nameIn = (line: string) => /^\| `([\w.]+)`/.exec(line)?.[1] ?? '';
