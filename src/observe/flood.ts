// Bounds how often the log says the same: a flood of requests must not become a flood of lines, and none goes uncounted.

import { limits } from '../protocol/limits.ts';

/** Writes a line, or keeps it back. `key` is the same for lines that say the same; `tell` writes how many were kept back. */
export type FloodGate = (key: string, write: () => void, tell: (suppressed: number) => void) => void;

type Said = { times: number; suppressed: number; readonly tell: (suppressed: number) => void };

/** `later` calls back once, after a second; the process may end before. */
export function floodGate(later: (work: () => void) => void = inASecond): FloodGate {
  let said = new Map<string, Said>();

  const begin = () => {
    const before = said;
    said = new Map();
    for (const { suppressed, tell } of before.values()) if (suppressed > 0) tell(suppressed);
  };
  return (key, write, tell) => {
    if (said.size === 0) later(begin);
    const line = said.get(key) ?? { times: 0, suppressed: 0, tell };
    said.set(key, line);
    line.times += 1;
    if (line.times <= limits.logRepeats) write();
    else line.suppressed += 1;
  };
}

function inASecond(work: () => void): void {
  setTimeout(work, 1000).unref();
}
