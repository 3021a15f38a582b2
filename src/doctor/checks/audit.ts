// The audit trail: its newest records are what was written, and the chains end where the store says.

import { faultInStretch } from '../../audit/chain.ts';
import { counted, sayOf } from '../say.ts';
import type { DoctorCheck } from '../types.ts';

/** Enough to see a hand in it soon, and read in a moment; `crossgrant audit verify` walks through all. */
const newest = 1000;

const { ok, error } = sayOf('audit trail');
const remedy = 'keep a copy of the store as it is; `crossgrant audit verify` walks through all records';

export const audit: DoctorCheck = {
  area: 'audit trail',
  async look({ store }) {
    if (store === undefined) return [];
    const ends = await store.chainEnds();
    const last = Math.max(0, ...ends.map(({ seq }) => seq));
    const records = await store.auditPage(Math.max(0, last - newest), newest);
    const fault = faultInStretch(records);
    if (fault)
      return [error(`record ${fault.seq} of chain ${fault.chain} is not what was written (${fault.fault})`, remedy)];
    const known = new Map(records.map(({ seq, hash }) => [seq, hash]));
    const lost = ends.find(({ seq, hash }) => seq > last - newest && known.get(seq) !== hash);
    if (lost) return [error(`chain ${lost.chain} does not end with record ${lost.seq}, as the store says`, remedy)];
    return [ok(`the newest ${counted(records.length, 'record')}: as written`)];
  },
};
