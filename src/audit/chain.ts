// The hash chains through the audit records: each hash covers the one before, so no row changes, leaves or moves unseen.

import { hash, randomBytes } from 'node:crypto';
import { canonicalize } from './canonical.ts';
import type { AuditRecord, ChainEnd, StoredAuditRecord } from './record.ts';

/** What stands for the hash before the first record: 32 zero bytes in base64url. */
export const genesis = 'A'.repeat(43);

/** The name of a new chain: 12 hex digits of the time of its first record (milliseconds), then 12 that nobody else takes. */
export function chainName(at: number): string {
  return at.toString(16).padStart(12, '0') + randomBytes(6).toString('hex');
}

/** The canonical JSON of a record: what is written, and what its hash covers. A record is kept even if JSON cannot say all of it. */
export function canonicalRecord(record: AuditRecord): string {
  try {
    return canonicalize(record);
  } catch {
    return canonicalize(JSON.parse(JSON.stringify(record)));
  }
}

/** SHA-256 (base64url) over the hash before and a canonical record. All hashes are 43 characters, so nothing parts the two. */
export function linkHash(previous: string, canonical: string): string {
  return hash('sha256', previous + canonical, 'base64url');
}

/** The hash of `record` when it follows the record whose hash is `previous`. */
export function hashRecord(previous: string, record: AuditRecord): string {
  return linkHash(previous, canonicalRecord(record));
}

/** Where a chain ends, and when its last record was written (milliseconds): what an operator keeps elsewhere. */
export type ChainHead = ChainEnd & { readonly at: number };

/**
 * What does not fit:
 * `changed`: the record is not what its hash covers;
 * `unlinked`: it does not follow the record before it, or begins a chain that no cut explains: records were removed, added or moved;
 * `missing`: a checkpoint, or a head kept elsewhere, saw this record, and it is gone;
 * `left behind`: it stands before a cut, where nothing is left once records left in their order.
 */
type FaultKind = 'changed' | 'unlinked' | 'missing' | 'left behind';

/** The first record that does not fit. `expected` and `received` are hashes, or `nothing`. */
export type ChainFault = {
  readonly ok: false;
  readonly fault: FaultKind;
  readonly chain: string;
  readonly seq: number;
  readonly expected: string;
  readonly received: string;
};

/** Where each chain ends, and up to where chains were cut by retention (`cuts`, the latest of each chain). */
export type ChainsFit = {
  readonly ok: true;
  readonly count: number;
  readonly heads: readonly ChainHead[];
  readonly cuts: readonly ChainEnd[];
};

export type ChainVerdict = ChainsFit | ChainFault;

/** The record with this number, of whichever chain. */
export type Recall = (seq: number) => Promise<Pick<StoredAuditRecord, 'chain' | 'hash'> | undefined>;

type Walk = {
  count: number;
  readonly heads: Map<string, ChainHead>;
  /** First records of chains whose beginning is not there. */
  readonly starts: StoredAuditRecord[];
  /** What checkpoints saw and was not the end of its chain any more when the walk came to the checkpoint. */
  readonly claims: ChainEnd[];
  readonly cuts: ChainEnd[];
  /** By number; only for a walk that cannot recall. */
  readonly seen: Map<number, ChainEnd> | undefined;
  first: ChainEnd | undefined;
};

const emptyWalk = (seen: Walk['seen']): Walk => ({
  count: 0,
  heads: new Map(),
  starts: [],
  claims: [],
  cuts: [],
  seen,
  first: undefined,
});

/**
 * Walks the records of all chains in the order of `seq`. Finds changed, removed, added and reordered records; records cut off
 * at the end of a chain as far as a checkpoint saw them. What nobody saw is found only by heads kept elsewhere.
 * Looks up what a checkpoint saw long ago with `recall`; without it the walk keeps every hash in memory.
 */
export async function verifyChain(
  records: AsyncIterable<StoredAuditRecord> | Iterable<StoredAuditRecord>,
  recall?: Recall,
): Promise<ChainVerdict> {
  const walk = emptyWalk(recall ? undefined : new Map());
  for await (const stored of records) {
    const fault = follow(walk, stored);
    if (fault) return fault;
  }
  const known = recall ?? ((seq: number) => Promise.resolve(walk.seen?.get(seq)));
  const fault = unexplainedStart(walk) ?? (await leftBehind(walk, known)) ?? (await missingClaim(walk, known));
  return fault ?? { ok: true, count: walk.count, heads: [...walk.heads.values()], cuts: latest(walk.cuts) };
}

