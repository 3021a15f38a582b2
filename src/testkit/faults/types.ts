// What a fault is: something that goes wrong with one party, by name, and how it is put right again.

import type { RunningBroker } from '../broker.ts';
import type { Unit } from '../clock.ts';
import type { Site } from '../http.ts';
import type { TestKey } from '../keys.ts';
import type { PartyClock } from '../party-clock.ts';

/** The keys of whoever issues tokens. */
export type PartyKeys = {
  /** The algorithm and the id of the key that signs now. */
  current(): Pick<TestKey, 'alg' | 'kid'>;
  /** A new key signs; the ones before it stay published. */
  rotate(): Promise<Undo>;
  /** A new key signs, and is all that is published. */
  replace(key: TestKey): Undo;
};

/** Somebody in a world: a broker, an identity provider, or the resources of a domain. */
export type Party = {
  /** As messages call it, such as `contoso` or `acme.login`. */
  readonly name: string;
  readonly origin: string;
  readonly site: Pick<Site, 'filter'>;
  readonly clock: PartyClock;
  readonly keys?: PartyKeys;
  readonly broker?: RunningBroker;
};

export type Undo = () => void | Promise<void>;

/** The parts of a party that requests go to. */
export type Place = 'jwks' | 'metadata' | 'token endpoint' | 'introspection' | 'everything';

/** How it answers there. */
export type Manner =
  | '500'
  | '503'
  | 'HTML'
  | '10 MB'
  | 'slow'
  | 'truncated JSON'
  | 'redirect'
  | 'reset mid-answer'
  | 'hangs up';

/** What can go wrong at any party; `jwks 503`, `clock +7m`, `partner suspended: acme` … */
export type FaultName =
  | `${Place} ${Manner}`
  | `clock ${'+' | '-'}${number}${Unit}`
  | `partner suspended${'' | `: ${string}`}`
  | `client suspended: ${string}`
  | `subject suspended: ${string}`
  | OddFault;

/** Faults that are of no such family; the list is in index.ts. */
export type OddFault =
  | 'keys rotate'
  | 'keys replaced'
  | 'kid reused'
  | 'jwks empty'
  | 'jwks duplicate kid'
  | 'jwks private key leaked'
  | 'metadata wrong issuer'
  | 'token endpoint wrong issued_token_type'
  | 'token endpoint wrong token_type'
  | 'connection reset mid-answer'
  | 'replay';

/** Told when a request met the fault. */
export type Met = () => void;

/** One kind of fault: `inflict` throws an Error where it cannot befall this party. */
export type FaultKind = {
  /** What happens, in a clause. */
  readonly what: string;
  readonly inflict: (party: Party, met: Met) => Undo | Promise<Undo>;
};

/** A fault that was inflicted. `await using fault = await …` takes it back at the end of the block. */
export type Fault = AsyncDisposable & {
  readonly name: FaultName;
  /** Requests that met it so far; 0 for a fault that is not about requests. */
  readonly hits: number;
  /** Resolves when the first request has met it. */
  hit(): Promise<void>;
  /** Puts everything right again; a second time does nothing. */
  undo(): Promise<void>;
};
