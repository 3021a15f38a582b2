// What joins the chains and lets them be cut: the records that say where chains ended, and up to where they were pruned.

import type { Store } from '../store/store.ts';
import { genesis } from './chain.ts';
import type { AuditRecord, ChainEnd } from './record.ts';
import { closeTrace, openTrace } from './trace.ts';

/** The record that chains ended like this at `now` (milliseconds). Cutting off what it names is found out from then on. */
export function checkpointRecord(ends: readonly ChainEnd[], now: number): AuditRecord {
  return { ...closeTrace(openTrace('audit.checkpoint', now)), checkpoint: ends };
}

/** The record that the oldest records were removed up to these, at `now` (milliseconds), because they had been kept long enough. */
export function pruneRecord(cut: readonly ChainEnd[], now: number): AuditRecord {
  return { ...closeTrace(openTrace('audit.prune', now)), pruned: cut };
}

/**
 * What has to be said when `removed` (in the order of `seq`) go: the last record of each chain among them. It need not be said
 * again when the statement itself leaves: a chain that it is about has no record after it whose beginning it would explain, since
 * those it had then were older, and a chain of which nothing is left does not go on.
 */
export function cutOf(removed: readonly ChainEnd[]): readonly ChainEnd[] {
  return [...new Map(removed.map(({ chain, seq, hash }) => [chain, { chain, seq, hash }])).values()];
}

/** Ends in one checkpoint: a large fleet takes turns instead of writing all of itself every time. */
const mostEnds = 64;

type Witnessed = Map<string, ChainEnd>;

/**
 * Looks where chains end, and writes a checkpoint of those that grew since this process last wrote or saw a checkpoint of
 * them. Growth by one checkpoint alone needs no witness: otherwise two idle processes would answer each other for ever.
 */
export function openCheckpoints(
  store: Pick<Store, 'chainEnds' | 'auditPage' | 'commit'>,
  now: () => number,
): () => Promise<void> {
  let witnessed: Witnessed | undefined;

  return async () => {
    const ends = await store.chainEnds();
    const known = witnessed ?? longWitnessed(ends);
    const seqOf = ({ chain }: ChainEnd) => known.get(chain)?.seq ?? 0;
    const grown = ends
      .filter((end) => end.seq > seqOf(end))
      .sort((a, b) => seqOf(a) - seqOf(b))
      .slice(0, mostEnds);
    const names = new Set(ends.map(({ chain }) => chain));
    const next = new Map([...known].filter(([chain]) => names.has(chain)));
    await readWitnesses(grown, next, store);
    const open = grown.filter((end) => isNews(end, next));
    if (open.length > 0) await store.commit({ spends: [], record: checkpointRecord(open, now()) });
    for (const end of open) next.set(end.chain, end);
    witnessed = next;
  };
}

/** At the first look all but the newest chains count as witnessed: there may be thousands, of processes that closed long ago. */
function longWitnessed(ends: readonly ChainEnd[]): Witnessed {
  const old = [...ends].sort((a, b) => b.seq - a.seq).slice(mostEnds);
  return new Map(old.map((end) => [end.chain, end]));
}

/**
 * Adds to `witnessed` what the checkpoints that these chains end with say of other chains (of its own chain a checkpoint is no
 * witness: it would be cut off with it), and those checkpoints themselves where nothing else was written before them.
 */
async function readWitnesses(
  ends: readonly ChainEnd[],
  witnessed: Witnessed,
  store: Pick<Store, 'auditPage'>,
): Promise<void> {
  const pages = await Promise.all(ends.map(({ seq }) => store.auditPage(seq - 1, 1)));
  const checkpoints = pages.flat().filter(({ record }) => record.checkpoint);
  for (const { chain, record } of checkpoints) {
    for (const end of record.checkpoint ?? []) {
      if (end.chain !== chain && isNews(end, witnessed)) witnessed.set(end.chain, end);
    }
  }
  for (const { chain, seq, hash, previous } of checkpoints) {
    if (previous === (witnessed.get(chain)?.hash ?? genesis)) witnessed.set(chain, { chain, seq, hash });
  }
}

const isNews = ({ chain, seq }: ChainEnd, witnessed: Witnessed) => seq > (witnessed.get(chain)?.seq ?? 0);