/** The first record of a stretch that is not what was written, or does not follow its neighbour; what lies before is not looked at. */
export function faultInStretch(records: Iterable<StoredAuditRecord>): ChainFault | undefined {
  const walk = emptyWalk(undefined);
  for (const stored of records) {
    const fault = follow(walk, stored);
    if (fault) return fault;
  }
  return undefined;
}

/** Takes the next record: it must be what its hash covers, and follow the record before it in its chain. */
function follow(walk: Walk, stored: StoredAuditRecord): ChainFault | undefined {
  const { chain, seq, previous, hash: received, record } = stored;
  const before = walk.heads.get(chain);
  if (before && previous !== before.hash) {
    return { ok: false, fault: 'unlinked', chain, seq, expected: before.hash, received: previous };
  }
  if (!before && previous !== genesis) walk.starts.push(stored);
  const expected = hashRecord(previous, record);
  if (received !== expected) return { ok: false, fault: 'changed', chain, seq, expected, received };
  walk.count += 1;
  const end = { chain, seq, hash: received };
  walk.first ??= end;
  walk.seen?.set(seq, end);
  walk.heads.set(chain, { ...end, at: record.at });
  walk.cuts.push(...chainEndsIn(record.pruned));
  walk.claims.push(
    ...chainEndsIn(record.checkpoint).filter((claim) => walk.heads.get(claim.chain)?.hash !== claim.hash),
  );
  return undefined;
}

/** Whatever was written into a database; a hash over nonsense is easily made. */
function chainEndsIn(ends: unknown): readonly ChainEnd[] {
  if (!Array.isArray(ends)) return [];
  return ends.filter((end) => typeof end?.chain === 'string' && typeof end.seq === 'number');
}

/** A chain begins at its genesis, or where a statement of a record says that it was cut. */
function unexplainedStart({ starts, cuts }: Walk): ChainFault | undefined {
  const known = new Set(cuts.map(({ chain, hash: end }) => `${chain} ${end}`));
  const start = starts.find(({ chain, previous }) => !known.has(`${chain} ${previous}`));
  return (
    start && {
      ok: false,
      fault: 'unlinked',
      chain: start.chain,
      seq: start.seq,
      expected: genesis,
      received: start.previous,
    }
  );
}

/** Records leave in the order of `seq`: a cut that spares older ones is made up, to explain a hole. Unless they left meanwhile. */
async function leftBehind({ first, cuts }: Walk, recall: Recall): Promise<ChainFault | undefined> {
  if (first === undefined || first.seq > floorOf(cuts) || !(await recall(first.seq))) return undefined;
  return { ok: false, fault: 'left behind', ...first, expected: 'nothing', received: first.hash };
}

/** What a checkpoint saw is there, or left with the oldest. */
async function missingClaim({ claims, cuts }: Walk, recall: Recall): Promise<ChainFault | undefined> {
  const floor = floorOf(cuts);
  for (const claim of claims) {
    const lost = claim.seq > floor ? await missing(claim, recall) : undefined;
    if (lost) return lost;
  }
  return undefined;
}

/** A fault when the record that somebody saw is not there, or is another one. */
export async function missing(
  { chain, seq, hash: expected }: ChainEnd,
  recall: Recall,
): Promise<ChainFault | undefined> {
  const stored = await recall(seq);
  const received = stored?.chain === chain ? stored.hash : 'nothing';
  if (received === expected) return undefined;
  return { ok: false, fault: 'missing', chain, seq, expected, received };
}

const floorOf = (cuts: readonly ChainEnd[]) => cuts.reduce((floor, { seq }) => Math.max(floor, seq), 0);

function latest(cuts: readonly ChainEnd[]): readonly ChainEnd[] {
  const byChain = new Map<string, ChainEnd>();
  for (const cut of cuts) if (cut.seq > (byChain.get(cut.chain)?.seq ?? 0)) byChain.set(cut.chain, cut);
  return [...byChain.values()];
}
