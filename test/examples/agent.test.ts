// Tests of an agent, as the README shows them: granted, refused, and while something is wrong.

import { describe, expect } from 'vitest';
import type { World } from '../../src/testkit/index.ts';
import { testInWorld } from '../../src/testkit/vitest.ts';
import { readCalendar, type Trip } from './agent.ts';

const test = testInWorld({
  sockets: false,
  domains: { acme: {}, contoso: { resources: { calendar: ['read', 'write'] } } },
  agents: { travel: { home: 'acme', auth: 'client_secret_post' } },
});

/** What the agent is configured with, from the world it is tested in. */
const tripIn = ({ domains, agent, fetch }: World<'acme' | 'contoso'>): Trip => ({
  home: domains.acme.issuer,
  partner: domains.contoso.issuer,
  calendar: domains.contoso.resources['calendar']?.uri ?? '',
  clientAtHome: agent.at('acme').id,
  clientAtPartner: agent.at('contoso').id,
  secret: agent.secret,
  fetch,
});

describe('our agent', () => {
  test('reads the calendar for Alice, and the calendar sees both of them', async ({ world }) => {
    expect(await readCalendar(world.agent.signIn(), tripIn(world))).toMatchObject({
      subject: 'acme|alice',
      actors: [world.agent.workload],
    });
  });

  test('asks Alice to sign in again when her token has expired', async ({ world }) => {
    const yesterday = world.agent.signIn({ exp: world.clock.seconds() - 86_400 });
    const error = await readCalendar(yesterday, tripIn(world)).catch((thrown: Error) => thrown);
    expect(await world.outcome(error as Error)).toBeRefused('subject_token.expired');
  });

  test('does not try again what the partner refuses', async ({ world }) => {
    await using _suspended = await world.domains.contoso.fault('partner suspended');
    const error = await readCalendar(world.agent.signIn(), tripIn(world)).catch((thrown: Error) => thrown);
    expect(await world.outcome(error as Error)).toBeRefused('policy.domain_suspended');
  });

  test('tries again when the partner hiccups', async ({ world }) => {
    const fault = await world.domains.contoso.fault('token endpoint 503');
    const reading = readCalendar(world.agent.signIn(), tripIn(world));
    await fault.hit();
    await fault.undo();
    expect(await reading).toMatchObject({ subject: 'acme|alice' });
  });

  test('says whose clock is wrong', async ({ world }) => {
    await world.domains.acme.idp.during('clock +7m', async () => {
      const error = await readCalendar(world.agent.signIn(), tripIn(world)).catch((thrown: Error) => thrown);
      expect(await world.outcome(error as Error)).toBeRefused('subject_token.not_yet_valid');
    });
  });

  test('lives through a change of keys at home', async ({ world }) => {
    await world.domains.acme.fault('keys rotate');
    expect(await readCalendar(world.agent.signIn(), tripIn(world))).toMatchObject({ subject: 'acme|alice' });
  });
});
