// Answers a client from recorded exchanges; nothing is sent anywhere, and what was not recorded fails.

import { AssertionError } from 'node:assert';
import { machineTime } from '../clock.ts';
import type { Fetch } from '../http.ts';
import { followRedirects } from '../redirects.ts';
import { type ExchangeFixture, type KeptExchange, type KeptResponse, readFixture } from './fixture.ts';
import { compareRequest } from './match.ts';
import type { RawExchange } from './raw.ts';
import { type ReplayValues, replayValues } from './values.ts';

export type Replay = {
  /** For the client. Rejects for a request that was not recorded. */
  readonly fetch: Fetch;
  /** Throws an AssertionError for every unexpected request, and for recorded ones that never came. */
  finish(): void;
};

export type ReplayOptions = {
  /** Milliseconds since the epoch: tokens are as old and live as long as when they were recorded. */
  readonly now?: () => number;
};

/**
 * Each recorded exchange answers once, to the first request that fits it. Tokens are signed anew with keys that the replayed key
 * sets have; what the client makes up anew each time (assertions, proofs, `state`) may differ, all else may not.
 */
export function replayExchanges(fixture: ExchangeFixture, { now = machineTime }: ReplayOptions = {}): Replay {
  const { recordedAt, exchanges } = readFixture(fixture);
  const values = replayValues(fixture, Math.round((now() - Date.parse(recordedAt)) / 1000));
  const left = [...exchanges];
  const unexpected: string[] = [];
  const answerTo = async (request: Request): Promise<Response> => {
    const sent = await read(request);
    const found = left.find((exchange) => take(exchange, sent, values));
    if (found === undefined) {
      const told = unexpectedRequest(sent, left, values);
      unexpected.push(told);
      throw new TypeError(told);
    }
    left.splice(left.indexOf(found), 1);
    return answer(found.response, values);
  };
  return {
    fetch: (input, init) => followRedirects(new Request(input, init), answerTo),
    finish() {
      const missing = left.map(({ request }) => `${request.method} ${request.url} was recorded and never came`);
      const told = [...unexpected, ...missing];
      if (told.length > 0) throw new AssertionError({ message: told.join('\n') });
    },
  };
}

async function read(request: Request): Promise<RawExchange['request']> {
  const { method, url, headers } = request;
  return { method, url, headers: Object.fromEntries(headers), body: await request.text() };
}

/** True when it fits; what the client says by it counts from now on. */
function take({ request }: KeptExchange, sent: RawExchange['request'], values: ReplayValues): boolean {
  const { says, differences } = compareRequest(request, sent, values);
  if (differences.length > 0) return false;
  for (const [name, value] of says) values.bind(name, value);
  return true;
}

function answer({ status, headers, json, text, form }: KeptResponse, values: ReplayValues): Response {
  const filled = values.filled(headers) as Record<string, string>;
  const body = json === undefined ? (form ? '' : values.filled(text ?? '')) : JSON.stringify(values.filled(json));
  return new Response(body === '' ? null : String(body), { status, headers: filled });
}

/** The request, and how it differs from the recorded one that is nearest. */
function unexpectedRequest(sent: RawExchange['request'], left: readonly KeptExchange[], values: ReplayValues): string {
  const { origin, pathname } = new URL(sent.url);
  const what = `${sent.method} ${origin}${pathname} was not recorded`;
  const [nearest] = left
    .map(({ request }) => ({ request, ...compareRequest(request, sent, values) }))
    .sort((one, other) => one.differences.length - other.differences.length);
  if (nearest === undefined) return `${what}: every recorded request has come already`;
  const { request, differences } = nearest;
  return [`${what}; the nearest is ${request.method} ${request.url}:`, ...differences.map((line) => `  ${line}`)].join(
    '\n',
  );
}
