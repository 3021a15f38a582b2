// crossgrant/testkit/vitest: the expectations as matchers, and worlds as fixtures. Only this file knows vitest.

import { expect, type TestAPI, test } from 'vitest';
import type { Presented } from './client.ts';
import { type Actors, judgeActor, judgeShrink, type ShrinkOptions } from './expect/chain.ts';
import { type GrantedAs, judgeGranted } from './expect/granted.ts';
import { judgeRefused, type RefusedAs, type RefusedFor } from './expect/refused.ts';
import type { Outcome } from './outcome.ts';
import { type TrustDomains, type TrustDomainsOptions, trustDomains, type WorldOptions } from './trust-domains.ts';
import type { World } from './world/world.ts';

export type TestkitMatchers<R = unknown> = {
  /** A token came out, and is as described. */
  toBeGranted(expected?: GrantedAs): R;
  /** The request was refused: for this reason, in the answer and, where the broker is ours, in its record. */
  toBeRefused(reason?: RefusedFor, expected?: RefusedAs): R;
  /** This actor acts in the token, or this chain of actors. */
  toCarryActor(actors: Actors): R;
  /** Nothing grew between this token and the one it was made of. */
  toShrink(parent: Presented, options?: ShrinkOptions): R;
};

declare module 'vitest' {
  interface Matchers<T> extends TestkitMatchers<T> {}
}

expect.extend({
  toBeGranted(outcome: Outcome, expected: GrantedAs = {}) {
    return judgeGranted(outcome, expected, this.equals);
  },
  toBeRefused(outcome: Outcome, reason?: RefusedFor, expected: RefusedAs = {}) {
    return judgeRefused(outcome, reason, expected, this.equals);
  },
  toCarryActor(presented: Presented, actors: Actors) {
    return judgeActor(presented, actors, this.equals);
  },
  toShrink(presented: Presented, parent: Presented, options: ShrinkOptions = {}) {
    return judgeShrink(presented, parent, options);
  },
});

/**
 * A `test` with `world`: one for each file, where every fault is undone after each test. Its clock goes on from test to test.
 * `const test = testInWorld({ sockets: false })`, at the top of a file.
 */
export function testInWorld(options?: TrustDomainsOptions): TestAPI<{ world: TrustDomains }>;
export function testInWorld<const Name extends string>(options: WorldOptions<Name>): TestAPI<{ world: World<Name> }>;
export function testInWorld(options?: AnyOptions): unknown {
  return test.extend<{ ofFile: World; world: World }>({
    ofFile: [openWorld(options), { scope: 'file' }],
    world: async ({ ofFile }, use) => {
      await use(ofFile);
      await ofFile.heal();
    },
  });
}

/** A fixture of your own `test.extend`, in any scope: `base.extend<{ world: TrustDomains }>({ world: worldFixture() })`. */
export function worldFixture(options?: TrustDomainsOptions): Fixture<TrustDomains>;
export function worldFixture<const Name extends string>(options: WorldOptions<Name>): Fixture<World<Name>>;
export function worldFixture(options?: AnyOptions): Fixture<World> {
  return openWorld(options);
}

export type Fixture<Given> = (context: object, use: (given: Given) => Promise<void>) => Promise<void>;

type AnyOptions = TrustDomainsOptions | WorldOptions<string>;

function openWorld(options: AnyOptions = {}): Fixture<World> {
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads in the pattern what a fixture needs
  return async ({}, use) => {
    await using world = await ('domains' in options ? trustDomains(options) : trustDomains(options));
    await use(world);
  };
}
