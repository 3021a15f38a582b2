// The clock of a partner beside ours: both sides judge the times in each other's tokens.

import { limits } from '../../protocol/limits.ts';
import type { Say } from '../say.ts';
import type { Said } from '../types.ts';

/** `offset`: milliseconds it is ahead of ours; undefined when its server does not tell. */
export function clockSaid(offset: number | undefined, contact: string, say: Say): readonly Said[] {
  if (offset === undefined) return [];
  const seconds = Math.round(Math.abs(offset) / 1000);
  if (seconds < limits.clockBehind) return [say.ok('its clock is as ours')];
  const found = `its clock is ${seconds} s ${offset > 0 ? 'ahead of' : 'behind'} ours`;
  const remedy = `compare the clock of this machine with a time server, then tell ${contact}`;
  // Past that what the one issues lies in the future of the other (FAPI 2.0 §5.3.2.1).
  return [
    seconds > limits.clockAhead
      ? say.error(`${found}: new tokens are refused for their times`, remedy)
      : say.warning(found, remedy),
  ];
}
