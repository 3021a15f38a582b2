// A server that takes tokens, and what it takes to make them: good ones, bad ones of the catalogue, and one's own.

import { setTimeout as wait } from 'node:timers/promises';
import { suggest } from '../config/nearest.ts';
import {
  badOf,
  controls,
  type Entry,
  freshKey,
  type Kind,
  type Made,
  type Mint,
  mintFor,
  type Result,
  type RunOptions,
  runCorpus,
  strangers,
  type Target,
} from '../corpus/index.ts';
import { missing } from '../corpus/needs.ts';
import { presenter } from '../corpus/present.ts';
import { type Fetch, type HttpAnswer, parseObject } from './http.ts';
import { type Outcome, outcomeOf, type Recall } from './outcome.ts';
import type { Changes } from './tokens.ts';

export type Receiving = {
  /** Kinds of token it takes here. */
  readonly kinds: readonly Kind[];
  /** Every entry of the catalogue for these kinds that can be tried here: tokens to refuse, and good ones. */
  readonly entries: readonly Entry[];
  /** A good token of a kind; `claims` and `header` replace members, undefined takes one away. */
  token(kind: Kind, claims?: Changes, header?: Changes): string;
  /** The token an entry of the catalogue makes, wrong in the one way it is named after; of several the last. */
  bad(id: string): string;
  /** The tools of the catalogue for this place and moment. */
  mint(kind: Kind): Mint;
  /** Presents what an entry makes, an own one or one of the catalogue by its id such as `id_jag/alg/none`. */
  present(entry: string | Entry): Promise<Outcome>;
  /** Presents one after the other and judges each; default: all of them. */
  try(entries?: readonly Entry[], options?: RunOptions): Promise<readonly Result[]>;
};

export type ReceivingTarget = Omit<Target, 'fetch'> & { readonly fetch: Fetch };

/** The targets of one server, each for kinds of its own. */
export function receivingAt(targets: readonly ReceivingTarget[], recall: Recall): Receiving {
  const keys = { holder: freshKey(), stranger: strangers() };
  const kinds = [...new Set(targets.flatMap(({ takes }) => takes))];
  const entries = kinds.flatMap((kind) =>
    [...controls.filter((entry) => entry.kind === kind), ...badOf(kind)].filter(
      (entry) => missing(entry, targetOf(kind, targets)) === undefined,
    ),
  );
  const mint: Receiving['mint'] = (kind) => {
    const target = targetOf(kind, targets);
    return mintFor(kind, { ...target, ...keys, now: target.now() });
  };
  return {
    kinds,
    entries,
    mint,
    token: (kind, claims, header) => mint(kind).token(claims, header),
    bad(id) {
      const entry = entryOf(id);
      return lastToken(entry.make(mint(entry.kind)));
    },
    async present(named) {
      const entry = typeof named === 'string' ? entryOf(named) : named;
      const target = targetOf(entry.kind, targets);
      const why = missing(entry, target);
      if (why !== undefined) throw new Error(`${entry.id} cannot be tried here: ${why}`);
      const heard = hearing(target.fetch);
      await presenter({ ...target, fetch: heard.fetch }, { ...keys, patienceMs: 0, sleep: wait })(entry);
      return outcomeOf(heard.last(), target.server.issuer, recall);
    },
    try: async (chosen = entries, options = {}) => {
      const results = await Promise.all(
        kinds.map((kind) =>
          runCorpus(
            chosen.filter((entry) => entry.kind === kind),
            targetOf(kind, targets),
            options,
          ),
        ),
      );
      return results.flat();
    },
  };
}

function targetOf(kind: Kind, targets: readonly ReceivingTarget[]): ReceivingTarget {
  const found = targets.find(({ takes }) => takes.includes(kind));
  if (found !== undefined) return found;
  throw new Error(`no ${kind} is taken here, only ${targets.flatMap(({ takes }) => takes).join(', ')}`);
}

function lastToken(made: Made): string {
  const several = typeof made === 'string' || 'token' in made ? [made] : made;
  const last = several.at(-1);
  if (last === undefined) throw new Error('this entry makes nothing');
  return typeof last === 'string' ? last : last.token;
}

/** Throws an Error that names one the id is near to. */
export function entryOf(id: string): Entry {
  const [kind] = id.split('/') as [Kind];
  const entries: readonly Entry[] = [...controls, ...badOf(kind)];
  const found = entries.find((entry) => entry.id === id);
  if (found !== undefined) return found;
  const near = suggest(
    id,
    entries.map((entry) => entry.id),
  );
  throw new Error(`the catalogue has no ${id}${near ? `; ${near}` : ''}`);
}

/** Remembers the last answer. */
function hearing(send: Fetch) {
  let last: HttpAnswer | undefined;
  return {
    fetch: async (url: string, request: RequestInit) => {
      const { status, headers, ...response } = await answered(await send(url, request));
      last = { status, headers, body: parseObject(response.text) };
      return { status, headers, text: async () => response.text };
    },
    last(): HttpAnswer {
      if (last === undefined) throw new Error('nobody answered');
      return last;
    },
  };
}

async function answered(response: Response) {
  return { status: response.status, headers: response.headers, text: await response.text() };
}
