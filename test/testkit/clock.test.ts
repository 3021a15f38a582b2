// The clock of a world: follows the machine until it is told, stands where it was put, and never lets anything grow younger.

import { describe, expect, it } from 'vitest';
import { spanOf, worldClock } from '../../src/testkit/clock.ts';
import { partyClock } from '../../src/testkit/party-clock.ts';

/** A machine whose time a test moves, and the clock of a world on it. */
function onMachine(at = 1_000_000) {
  const machine = { at };
  return { machine, clock: worldClock(() => machine.at) };
}

describe('the clock of a world', () => {
  it('follows the machine until it is set, and stands there from then on', () => {
    const { machine, clock } = onMachine();
    machine.at += 5;
    expect(clock.now()).toBe(1_000_005);
    clock.set('2027-01-01T00:00:00Z');
    machine.at += 60_000;
    expect(clock.now()).toBe(Date.UTC(2027, 0, 1));
    expect(clock.seconds()).toBe(Date.UTC(2027, 0, 1) / 1000);
  });

  it('moves on and back by what it is told, from where it is', () => {
    const { clock } = onMachine();
    clock.advance('7m');
    expect(clock.now()).toBe(1_000_000 + 7 * 60_000);
    clock.advance('-2h');
    expect(clock.now()).toBe(1_000_000 + 7 * 60_000 - 2 * 3_600_000);
  });

  it('goes with the machine again when it is released', () => {
    const { machine, clock } = onMachine();
    clock.set(5);
    clock.release();
    machine.at += 1;
    expect(clock.now()).toBe(1_000_001);
  });

  it('counts what passed and never goes back, whichever way it is set', () => {
    const { machine, clock } = onMachine();
    machine.at += 10;
    clock.advance('1s');
    expect(clock.elapsed()).toBe(1010);
    clock.advance('-1h');
    expect(clock.elapsed()).toBe(1010);
    clock.advance('5ms');
    expect(clock.elapsed()).toBe(1015);
  });

  it.each([Number.NaN, 'soon', new Date('never')])('is not set to %s, which is no moment', (moment) => {
    expect(() => onMachine().clock.set(moment)).toThrow(RangeError);
  });
});

describe('a length of time', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    ['+7m', 420_000],
    ['-1d', -86_400_000],
    [42, 42],
  ] as const)('%s', (span, ms) => expect(spanOf(span)).toBe(ms));

  it('is refused with what would have been one', () => {
    expect(() => spanOf('7 minutes' as '7m')).toThrow(
      'not a length of time: 7 minutes; write 250ms, 30s, 7m, 2h or 1d',
    );
  });
});

describe('the clock of one party', () => {
  it('is wrong by so much until it is set right, and nothing ages by that', () => {
    const { clock } = onMachine();
    const wrong = partyClock(clock);
    const setRight = wrong.skew(420_000);
    expect(wrong.now() - clock.now()).toBe(420_000);
    expect(wrong.elapsed()).toBe(0);
    clock.advance('1s');
    setRight();
    expect(wrong.now()).toBe(clock.now());
    expect(wrong.elapsed()).toBe(1000);
  });
});
