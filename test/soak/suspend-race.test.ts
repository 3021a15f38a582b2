// Load on several processes while somebody is suspended in another one: what was handed out is dead, and nothing comes after it.

import { describe, expect, it, onTestFinished } from 'vitest';
import { postForm } from '../../src/testkit/http.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { cli } from '../support/cli.ts';
import { introspectable, resourceServer } from '../support/configured.ts';
import { hasPostgres, startPostgres } from '../support/postgres.ts';
import { redeem, serve } from '../support/serving.ts';
import type { Parties } from './parties.ts';
import '../support/nothing-told.ts';

/** Of a machine that does other things too. */
const timeout = 60_000;

type Answered = {
  readonly token: string | undefined;
  readonly error: unknown;
  /** What was known when the request was sent. */
  readonly sent: 'before' | 'after';
};

/** Clients that redeem grant after grant at all processes; `phase` says when `suspend` has returned. */
function load(origins: readonly string[], parties: Parties, phase: () => Answered['sent']) {
  const answered: Answered[] = [];
  let ending = false;
  const client = async (origin: string) => {
    while (!ending) {
      const sent = phase();
      const { body } = await redeem(origin, parties);
      const { access_token: token, error } = body;
      answered.push({ token: typeof token === 'string' ? token : undefined, error, sent });
    }
  };
  const clients = origins.flatMap((origin) => [origin, origin, origin]).map(client);
  return {
    answered,
    /** Resolves when each phase has so many answers. */
    until: (sent: Answered['sent'], count: number) =>
      expect
        .poll(() => answered.filter((one) => one.sent === sent).length, { timeout, interval: 20 })
        .toBeGreaterThanOrEqual(count),
    end: async () => {
      ending = true;
      await Promise.all(clients);
    },
  };
}

describe('a domain that is suspended under load', () => {
  it('on SQLite', () => suspendUnderLoad({}, {}));

  it.runIf(hasPostgres)('on PostgreSQL', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop());
    const { url } = await server.database('empty');
    await suspendUnderLoad({ store: { url: { env: 'STORE' } } }, { STORE: url });
  });

  async function suspendUnderLoad(changes: Settings, secrets: Parties['env']): Promise<void> {
    const parties = introspectable(changes, secrets);
    const [one, other] = await Promise.all([serve(parties), serve(parties)]);
    let sent: Answered['sent'] = 'before';
    const { answered, until, end } = load([one.origin, other.origin], parties, () => sent);
    await until('before', 40);
    // Here it needs no secret but the place of the database.
    const run = (args: readonly string[]) => cli([...args, '--config', parties.config], { env: secrets });
    const { code, stdout } = await run(['domain', 'suspend', 'fabrikam', '--yes', '--json']);
    sent = 'after';
    expect(code).toBe(0);
    await until('after', 40);
    await end();

    const granted = answered.flatMap(({ token }) => token ?? []);
    expect(answered.filter((each) => each.sent === 'after' && each.token !== undefined)).toEqual([]);
    expect(new Set(answered.filter(({ token }) => !token).map(({ error }) => error))).toEqual(
      new Set(['access_denied']),
    );
    // Not one more and not one less than was handed out.
    expect(JSON.parse(stdout)).toMatchObject({ proven: true, revoked: granted.length });

    const isActive = async (token: string) =>
      (await postForm(`${one.origin}/introspect`, { token, ...resourceServer })).body['active'];
    // By eight who take turns: there are more tokens than connections that one address may have.
    const [unseen, active] = [granted.values(), new Set<unknown>()];
    const look = async () => {
      for (const token of unseen) active.add(await isActive(token));
    };
    await Promise.all(Array.from({ length: 8 }, look));
    expect([...active]).toEqual([false]);

    expect((await run(['domain', 'resume', 'fabrikam', '--yes'])).code).toBe(0);
    await expect.poll(async () => (await redeem(other.origin, parties)).status, { timeout }).toBe(200);
    expect(await isActive(granted[0] ?? '')).toBe(false);
  }
});
