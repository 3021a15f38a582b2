// The expectations as functions that throw, for node:test and everything else; test runners show their difference.

import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import type { Presented } from '../client.ts';
import type { Outcome } from '../outcome.ts';
import { type Actors, judgeActor, judgeShrink, type ShrinkOptions } from './chain.ts';
import { type GrantedAs, judgeGranted } from './granted.ts';
import { judgeRefused, type RefusedAs, type RefusedFor } from './refused.ts';
import type { Verdict } from './verdict.ts';

/** Throws an AssertionError unless a token came out that is as expected. */
export function assertGranted(outcome: Outcome, expected: GrantedAs = {}): void {
  hold(judgeGranted(outcome, expected, isDeepStrictEqual), assertGranted);
}

/** Throws an AssertionError unless the request was refused: for this reason, in the answer and in the record. */
export function assertRefused(outcome: Outcome, reason?: RefusedFor, expected: RefusedAs = {}): void {
  hold(judgeRefused(outcome, reason, expected, isDeepStrictEqual), assertRefused);
}

/** Throws an AssertionError unless this actor, or this chain of actors, stands in the token. */
export function assertActor(presented: Presented, actors: Actors): void {
  hold(judgeActor(presented, actors, isDeepStrictEqual), assertActor);
}

/** Throws an AssertionError when anything grew between a token and the one it was made of. */
export function assertShrunk(child: Presented, parent: Presented, options: ShrinkOptions = {}): void {
  hold(judgeShrink(child, parent, options), assertShrunk);
}

function hold({ pass, message, actual, expected }: Verdict, stackStartFn: (...args: never[]) => void): void {
  if (!pass)
    throw new AssertionError({ message: message(), actual, expected, operator: stackStartFn.name, stackStartFn });
}
