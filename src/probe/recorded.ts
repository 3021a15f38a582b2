// What is recorded of a probe: before the first grant leaves that it begins, and at its end how many left and what came of it.

import { printableText } from '../audit/printable.ts';
import type { AuditRecord, RecordedProbe } from '../audit/record.ts';
import { closeTrace, note, openTrace } from '../audit/trace.ts';
import type { Store } from '../store/store.ts';
import { aClient, aDomain } from '../token/policy/suspension.ts';
import { NotForProbing } from './subject.ts';
import type { Probed } from './target.ts';
import type { ProbeReport, Sent } from './types.ts';

/** What is probed, on whose order. */
export type ProbeOrder = {
  /** The domain, by name. */
  readonly domain: string;
  readonly author: string;
  readonly reason: string | null;
  /** Every bad grant of the corpus is tried. */
  readonly all: boolean;
  /** What is seen of its habits is written into the file of the domain. */
  readonly write: boolean;
};

/** `unrecorded`: why its end is not in the audit trail; null: it is. The partner was asked all the same, so the report stands. */
export type RecordedReport = ProbeReport & { readonly traceId: string; readonly unrecorded: string | null };

/**
 * Probes, with a record before and one after, under one trace id. A probe that broke off has its end recorded too, and then
 * throws; a start without an end is of a process that could not write it any more. Throws NotForProbing, before anything is
 * sent, when the store knows of a suspension that this process had not heard of.
 */
export async function probeOnRecord(
  order: ProbeOrder,
  probed: Pick<Probed, 'client' | 'rule' | 'server' | 'now'>,
  store: Pick<Store, 'commit'>,
  run: (sent: Sent) => Promise<ProbeReport>,
): Promise<RecordedReport> {
  const start = recordOf(order, probed);
  const { traceId, probe } = start;
  const sent = { good: 0, bad: 0 };
  /** Resolves with why it is not recorded, or null. */
  const end = (told: Partial<RecordedProbe>) => {
    const record = { ...start, action: 'probe.result', at: probed.now(), probe: { ...probe, sent, ...told } };
    return store.commit({ spends: [], record }).then(() => null, messageOf);
  };
  const unlessSuspended = [aDomain(probed.server.issuer), aClient(probed.client)];
  const begun = await store.commit({ spends: [], unlessSuspended, record: start });
  if (begun.outcome === 'suspended') throw new NotForProbing(`${order.domain} or ${probed.client} was just suspended`);
  const count: Sent = (expect) => {
    sent[expect === 'accept' ? 'good' : 'bad'] += 1;
  };
  const report = await run(count).catch(async (error: unknown) => {
    const unrecorded = await end({ verdict: 'broken-off' });
    if (unrecorded === null) throw error;
    throw new Error(`${messageOf(error)}; nor could it be recorded that the probe broke off: ${unrecorded}`, {
      cause: error,
    });
  });
  const { refused, counts } = report;
  const unrecorded = await end({
    verdict: counts.problem > 0 ? 'problem' : 'ok',
    taken: refused.of - refused.count,
    counts,
  });
  return { ...report, traceId, unrecorded };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function recordOf(
  { domain, author, reason, all, write }: ProbeOrder,
  { client, rule, server, now }: Pick<Probed, 'client' | 'rule' | 'server' | 'now'>,
): AuditRecord & { readonly probe: RecordedProbe } {
  const trace = openTrace('probe.start', now());
  note(trace, { domain, client, rule: rule.id });
  const who = { author: printableText(author), reason: reason === null ? null : printableText(reason) };
  return { ...closeTrace(trace), probe: { issuer: server.issuer, ...who, all, write } };
}
