// The time to forget by: what is dropped because a clock jumped ahead would be missing once it is set right.

/** Milliseconds that `now` may gain on the clock between two readings: slewing and rounding, never an hour. */
const slack = 60_000;

/** A jump that holds this long (milliseconds) is believed: nobody has set the clock back. */
const patience = 86_400_000;

/**
 * Follows `now` (milliseconds since the epoch), except for a jump ahead of `clock` (milliseconds, never going back): then it goes
 * on from where it was, for a day. Single-use keys that were swept for an hour of a wrong clock could be used again after it, and
 * an audit trail pruned in the year 2106 is gone. `doubted` is told once of each jump.
 */
export function patientTime(now: () => number, clock: () => number, doubted: (jumpMs: number) => void): () => number {
  let known = { time: now(), at: clock() };
  let doubtedAt: number | undefined;
  return () => {
    const [time, at] = [now(), clock()];
    const expected = known.time + (at - known.at);
    const jump = time - expected;
    if (jump > slack && (doubtedAt === undefined || at - doubtedAt < patience)) {
      if (doubtedAt === undefined) doubted(jump);
      doubtedAt ??= at;
      return expected;
    }
    doubtedAt = undefined;
    known = { time, at };
    return time;
  };
}
