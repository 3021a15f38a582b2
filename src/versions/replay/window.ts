// The records of the last days, found without reading all those before them.

import type { StoredAuditRecord } from '../../audit/record.ts';
import type { Store } from '../../store/store.ts';

export type Window = {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Records that are looked at, at most: the newest. */
  readonly most: number;
};

export type RecentRecords = {
  /** How many there are about: numbers may have gaps. */
  readonly about: number;
  /** True: there are more in the window than are looked at. */
  readonly cut: boolean;
  pages(): AsyncGenerator<readonly StoredAuditRecord[]>;
};

const pageSize = 500;

type Trail = Pick<Store, 'auditPage' | 'chainEnds'>;

/** Records written since, oldest first. */
export async function recentRecords(store: Trail, { since, most }: Window): Promise<RecentRecords> {
  const newest = Math.max(0, ...(await store.chainEnds()).map(({ seq }) => seq));
  const before = await lastBefore(since, newest, store);
  const after = Math.max(before, newest - most);
  return { about: newest - after, cut: after > before, pages: () => pagesAfter(after, store) };
}

/** The number after which records are of the window: they stand in the order they were written, so half of them is left out at each look. */
async function lastBefore(since: number, newest: number, store: Trail): Promise<number> {
  let [low, high] = [0, newest];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [next] = await store.auditPage(middle, 1);
    if (next === undefined || next.record.at >= since) high = middle;
    else low = next.seq;
  }
  return low;
}

async function* pagesAfter(after: number, store: Trail): AsyncGenerator<readonly StoredAuditRecord[]> {
  let last = after;
  for (;;) {
    const page = await store.auditPage(last, pageSize);
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    last = page.at(-1)?.seq ?? last;
  }
}
