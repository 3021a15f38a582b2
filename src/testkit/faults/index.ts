// Every fault by its name, and what inflicts one and takes it back.

import { suggest } from '../../config/nearest.ts';
import type { Span } from '../clock.ts';
import { answersWrong, faultManners, faultPlaces } from './answers.ts';
import {
  issuedTokenType,
  jwksDuplicateKid,
  jwksEmpty,
  jwksPrivateKey,
  metadataIssuer,
  tokenType,
} from './documents.ts';
import { kidReused, replaced, rotate } from './keys.ts';
import { clientSuspended, clockSkew, replay, subjectSuspended, suspended } from './others.ts';
import type { Fault, FaultKind, FaultName, OddFault, Party, Undo } from './types.ts';

const odd: Readonly<Record<OddFault, FaultKind>> = {
  'keys rotate': rotate,
  'keys replaced': replaced,
  'kid reused': kidReused,
  'jwks empty': jwksEmpty,
  'jwks duplicate kid': jwksDuplicateKid,
  'jwks private key leaked': jwksPrivateKey,
  'metadata wrong issuer': metadataIssuer,
  'token endpoint wrong issued_token_type': issuedTokenType,
  'token endpoint wrong token_type': tokenType,
  'connection reset mid-answer': answersWrong('everything', 'reset mid-answer'),
  replay,
};

const places: Readonly<Record<string, FaultKind>> = Object.fromEntries(
  faultPlaces.flatMap((place) => faultManners.map((how) => [`${place} ${how}`, answersWrong(place, how)])),
);

const known: Readonly<Record<string, FaultKind>> = { ...odd, ...places };

/** Every fault there is, with what it does. Those with something of yours in their name are shown with an example. */
export const faults: readonly { readonly name: FaultName; readonly what: string }[] = [
  ...(Object.entries(known) as [FaultName, FaultKind][]).map(([name, { what }]) => ({ name, what })),
  { name: 'clock +7m', what: clockSkew('+7m').what },
  { name: 'partner suspended', what: suspended().what },
  { name: 'partner suspended: acme', what: suspended('acme').what },
  { name: 'client suspended: acme-travel', what: clientSuspended('acme-travel').what },
  { name: 'subject suspended: acme|alice', what: subjectSuspended('acme|alice').what },
];

function kindOf(name: string): FaultKind | undefined {
  const kind = Object.hasOwn(known, name) ? known[name] : undefined;
  if (kind !== undefined) return kind;
  const [, by] = /^clock ([+-]\d+(?:\.\d+)?(?:ms|s|m|h|d))$/.exec(name) ?? [];
  if (by !== undefined) return clockSkew(by as Span);
  const [suspends, partner] = /^partner suspended(?:: (.+))?$/.exec(name) ?? [];
  if (suspends !== undefined) return suspended(partner);
  const [, what, whom] = /^(client|subject) suspended: (.+)$/.exec(name) ?? [];
  if (whom === undefined) return undefined;
  return what === 'client' ? clientSuspended(whom) : subjectSuspended(whom);
}

/** What is to be said of a name that no fault has; undefined where one has it. */
export function noSuchFault(name: string): string | undefined {
  if (kindOf(name) !== undefined) return undefined;
  const names = faults.map((fault) => fault.name);
  const near = suggest(name, names);
  return `there is no fault called "${name}"${near ? `; ${near}` : ''}`;
}

export type Faults = {
  /** Rejects for a name there is none of, and where the fault cannot befall this party. */
  inflict(party: Party, name: FaultName): Promise<Fault>;
  /** Takes back whatever is still wrong, the newest first. */
  heal(): Promise<void>;
};

export function openFaults(): Faults {
  const active = new Set<Fault>();
  return {
    async inflict(party, name) {
      const kind = kindOf(name);
      if (kind === undefined) throw new Error(noSuchFault(name));
      const meetings = countMeetings();
      const undo = await kind.inflict(party, meetings.met);
      const fault = faultOf(name, meetings, undo, () => active.delete(fault));
      active.add(fault);
      return fault;
    },
    async heal() {
      for (const fault of [...active].reverse()) await fault.undo();
    },
  };
}

function countMeetings() {
  let hits = 0;
  const waiting = new Set<() => void>();
  return {
    hits: () => hits,
    met() {
      hits += 1;
      for (const told of waiting) told();
      waiting.clear();
    },
    first: () => (hits > 0 ? Promise.resolve() : new Promise<void>((told) => waiting.add(told))),
  };
}

function faultOf(name: FaultName, meetings: ReturnType<typeof countMeetings>, put: Undo, gone: () => void): Fault {
  let undoing: Promise<void> | undefined;
  const undo = () => {
    gone();
    undoing ??= Promise.resolve(put());
    return undoing;
  };
  return {
    name,
    get hits() {
      return meetings.hits();
    },
    hit: meetings.first,
    undo,
    [Symbol.asyncDispose]: undo,
  };
}
