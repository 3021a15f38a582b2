// Asks the person at the terminal, one line at a time.

import { createInterface } from 'node:readline/promises';

export type Terminal = { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };

/** Asks and resolves with the line; rejects when `signal` aborts, on Ctrl-C, or when the input ends (Ctrl-D). */
export async function askOnTerminal(question: string, terminal: Terminal, signal: AbortSignal): Promise<string> {
  const lines = createInterface(terminal);
  const ended = new AbortController();
  for (const end of ['close', 'SIGINT'] as const) lines.once(end, () => ended.abort());
  try {
    return await lines.question(question, { signal: AbortSignal.any([signal, ended.signal]) });
  } catch {
    throw new Error('stopped before every question was answered; nothing was written');
  } finally {
    lines.close();
  }
}
