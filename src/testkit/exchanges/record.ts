// Records exchanges while they happen: on the way out of a client, or at the doors of a world.

import { machineTime } from '../clock.ts';
import type { Filter } from '../filters.ts';
import type { Fetch } from '../http.ts';
import { type ExchangeFixture, fixtureKind } from './fixture.ts';
import { openMasks } from './mask.ts';
import { overheard, type RawExchange } from './raw.ts';

export type Recording = {
  /** What was recorded so far, fit to be written to a file: `JSON.stringify(recording.fixture(), null, 2)`. */
  fixture(): ExchangeFixture;
};

export type RecordOptions = {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** What an origin is called in the fixture, for those that are another each time, such as loopback ports. */
  readonly origins?: Readonly<Record<string, string>>;
};

export type Recorder = Recording & {
  /** For the client: leads on, and remembers. */
  readonly fetch: Fetch;
};

/** A recorder in front of `send`, the `fetch` that really leads somewhere. */
export function recordExchanges(send: Fetch, options: RecordOptions = {}): Recorder {
  const kept = keepExchanges(options);
  return {
    fixture: kept.fixture,
    fetch: (input, init) => overheard(new Request(input, init), (request) => send(request), kept.add),
  };
}

/** What a filter of a site hears. What brokers and resources ask each other is left out: a client never sees it. */
export function recordingFilter(options: RecordOptions): Recording & { readonly filter: Filter } {
  const kept = keepExchanges(options);
  return {
    fixture: kept.fixture,
    filter: (request, next) =>
      request.headers.get('user-agent') === 'crossgrant' ? next(request) : overheard(request, next, kept.add),
  };
}

function keepExchanges({ now = machineTime, origins = {} }: RecordOptions) {
  const recordedAt = new Date(now()).toISOString();
  const raw: RawExchange[] = [];
  return {
    add: (exchange: RawExchange) => void raw.push(exchange),
    fixture(): ExchangeFixture {
      const masks = openMasks(origins);
      // A secret may stand in a text before it stands where it is known by its name: the first pass learns them all.
      for (const exchange of raw) masks.exchange(exchange);
      const exchanges = raw.map(masks.exchange);
      return { kind: fixtureKind, recordedAt, values: masks.values(), exchanges };
    },
  };
}
