// What a broker owes to those it has answered, whatever became of it since: looked up in its store, and tried at its door.

import { verifyChain } from '../../src/audit/chain.ts';
import type { AuditRecord, StoredAuditRecord } from '../../src/audit/record.ts';
import { tokenHash } from '../../src/audit/token-hash.ts';
import type { Store } from '../../src/store/store.ts';
import { postForm } from '../../src/testkit/http.ts';
import type { Ledger, Told } from './load.ts';
import type { Parties } from './parties.ts';

type Kept = Pick<Store, 'auditPage' | 'findToken'>;

/** Every promise that the store does not keep, in words; empty when all is well. */
export async function brokenInStore(ledger: Ledger, store: Kept): Promise<readonly string[]> {
  const trail = await wholeTrail(store);
  const verdict = await verifyChain(trail);
  const records = trail.map(({ record }) => record);
  const byTrace = groupBy(records, ({ traceId }) => traceId);
  return [
    ...(verdict.ok ? [] : [`the chain does not verify: ${JSON.stringify(verdict)}`]),
    ...ledger.told.flatMap((told) => unrecorded(told, byTrace.get(told.traceId) ?? [])),
    ...redeemedTwice(records),
    ...(await unremembered(records, store)),
  ];
}

async function wholeTrail(store: Kept): Promise<readonly StoredAuditRecord[]> {
  const trail: StoredAuditRecord[] = [];
  for (;;) {
    const page = await store.auditPage(trail.at(-1)?.seq ?? 0, 1000);
    if (page.length === 0) return trail;
    trail.push(...page);
  }
}

function groupBy<Each>(all: readonly Each[], keyOf: (each: Each) => string): ReadonlyMap<string, readonly Each[]> {
  const groups = new Map<string, Each[]>();
  for (const each of all) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return groups;
}

/** Design §2.3: nothing leaves before its record is durable. */
function unrecorded({ kind, status, traceId, jti }: Told, found: readonly AuditRecord[]): readonly string[] {
  const [record, ...more] = found;
  if (record === undefined) return [`${kind} ${traceId} was answered ${status}, and has no record`];
  if (more.length > 0) return [`${kind} ${traceId} has ${found.length} records`];
  const decision = status === 200 ? 'granted' : 'refused';
  if (record.decision === decision && record.issued?.jti === jti) return [];
  return [`${kind} ${traceId} was answered ${status} with ${jti}, and its record says ${record.decision}`];
}

/** A grant is good once, whether or not the answer came through. Records name it by its hash. */
function redeemedTwice(records: readonly AuditRecord[]): readonly string[] {
  const redeemed = records.filter(({ action, decision }) => action === 'jwt-bearer' && decision === 'granted');
  return [...groupBy(redeemed, ({ presented }) => presented ?? 'without hash')]
    .filter(([, all]) => all.length > 1)
    .map(([presented, all]) => `grant ${presented} was redeemed ${all.length} times`);
}

/** Record and issued token are written together, for those who were answered and for those who were not. */
async function unremembered(records: readonly AuditRecord[], store: Kept): Promise<readonly string[]> {
  const issued = records.flatMap(({ issued }) => (issued ? [issued.jti] : []));
  const found = await Promise.all(issued.map((jti) => store.findToken(jti)));
  return issued.filter((_, at) => found[at] === undefined).map((jti) => `token ${jti} is recorded, and not remembered`);
}

/** What was spent is sent again, by the one who spent it. Says every use that was accepted, or refused for another reason. */
export async function acceptedAgain(ledger: Ledger, origin: string, parties: Parties): Promise<readonly string[]> {
  const token = `${origin}/token`;
  const grants = ledger.told.filter(({ status }) => status === 200).flatMap(({ grant = [] }) => grant);
  const replayedGrants = await inBites(grants, async (grant) => {
    const { status, body } = await postForm(token, parties.redeem(grant, parties.credentials()));
    return status === 400 && body['error'] === 'invalid_grant' ? [] : [`grant ${tokenHash(grant)} again: ${status}`];
  });
  const replayedAssertions = await inBites(ledger.told, async ({ clientAssertion, traceId }) => {
    const { status, body } = await postForm(token, parties.exchange(clientAssertion));
    return status === 401 && body['error'] === 'invalid_client' ? [] : [`assertion of ${traceId} again: ${status}`];
  });
  return [...replayedGrants, ...replayedAssertions];
}

export type Retried = { readonly done: number; readonly undone: number; readonly broken: readonly string[] };

/**
 * Grants whose answer was lost are sent again: either nothing had been done, and now it is; or the grant is spent, and then
 * a record must tell what for. A grant that is spent for nothing would be lost to its client.
 */
export async function retryUntold({ untold }: Ledger, origin: string, parties: Parties, store: Kept): Promise<Retried> {
  const trail = await wholeTrail(store);
  const spent = new Set(trail.map(({ record }) => (record.decision === 'granted' ? record.presented : null)));
  const outcomes = await inBites(untold, async ({ grant }) => {
    if (grant === undefined) return [];
    const { status } = await postForm(`${origin}/token`, parties.redeem(grant, parties.credentials()));
    const done = spent.has(tokenHash(grant));
    return [
      {
        done,
        broken: status === (done ? 400 : 200) ? [] : [`grant whose answer was lost, done: ${done}, again: ${status}`],
      },
    ];
  });
  const done = outcomes.filter((one) => one.done).length;
  return { done, undone: outcomes.length - done, broken: outcomes.flatMap(({ broken }) => broken) };
}

const atOnce = 16;

async function inBites<Each, Result>(all: readonly Each[], work: (each: Each) => Promise<readonly Result[]>) {
  const results: Result[] = [];
  for (let at = 0; at < all.length; at += atOnce) {
    const bite = await Promise.all(all.slice(at, at + atOnce).map(work));
    results.push(...bite.flat());
  }
  return results;
}
