// What is remembered of partners: last good keys, pinned keys, how they are doing.

import { and, asc, desc, eq, getTableColumns, isNull, notInArray, sql } from 'drizzle-orm';
import { mostUnapproved, type PartnerState, type Partners } from '../partners.ts';
import type { Parts } from './parts.ts';
import { command, db, p, reading, statementsOn } from './statement.ts';
import { partnerKeys, partnerState, pinnedKey } from './tables.ts';

export function openPartners({ client, writes, act, chain, revise, read }: Parts): Partners {
  const statements = statementsOn(client, { ...remembered, ...pins });

  return {
    savePartnerKeys: (keys) =>
      writes.run(() => {
        statements.saveKeys.run(keys);
      }),
    findPartnerKeys: (place) => read(() => statements.findKeys.get({ place })),

    listPinnedKeys: (issuer) => read(() => statements.listPins.all({ issuer })),
    notePinnedKey: (key) =>
      writes.run(() => {
        if (statements.notePin.run(key).changes === 0) return false;
        statements.dropWaiting.run({ issuer: key.issuer, most: mostUnapproved });
        return true;
      }),
    approveKeys: (issuer, thumbprints, author, at, record) =>
      act(() => {
        const approve = (thumbprint: string) => statements.approvePin.run({ issuer, thumbprint, author, at }).changes;
        const approved = thumbprints.reduce((sum, thumbprint) => sum + approve(thumbprint), 0);
        if (approved === 0) return 0;
        revise('approvals');
        chain.append(record);
        return approved;
      }),

    savePartnerState: (change) =>
      writes.run(() => {
        const before = statements.findState.get({ domain: change.domain }) ?? unknownState;
        statements.saveState.run({ ...before, ...change });
      }),
    listPartnerStates: () => read(() => statements.listStates.all()),
  };
}

const unknownState: Omit<PartnerState, 'domain'> = {
  fetchedAt: null,
  failedAt: null,
  error: null,
  clockOffsetMs: null,
  exchangedAt: null,
  keysChangedAt: null,
};

const remembered = {
  saveKeys: command(() =>
    db
      .insert(partnerKeys)
      .values({ place: p('place'), jwks: p('jwks'), fetchedAt: p('fetchedAt'), changedAt: p('changedAt') })
      .onConflictDoUpdate({
        target: partnerKeys.place,
        set: { jwks: sql`excluded.jwks`, fetchedAt: sql`excluded.fetched_at`, changedAt: sql`excluded.changed_at` },
      }),
  ),
  findKeys: reading(getTableColumns(partnerKeys), () =>
    db
      .select()
      .from(partnerKeys)
      .where(eq(partnerKeys.place, p('place'))),
  ),
  findState: reading(getTableColumns(partnerState), () =>
    db
      .select()
      .from(partnerState)
      .where(eq(partnerState.domain, p('domain'))),
  ),
  saveState: command(() =>
    db
      .insert(partnerState)
      .values({
        domain: p('domain'),
        fetchedAt: p('fetchedAt'),
        failedAt: p('failedAt'),
        error: p('error'),
        clockOffsetMs: p('clockOffsetMs'),
        exchangedAt: p('exchangedAt'),
        keysChangedAt: p('keysChangedAt'),
      })
      .onConflictDoUpdate({
        target: partnerState.domain,
        set: {
          fetchedAt: sql`excluded.fetched_at`,
          failedAt: sql`excluded.failed_at`,
          error: sql`excluded.error`,
          clockOffsetMs: sql`excluded.clock_offset_ms`,
          exchangedAt: sql`excluded.exchanged_at`,
          keysChangedAt: sql`excluded.keys_changed_at`,
        },
      }),
  ),
  listStates: reading(getTableColumns(partnerState), () =>
    db.select().from(partnerState).orderBy(asc(partnerState.domain)),
  ),
};

const { issuer, thumbprint, firstSeen, approvedAt } = pinnedKey;
const isWaiting = and(eq(issuer, p('issuer')), isNull(approvedAt));

const pins = {
  /** Changes no row when it was noted before. */
  notePin: command(() =>
    db
      .insert(pinnedKey)
      .values({
        issuer: p('issuer'),
        kid: p('kid'),
        thumbprint: p('thumbprint'),
        jwk: p('jwk'),
        firstSeen: p('firstSeen'),
      })
      .onConflictDoNothing(),
  ),
  dropWaiting: command(() => {
    const newestWaiting = db
      .select({ thumbprint })
      .from(pinnedKey)
      .where(isWaiting)
      .orderBy(desc(firstSeen))
      .limit(p('most'));
    return db.delete(pinnedKey).where(and(isWaiting, notInArray(thumbprint, newestWaiting)));
  }),
  approvePin: command(() =>
    db
      .update(pinnedKey)
      .set({ approvedAt: sql`${p('at')}`, approvedBy: sql`${p('author')}` })
      .where(and(isWaiting, eq(thumbprint, p('thumbprint')))),
  ),
  listPins: reading(getTableColumns(pinnedKey), () =>
    db
      .select()
      .from(pinnedKey)
      .where(eq(issuer, p('issuer')))
      .orderBy(asc(firstSeen), asc(thumbprint)),
  ),
};
