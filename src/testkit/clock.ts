// The clock of a world: that of the machine until a test sets it or moves it; from then on it stands still between moves.

/** A moment: milliseconds since the epoch, a Date, or a text that Date understands, such as `2027-06-30T12:00:00Z`. */
export type Moment = number | Date | string;

/** A length of time: milliseconds, or a number with a unit such as `250ms`, `30s`, `7m`, `2h`, `1d`. */
export type Span = number | `${number}${Unit}`;

export type Unit = 'ms' | 's' | 'm' | 'h' | 'd';

/** What everybody in a world reads the time from. */
export type WorldClock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Whole seconds since the epoch, as tokens tell time. */
  seconds(): number;
  /** Milliseconds that only ever grow: what is cached ages by them, and a clock that is set back makes nothing young. */
  elapsed(): number;
  /** Stands at this moment from now on. Throws a RangeError when it is none. */
  set(to: Moment): void;
  /** Moves on by this much, or back with a minus, and stands there. */
  advance(by: Span): void;
  /** Runs with the machine again, as at the start. */
  release(): void;
};

/** Asked anew each time, so that a test framework can put another clock in its place. */
export const machineTime = () => Date.now();

/** `machine`: what it follows as long as nobody set it. */
export function worldClock(machine: () => number = machineTime): WorldClock {
  let standing: number | undefined;
  let seen = machine();
  let passed = 0;
  const now = () => standing ?? machine();
  const elapsed = () => {
    const at = now();
    passed += Math.max(0, at - seen);
    seen = at;
    return passed;
  };
  const stand = (at: number | undefined) => {
    elapsed();
    standing = at;
    elapsed();
  };
  return {
    now,
    seconds: () => Math.floor(now() / 1000),
    elapsed,
    set: (to) => stand(momentOf(to)),
    advance: (by) => stand(now() + spanOf(by)),
    release: () => stand(undefined),
  };
}

/** Milliseconds since the epoch. Throws a RangeError for what is no moment. */
export function momentOf(moment: Moment): number {
  const at = typeof moment === 'number' ? moment : new Date(moment).getTime();
  if (!Number.isFinite(at)) throw new RangeError(`not a moment: ${String(moment)}`);
  return at;
}

const units: Readonly<Record<Unit, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds. Throws a RangeError for what is no length of time. */
export function spanOf(span: Span): number {
  if (typeof span === 'number') return span;
  const [, count = '', unit = ''] = /^([+-]?\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(span) ?? [];
  if (count === '') throw new RangeError(`not a length of time: ${span}; write 250ms, 30s, 7m, 2h or 1d`);
  return Number(count) * units[unit as Unit];
}
